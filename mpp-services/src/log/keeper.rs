//! Who runs the pass.

use std::sync::Arc;

use mpp_core::Clock;
use mpp_crypto::VerifyingKey;
use mpp_store::Store;

use super::growing::grow;
use super::{Grown, LogError, LogKeeping, LogRole};

/// Brings the leaves of a store into its tree. Any number of processes over the same store may have one.
#[derive(Debug)]
pub struct LogKeeper {
    store: Arc<dyn Store>,
    keeping: LogKeeping,
    clock: Arc<dyn Clock>,
}

impl LogKeeper {
    /// The keeper of the log in this store.
    #[must_use]
    pub const fn new(store: Arc<dyn Store>, keeping: LogKeeping, clock: Arc<dyn Clock>) -> Self {
        Self { store, keeping, clock }
    }

    /// Brings all leaves that are there into the tree, and signs it. Costs a look when there is nothing new.
    ///
    /// # Errors
    /// [`LogError`]: when the store or the mark does not answer, and when something is damaged, over which nothing is signed.
    pub async fn grow(&self) -> Result<Grown, LogError> {
        grow(self.store.as_ref(), &self.keeping, self.clock.now()).await
    }

    /// Whose log it is.
    #[must_use]
    pub const fn role(&self) -> LogRole {
        self.keeping.role()
    }

    /// The public half of its key.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        self.keeping.key()
    }
}

//! The keys an Account Aggregator signs with.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use mpp_core::Kid;
use mpp_crypto::rs256::VerifyingKey;

/// The keys of one entity of the ecosystem, by the names of its Central Registry certificate. Keys rotate
/// while the program runs: whoever reads the registry puts the new ones in.
#[derive(Debug, Default)]
pub struct PeerKeys {
    by_kid: RwLock<BTreeMap<Kid, Arc<VerifyingKey>>>,
}

impl PeerKeys {
    /// The keys of an entity.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = (Kid, VerifyingKey)>) -> Self {
        let this = Self::default();
        this.replace(keys);
        this
    }

    /// Puts these keys in place of all earlier ones.
    pub fn replace(&self, keys: impl IntoIterator<Item = (Kid, VerifyingKey)>) {
        let keys = keys.into_iter().map(|(kid, key)| (kid, Arc::new(key))).collect();
        *self.by_kid.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The key of this name, when the entity has it.
    #[must_use]
    pub fn key(&self, kid: &Kid) -> Option<Arc<VerifyingKey>> {
        self.by_kid.read().unwrap_or_else(PoisonError::into_inner).get(kid).cloned()
    }
}

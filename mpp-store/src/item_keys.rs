//! Keys of things that can be erased, kept outside the database.
//!
//! # Contract
//!
//! - [`ItemKeys::create`] makes a key once; of many that try at the same time one succeeds. When it returns, the
//!   key is durable on durable backends.
//! - [`ItemKeys::load`] of a name that has no key, or none any more, is `Ok(None)`.
//! - [`ItemKeys::destroy`] makes the key unrecoverable before it returns, and may be repeated. What was sealed
//!   under it is erased, wherever copies of it are.

mod epoch_folder;
mod file;
mod live_epochs;
#[cfg(feature = "memory")]
mod memory;

use std::fmt;

use async_trait::async_trait;
use mpp_core::{DataItemId, Fault, ParcelId, Persistence};
use mpp_crypto::at_rest::{AtRestError, ItemKey};

pub use epoch_folder::EpochKeyFolder;
pub use file::FileItemKeys;
pub(crate) use file::Rewrapped;
pub use live_epochs::LiveEpochs;
#[cfg(feature = "memory")]
pub use memory::MemoryItemKeys;

/// The name of a thing that has a key of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemName(String);

impl ItemName {
    /// The item whose key has this file, without the ending.
    fn of_file(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name as text: lower-case letters, digits and hyphens.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ParcelId> for ItemName {
    fn from(id: ParcelId) -> Self {
        Self(format!("parcel-{id}"))
    }
}

impl From<DataItemId> for ItemName {
    fn from(id: DataItemId) -> Self {
        Self(format!("data-item-{id}"))
    }
}

/// Makes, finds and destroys the keys of things that can be erased.
#[async_trait]
pub trait ItemKeys: fmt::Debug + Send + Sync {
    /// Makes the key of an item that has none.
    ///
    /// # Errors
    /// [`ItemKeyError::AlreadyThere`], [`ItemKeyError::Unavailable`].
    async fn create(&self, item: &ItemName) -> Result<ItemKey, ItemKeyError>;

    /// The key of an item, `None` when it has none (any more).
    ///
    /// # Errors
    /// [`ItemKeyError::Unreadable`] when the stored key does not open, [`ItemKeyError::Unavailable`].
    async fn load(&self, item: &ItemName) -> Result<Option<ItemKey>, ItemKeyError>;

    /// Destroys the key of an item for good; no error when it has none.
    ///
    /// # Errors
    /// [`ItemKeyError::Unavailable`]: the key may or may not be gone, try again.
    async fn destroy(&self, item: &ItemName) -> Result<(), ItemKeyError>;
}

/// What can go wrong with key files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ItemKeyError {
    /// The item has a key already.
    #[error("{item} has a key already")]
    AlreadyThere {
        /// The item.
        item: ItemName,
    },
    /// The stored key of the item does not open.
    #[error("the stored key of {item} does not open")]
    Unreadable {
        /// The item.
        item: ItemName,
        /// Why.
        #[source]
        source: AtRestError,
    },
    /// An epoch key file does not hold a key.
    #[error("{file} does not hold an epoch key")]
    MalformedEpochKey {
        /// The name of the file.
        file: String,
    },
    /// Others than its owner can read an epoch key file.
    #[error("{file} can be read by others than its owner")]
    ExposedEpochKey {
        /// The name of the file.
        file: String,
    },
    /// The files cannot be read or written.
    #[error("the key folder cannot be used")]
    Unavailable {
        /// The system's own error.
        #[source]
        source: std::io::Error,
    },
}

impl ItemKeyError {
    /// Whether trying the same call again can help.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Unavailable { .. } => Persistence::Temporary,
            Self::Unreadable { source, .. } => source.persistence(),
            Self::AlreadyThere { .. } | Self::MalformedEpochKey { .. } | Self::ExposedEpochKey { .. } => {
                Persistence::Permanent
            }
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::AlreadyThere { .. } => Fault::Caller,
            Self::Unreadable { .. }
            | Self::MalformedEpochKey { .. }
            | Self::ExposedEpochKey { .. }
            | Self::Unavailable { .. } => Fault::Ourselves,
        }
    }
}

impl From<std::io::Error> for ItemKeyError {
    fn from(source: std::io::Error) -> Self {
        Self::Unavailable { source }
    }
}

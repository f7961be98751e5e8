//! Item keys in memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use mpp_core::Entropy;
use mpp_crypto::at_rest::{EpochKey, EpochKeys, ItemKey, WrappedItemKey};

use super::{ItemKeyError, ItemKeys, ItemName};

/// Item keys in memory, wrapped under a key that dies with the process: for tests and demonstrations.
#[derive(Debug)]
pub struct MemoryItemKeys {
    epochs: EpochKeys,
    entropy: Arc<dyn Entropy>,
    wrapped: Mutex<HashMap<ItemName, WrappedItemKey>>,
}

impl MemoryItemKeys {
    /// No keys yet.
    #[must_use]
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        let epochs = EpochKeys::new(EpochKey::generate(&*entropy), Vec::new());
        Self { epochs, entropy, wrapped: Mutex::default() }
    }

    fn wrapped(&self) -> std::sync::MutexGuard<'_, HashMap<ItemName, WrappedItemKey>> {
        self.wrapped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ItemKeys for MemoryItemKeys {
    async fn create(&self, item: &ItemName) -> Result<ItemKey, ItemKeyError> {
        let key = ItemKey::generate(&*self.entropy);
        let wrapped = key.wrap(&self.epochs, item.as_str(), &*self.entropy);
        let wrapped = wrapped.map_err(|source| ItemKeyError::Unreadable { item: item.clone(), source })?;
        match self.wrapped().entry(item.clone()) {
            Entry::Occupied(_) => Err(ItemKeyError::AlreadyThere { item: item.clone() }),
            Entry::Vacant(place) => {
                place.insert(wrapped);
                Ok(key)
            }
        }
    }

    async fn load(&self, item: &ItemName) -> Result<Option<ItemKey>, ItemKeyError> {
        let Some(wrapped) = self.wrapped().get(item).cloned() else { return Ok(None) };
        let key = ItemKey::unwrap_from(&self.epochs, item.as_str(), &wrapped);
        key.map(Some).map_err(|source| ItemKeyError::Unreadable { item: item.clone(), source })
    }

    async fn destroy(&self, item: &ItemName) -> Result<(), ItemKeyError> {
        self.wrapped().remove(item);
        Ok(())
    }
}

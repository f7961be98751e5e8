//! Which providers there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use mpp_core::ProviderId;

use crate::DataProvider;

/// The providers of one deployment by their names: the only place that knows all of them.
#[derive(Debug, Clone, Default)]
pub struct ProviderRegistry {
    providers: BTreeMap<ProviderId, Arc<dyn DataProvider>>,
}

/// Two providers have the same name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("provider {0} is registered twice")]
pub struct DuplicateProvider(pub ProviderId);

impl ProviderRegistry {
    /// A registry without providers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a provider.
    ///
    /// # Errors
    /// When there is one of its name already.
    pub fn register(&mut self, provider: Arc<dyn DataProvider>) -> Result<(), DuplicateProvider> {
        let id = provider.id().clone();
        if self.providers.contains_key(&id) {
            return Err(DuplicateProvider(id));
        }
        self.providers.insert(id, provider);
        Ok(())
    }

    /// The provider of this name, when there is one.
    #[must_use]
    pub fn provider(&self, id: &ProviderId) -> Option<&Arc<dyn DataProvider>> {
        self.providers.get(id)
    }

    /// All providers in the order of their names.
    pub fn providers(&self) -> impl Iterator<Item = &Arc<dyn DataProvider>> {
        self.providers.values()
    }
}

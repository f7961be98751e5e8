//! Which of central's keys are trusted here: those pinned in the app, and those that follow from them.

use std::sync::{PoisonError, RwLock};

use mpp_api::central::PhoneClient;
use mpp_crypto::VerifyingKey;
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::keys::follow_successions;
use serde::de::DeserializeOwned;

use crate::SdkError;

/// Central's signing keys as this app knows them. What it has learnt is forgotten when it ends and asked for again.
#[derive(Debug)]
pub(crate) struct CentralKeys {
    known: RwLock<Vec<VerifyingKey>>,
}

impl CentralKeys {
    pub(crate) const fn pinned(keys: Vec<VerifyingKey>) -> Self {
        Self { known: RwLock::new(keys) }
    }

    pub(crate) fn known(&self) -> Vec<VerifyingKey> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks central whether a key known here has named another after it; whether one has that was not known.
    ///
    /// # Errors
    /// When central cannot be reached.
    pub(crate) async fn learn(&self, central: &PhoneClient) -> Result<bool, SdkError> {
        let told = central.keys().await?.successions;
        let statements: Vec<CompactJws> = told.iter().filter_map(|text| text.parse().ok()).collect();
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.len();
        *known = follow_successions(std::mem::take(&mut known), &statements);
        Ok(known.len() > before)
    }

    /// The payload of a document of kind `typ` that central signed.
    ///
    /// # Errors
    /// [`SdkError::Evidence`] when no trusted key signed it; when central has to be asked for its keys and cannot be reached.
    pub(crate) async fn verify<T: DeserializeOwned>(
        &self,
        central: &PhoneClient,
        text: &str,
        typ: &str,
    ) -> Result<T, SdkError> {
        let document: CompactJws = text.parse().map_err(|_| SdkError::Evidence)?;
        let signer = || self.known().into_iter().find(|key| key.kid() == document.kid());
        let key = match signer() {
            Some(key) => Some(key),
            None if self.learn(central).await? => signer(),
            None => None,
        };
        jws::verify(&key.ok_or(SdkError::Evidence)?, typ, &document).map_err(|_| SdkError::Evidence)
    }
}

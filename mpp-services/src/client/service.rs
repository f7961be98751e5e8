//! The client role as one service over its ports.

use std::collections::BTreeMap;
use std::sync::Arc;

use mpp_core::{Clock, Entropy, PartnerId, Timestamp};
use mpp_crypto::at_rest::SealedField;
use mpp_store::{ItemKeys, ParcelBytes, QueueName, Record, Store, Vault};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

use super::documents::Documents;
use super::jobs::QUEUES;
use super::{ApplicationNotifier, CentralGateway, ClientError, ClientKeys, ClientSettings};

/// What a client server is built from.
#[derive(Debug)]
pub struct ClientParts {
    /// Records, outbox and audit.
    pub store: Arc<dyn Store>,
    /// Seals private keys and personal fields of records.
    pub vault: Arc<Vault>,
    /// Where documents lie, each encrypted under its key in `item_keys` ([`mpp_store::EncryptedParcels`]).
    pub documents: Arc<dyn ParcelBytes>,
    /// The keys of documents: destroying one purges its document everywhere.
    pub item_keys: Arc<dyn ItemKeys>,
    /// The server's own keys, shared with whatever signs its requests.
    pub keys: Arc<ClientKeys>,
    /// Asks central.
    pub central: Arc<dyn CentralGateway>,
    /// Pushes notifications to the application.
    pub application: Arc<dyn ApplicationNotifier>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What the operator decides.
    pub settings: ClientSettings,
}

/// The client role. It may run in any number of processes over the same store.
#[derive(Debug)]
pub struct ClientService {
    pub(super) parts: ClientParts,
    pub(super) documents: Documents,
    work_bells: BTreeMap<QueueName, Arc<Notify>>,
    gap_bell: Arc<Notify>,
}

impl ClientService {
    /// Takes up the role: reads this server's keys, and makes the key that signs notifications where there is none.
    ///
    /// # Errors
    /// When the store does not answer or a key does not open.
    pub async fn start(parts: ClientParts) -> Result<Self, ClientError> {
        let documents = Documents::new(&parts);
        let work_bells = QUEUES.into_iter().map(|queue| (queue, Arc::default())).collect();
        let service = Self { parts, documents, work_bells, gap_bell: Arc::default() };
        service.load_keys().await?;
        service.make_webhook_key().await?;
        Ok(service)
    }

    /// What the operator decides.
    #[must_use]
    pub const fn settings(&self) -> &ClientSettings {
        &self.parts.settings
    }

    /// Rung when there is new work in this queue for [`ClientService::work`].
    #[must_use]
    pub fn work_bell(&self, queue: &QueueName) -> Arc<Notify> {
        self.work_bells.get(queue).cloned().unwrap_or_default()
    }

    /// Rung when a push from central showed that an earlier one is missing, and when the keys are enrolled: poll now.
    #[must_use]
    pub fn gap_bell(&self) -> Arc<Notify> {
        Arc::clone(&self.gap_bell)
    }

    /// The partner this server works for; `None` before its keys are enrolled.
    #[must_use]
    pub fn partner(&self) -> Option<PartnerId> {
        self.parts.keys.identity().map(|identity| identity.record.partner)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    pub(super) fn entropy(&self) -> &dyn Entropy {
        self.parts.entropy.as_ref()
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.parts.store.as_ref()
    }

    pub(super) fn central(&self) -> &dyn CentralGateway {
        self.parts.central.as_ref()
    }

    /// Seals a field of the record with this key.
    pub(super) fn seal<R: Record>(
        &self,
        key: &mpp_store::RecordKey,
        field: &'static str,
        value: &impl Serialize,
    ) -> Result<SealedField, ClientError> {
        self.parts.vault.seal(&Vault::place::<R>(key, field), value).map_err(|_| ClientError::Sealing(field))
    }

    /// Opens a field of the record with this key.
    pub(super) fn open<R: Record, T: DeserializeOwned>(
        &self,
        key: &mpp_store::RecordKey,
        field: &'static str,
        sealed: &SealedField,
    ) -> Result<T, ClientError> {
        self.parts.vault.open(&Vault::place::<R>(key, field), sealed).map_err(|_| ClientError::Sealing(field))
    }

    pub(super) fn ring_work(&self, queue: &QueueName) {
        if let Some(bell) = self.work_bells.get(queue) {
            bell.notify_waiters();
        }
    }

    pub(super) fn ring_gap(&self) {
        self.gap_bell.notify_one();
    }

    /// Does `attempt` again while others change what it was decided on.
    pub(super) async fn until_settled<T, F, R>(&self, attempt: F) -> Result<T, ClientError>
    where
        F: Fn() -> R + Send,
        R: Future<Output = Result<T, ClientError>> + Send,
        T: Send,
    {
        for _ in 0..MOST_ATTEMPTS {
            match attempt().await {
                Err(error) if error.is_conflict() => {}
                settled => return settled,
            }
        }
        attempt().await
    }
}

/// Of those who meet in one commit, one always gets through; a bound for a store that never agrees.
const MOST_ATTEMPTS: usize = 64;

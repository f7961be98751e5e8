//! The central role as one service over its ports.

use std::sync::Arc;

use mpp_connectors::ProviderRegistry;
use mpp_core::{Clock, ConsentId, CustomerRef, Entropy, Kid, MobileNumber, PartnerId, Timestamp};
use mpp_crypto::customer_ref;
use mpp_crypto::keys::SigningKey;
use mpp_store::{ItemKeys, ParcelBytes, RecordReaderExt, Store, Vault, Versioned};

use tokio::sync::Notify;

use super::billing::HoursCounted;
use super::records::{ConsentRecord, PartnerKeysRecord, PartnerRecord};
use super::turns::Turns;
use super::wake::Bells;
use super::{CentralError, CentralKeys, CentralSettings, NotificationSender};

/// What central is built from.
#[derive(Debug)]
pub struct CentralParts {
    /// Records, outbox, audit and usage.
    pub store: Arc<dyn Store>,
    /// Seals the personal fields of records.
    pub vault: Arc<Vault>,
    /// Sealed parcels; encrypted once more under keys of `item_keys`.
    pub parcels: Arc<dyn ParcelBytes>,
    /// The keys of parcels: destroying one erases its parcel everywhere.
    pub item_keys: Arc<dyn ItemKeys>,
    /// The third-party providers.
    pub providers: ProviderRegistry,
    /// Pushes notifications.
    pub notifications: Arc<dyn NotificationSender>,
    /// Central's own keys.
    pub keys: CentralKeys,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What the operator decides.
    pub settings: CentralSettings,
}

/// The central role. Every method is one decision, committed whole; it may be called from any number of processes
/// over the same store.
#[derive(Debug)]
pub struct CentralService {
    pub(super) parts: CentralParts,
    bells: Bells,
    work: Arc<Notify>,
    pub(super) turns: Turns,
    pub(super) hours: HoursCounted,
}

impl CentralService {
    /// Central over these parts.
    #[must_use]
    pub fn new(parts: CentralParts) -> Self {
        Self {
            parts,
            bells: Bells::default(),
            work: Arc::default(),
            turns: Turns::default(),
            hours: HoursCounted::default(),
        }
    }

    /// Rung, for all who wait, when a commit of this process asks for work; only a hint for the loops that work.
    #[must_use]
    pub const fn work_bell(&self) -> &Arc<Notify> {
        &self.work
    }

    pub(super) fn ring_work(&self) {
        self.work.notify_waiters();
    }

    /// What the operator decides.
    #[must_use]
    pub const fn settings(&self) -> &CentralSettings {
        &self.parts.settings
    }

    /// The present instant, by central's clock.
    #[must_use]
    pub fn present(&self) -> Timestamp {
        self.now()
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

    pub(super) const fn bells(&self) -> &Bells {
        &self.bells
    }

    pub(super) const fn signing_key(&self) -> &SigningKey {
        &self.parts.keys.signing
    }

    pub(super) fn customer_ref(&self, mobile: &MobileNumber) -> CustomerRef {
        customer_ref(&self.parts.keys.customer_ref, mobile)
    }

    pub(super) async fn partner_record(
        &self,
        id: PartnerId,
    ) -> Result<Versioned<PartnerRecord>, CentralError> {
        let found = self.store().get(&PartnerRecord::key_of(id)).await?;
        found.ok_or(CentralError::NotFound)
    }

    pub(super) async fn consent_record(
        &self,
        id: ConsentId,
    ) -> Result<Versioned<ConsentRecord>, CentralError> {
        let found = self.store().get(&ConsentRecord::key_of(id)).await?;
        found.ok_or(CentralError::NotFound)
    }

    /// The enrolled keys with this envelope key.
    pub(super) async fn keys_by_envelope(&self, kid: &Kid) -> Result<PartnerKeysRecord, CentralError> {
        let found = self.store().get::<PartnerKeysRecord>(&PartnerKeysRecord::key_of(kid)).await?;
        found.map(|read| read.record).ok_or(CentralError::Inconsistent("an envelope key is gone"))
    }

    /// Does `attempt` again while others change what it was decided on: at once the first time, then in turn with
    /// everybody else in this process who had to.
    pub(super) async fn until_settled<T, F, R>(&self, attempt: F) -> Result<T, CentralError>
    where
        F: Fn() -> R + Send,
        R: Future<Output = Result<T, CentralError>> + Send,
        T: Send,
    {
        match attempt().await {
            Err(error) if error.is_conflict() => {}
            settled => return settled,
        }
        let _turn = self.turns.take("conflicts").await;
        for _ in 0..MOST_ATTEMPTS {
            match attempt().await {
                Err(error) if error.is_conflict() => {}
                settled => return settled,
            }
        }
        attempt().await
    }
}

/// Far more than can be needed while one process takes turns; a bound for a store that never agrees.
const MOST_ATTEMPTS: usize = 64;

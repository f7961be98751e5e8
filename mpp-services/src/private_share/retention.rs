//! What the private share service forgets, and when: one job per class. Logins and sessions are tidied every minute.

use mpp_core::Timestamp;
use mpp_store::{Record, RecordReaderExt, WriteBatch};

use super::consent_record::{AaConsent, AaConsentRecord};
use super::data_session_record::DataSessionRecord;
use super::error::PrivateShareError;
use super::service::PrivateShareService;
use crate::retention::{Elders, commit, forget, forget_leaves};

/// A class of what the private share service keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionClass {
    /// Data sessions: as long as logs are kept, from the last word about them on, and while their consent is in force.
    DataSessions,
    /// Consents at the Account Aggregator: as long as consent records are kept, from the later of their expiry
    /// and the last word about them on.
    Consents,
    /// The beginning of the audit log: as long as logs are kept.
    AuditLog,
}

impl RetentionClass {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::DataSessions, Self::Consents, Self::AuditLog];
}

impl PrivateShareService {
    /// Forgets what of a class is over; gives how many of its entries went. It may be cut off anywhere, done again, and
    /// done by several nodes at once.
    ///
    /// # Errors
    /// [`PrivateShareError::Store`] when the store does not answer.
    pub async fn forget_over(&self, class: RetentionClass) -> Result<u64, PrivateShareError> {
        let windows = &self.settings().retention;
        match class {
            RetentionClass::DataSessions => self.forget_data_sessions(windows.logs_before(self.now())).await,
            RetentionClass::AuditLog => {
                Ok(forget_leaves(self.store(), windows.logs_before(self.now())).await?)
            }
            RetentionClass::Consents => {
                let before = windows.consents_before(self.now());
                // the later of both is not before the consent's end
                let ended = |record: &AaConsentRecord| record.expiry().max(record.checked_at());
                Ok(forget(Elders::to_the_end(self.store()), before, ended, |_| true).await?)
            }
        }
    }

    /// A session counts against its consent, so it stays while the consent is in force.
    async fn forget_data_sessions(&self, before: Timestamp) -> Result<u64, PrivateShareError> {
        let mut elders = Elders::new(self.store());
        let mut forgotten = 0_u64;
        while let Some(some) = elders.next(before, |session: &DataSessionRecord| session.requested_at).await?
        {
            for read in some {
                let session = &read.record;
                if session.is_awaited() || session.checked_at >= before {
                    continue;
                }
                let consent = AaConsent::name(&session.customer, session.consent);
                let consent = self.store().get::<AaConsentRecord>(&consent).await?;
                if consent.is_some_and(|consent| !consent.record.is_over(self.now())) {
                    continue;
                }
                let mut batch = WriteBatch::new();
                batch.delete::<DataSessionRecord>(&session.key(), read.version);
                forgotten = forgotten.saturating_add(u64::from(commit(self.store(), batch).await?));
            }
        }
        Ok(forgotten)
    }
}

impl AaConsentRecord {
    /// Whether nothing can be fetched under it any more.
    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expiry() || ["revoked", "expired", "rejected", "failed"].contains(&self.stage())
    }
}

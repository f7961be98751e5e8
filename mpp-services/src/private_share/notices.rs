//! What the Account Aggregator tells of its own accord. A notice about a consent is not believed but makes this
//! service ask; a notice about data only ever moves accounts forward, and the data itself proves it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use mpp_core::{
    AaConsentId, ConsentHandle, DataSessionFailure, DataSessionId, DataSessionState, EntityId, FipId, JobId,
    LinkRefNumber,
};
use mpp_store::{NewJob, OrderKey, RecordKey, RecordReaderExt, Versioned, WriteBatch};

use super::consent_record::AaConsentRecord;
use super::data_session_record::{AccountDataStatus, DataSessionRecord};
use super::error::PrivateShareError;
use super::service::PrivateShareService;
use super::work::{REREAD_CONSENTS, RereadConsent};

/// A notice that something happened to a consent (`/Consent/Notification`), already proven to be the sender's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentNotice {
    /// Who sent it.
    pub from: EntityId,
    /// The consent, where it is named.
    pub consent: Option<AaConsentId>,
    /// The request, where it is named.
    pub handle: Option<ConsentHandle>,
}

/// How a session stands, as the Account Aggregator says (`sessionStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ToldSessionStatus {
    /// Data is still being collected.
    Active,
    /// All data is ready or denied.
    Completed,
    /// Something failed.
    Failed,
    /// Nobody collected in time.
    Expired,
}

/// What the Account Aggregator says of one account of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAccount {
    /// Who keeps it.
    pub fip: FipId,
    /// Its name.
    pub link_ref: LinkRefNumber,
    /// How it stands.
    pub status: AccountDataStatus,
}

/// A notice that data is ready or not coming (`/FI/Notification`), already proven to be the sender's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiNotice {
    /// Who sent it.
    pub from: EntityId,
    /// The session.
    pub session: DataSessionId,
    /// How it stands.
    pub status: ToldSessionStatus,
    /// How its accounts stand.
    pub accounts: Vec<ToldAccount>,
}

/// A notice was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// The sender is not the Account Aggregator of this service.
    #[error("this service does not work with the sender")]
    OtherSender,
    /// It names no consent or request.
    #[error("it names no consent")]
    Unnamed,
    /// There is no such consent or request.
    #[error("there is no such consent")]
    UnknownConsent,
    /// There is no such session.
    #[error("there is no such session")]
    UnknownSession,
    /// It names an account that is not of the session's consent.
    #[error("it names an account that does not belong to the consent")]
    UnknownAccount,
    /// It could not be dealt with.
    #[error(transparent)]
    Service(#[from] PrivateShareError),
}

impl NoticeError {
    /// Whether the same notice may be taken later.
    #[must_use]
    pub fn persistence(&self) -> mpp_core::Persistence {
        match self {
            Self::Service(error) => error.persistence(),
            Self::OtherSender
            | Self::Unnamed
            | Self::UnknownConsent
            | Self::UnknownSession
            | Self::UnknownAccount => mpp_core::Persistence::Permanent,
        }
    }
}

impl PrivateShareService {
    /// Takes a notice about a consent: the consent will be read again at the Account Aggregator, also when this
    /// process is killed now.
    ///
    /// # Errors
    /// See [`NoticeError`].
    pub async fn consent_noticed(&self, notice: &ConsentNotice) -> Result<(), NoticeError> {
        self.check_sender(&notice.from)?;
        let name = self.noticed_consent(notice).await?;
        let id = JobId::generate(self.entropy());
        let job = NewJob::new(id, REREAD_CONSENTS, &RereadConsent { consent: name.to_string() }, self.now());
        let job = job.map_err(PrivateShareError::from)?.ordered_by(OrderKey::new(&name));
        let mut batch = WriteBatch::new();
        batch.enqueue(job);
        self.store().commit(batch).await.map_err(PrivateShareError::from)?;
        self.work_bell().notify_one();
        Ok(())
    }

    /// Takes a notice about a data session.
    ///
    /// # Errors
    /// See [`NoticeError`].
    pub async fn fi_noticed(&self, notice: &FiNotice) -> Result<(), NoticeError> {
        self.check_sender(&notice.from)?;
        for _ in 0..Self::DECISIONS {
            let Versioned { version, record } = self.noticed_session(&notice.session).await?;
            let belongs = |told: &ToldAccount| {
                record.accounts.get(&told.link_ref).is_some_and(|account| account.fip == told.fip)
            };
            if !notice.accounts.iter().all(belongs) {
                return Err(NoticeError::UnknownAccount);
            }
            let after = self.after_notice(record.clone(), notice)?;
            if after == record {
                return Ok(());
            }
            match self.write_session(version, &after, None).await {
                Err(error) if error.is_conflict() => {}
                settled => return Ok(settled?),
            }
        }
        Err(PrivateShareError::InProgress.into())
    }

    fn after_notice(
        &self,
        mut record: DataSessionRecord,
        notice: &FiNotice,
    ) -> Result<DataSessionRecord, PrivateShareError> {
        let now = self.now();
        if !matches!(record.state, DataSessionState::Open { .. } | DataSessionState::Partial { .. }) {
            return Ok(record);
        }
        for told in &notice.accounts {
            record.note(&told.link_ref, told.status, now);
        }
        let some = record.accounts.values().any(|account| account.status.has_data());
        match notice.status {
            ToldSessionStatus::Active => Ok(record.settle_by_accounts(now)),
            // Complete although some accounts were never spoken of: whatever is there can be fetched.
            ToldSessionStatus::Completed if some || notice.accounts.is_empty() => {
                Ok(DataSessionRecord { state: record.state.ready(now)?, ..record })
            }
            ToldSessionStatus::Completed => Ok(record.settle_by_accounts(now)),
            ToldSessionStatus::Failed if some => {
                Ok(DataSessionRecord { state: record.state.ready(now)?, ..record })
            }
            ToldSessionStatus::Failed => {
                let state = record.state.fail(DataSessionFailure::SessionFailed, now)?;
                Ok(DataSessionRecord { state, ..record })
            }
            ToldSessionStatus::Expired => {
                Ok(DataSessionRecord { state: record.state.expire(now)?, ..record })
            }
        }
    }

    fn check_sender(&self, from: &EntityId) -> Result<(), NoticeError> {
        if from == self.account_aggregator().entity() { Ok(()) } else { Err(NoticeError::OtherSender) }
    }

    async fn noticed_consent(&self, notice: &ConsentNotice) -> Result<RecordKey, NoticeError> {
        let by_handle = notice.handle.as_ref().map(|id| (AaConsentRecord::BY_HANDLE, id.as_str().into()));
        let by_id = notice.consent.as_ref().map(|id| (AaConsentRecord::BY_CONSENT_ID, id.as_str().into()));
        if by_handle.is_none() && by_id.is_none() {
            return Err(NoticeError::Unnamed);
        }
        for (index, value) in by_id.into_iter().chain(by_handle) {
            let found = self.store().first_by_index::<AaConsentRecord>(index, value).await;
            if let Some(found) = found.map_err(PrivateShareError::from)? {
                return Ok(mpp_store::Record::key(&found.record));
            }
        }
        Err(NoticeError::UnknownConsent)
    }

    /// The session a notice names. The Account Aggregator may be quicker than its own answer to the request: while
    /// a session is being opened here, an unknown one is waited for.
    async fn noticed_session(
        &self,
        session: &DataSessionId,
    ) -> Result<Versioned<DataSessionRecord>, NoticeError> {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
        let bell = self.wakes().bell(session.as_str());
        loop {
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            if let Some(found) = self.find_session(session).await? {
                return Ok(found);
            }
            let opening = self.openings().load(Ordering::SeqCst) > 0;
            if !opening || tokio::time::timeout_at(deadline, rung).await.is_err() {
                return Err(NoticeError::UnknownSession);
            }
        }
    }
}

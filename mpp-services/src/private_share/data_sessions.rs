//! Data sessions: opened under a permit with the phone's public key material, followed, and fetched still
//! encrypted.

mod opening;

use std::time::Duration;

use mpp_connectors::AaError;
use mpp_connectors::account_aggregator::{AaErrorCode, FiFilter, FiFromFip};
use mpp_core::{
    AaConsentKey, DataRange, DataSessionFailure, DataSessionId, DataSessionState, FetchIntent, FetchPermit,
    FipId, LinkRefNumber, Recipient, Sha256Digest, Source, Timestamp,
};
use mpp_crypto::rebit::KeyMaterialForm;
use mpp_store::{RecordReaderExt, Version, Versioned, WriteBatch};

use super::audit::{self, AuditedEvent};
use super::consent_record::AaConsent;
use super::data_session_record::{AccountDataStatus, DataSessionRecord};
use super::error::PrivateShareError;
use super::login::CustomerSession;
use super::service::PrivateShareService;

/// What the phone wants to fetch.
#[derive(Debug, Clone)]
pub struct DataSessionRequest {
    /// Under which consent.
    pub consent: AaConsentKey,
    /// From when to when.
    pub range: DataRange,
    /// The public half of the phone's key material, fresh for this session.
    pub key_material: KeyMaterialForm,
}

/// A data session as its customer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSessionStatus {
    /// The Account Aggregator's name of the session.
    pub session: DataSessionId,
    /// The name of its state.
    pub state: &'static str,
    /// The accounts without data, as far as known.
    pub undelivered: Vec<UndeliveredAccount>,
}

/// An account whose data did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndeliveredAccount {
    /// Who keeps it.
    pub fip: FipId,
    /// Its name at the Account Aggregator.
    pub link_ref: LinkRefNumber,
    /// Denied or timed out.
    pub status: AccountDataStatus,
}

impl PrivateShareService {
    /// How a data session stands, as far as this service knows.
    ///
    /// # Errors
    /// [`PrivateShareError::NotFound`].
    pub async fn data_session(
        &self,
        who: &CustomerSession,
        session: &DataSessionId,
    ) -> Result<DataSessionStatus, PrivateShareError> {
        status_of(&self.own_session(who, session).await?.record)
    }

    /// Waits until the session is in another state than `since`, at most for `hold`, and looks for the data
    /// itself when a notification seems to be missing.
    ///
    /// # Errors
    /// [`PrivateShareError::NotFound`].
    pub async fn await_data_session(
        &self,
        who: &CustomerSession,
        session: &DataSessionId,
        since: &str,
        hold: Duration,
    ) -> Result<DataSessionStatus, PrivateShareError> {
        let bell = self.wakes().bell(session.as_str());
        let deadline = tokio::time::Instant::now() + self.bounded(hold);
        loop {
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let found = self.own_session(who, session).await?;
            let over = tokio::time::Instant::now() >= deadline;
            if found.record.state.state_name() != since || over {
                return status_of(&found.record);
            }
            if found.record.is_awaited() && self.word_is_overdue(found.record.checked_at) {
                // The phone's poll must not fail because the Account Aggregator cannot be asked right now.
                let _ = self.look_for_data(who, found).await;
                if self.own_session(who, session).await?.record.state.state_name() != since {
                    continue;
                }
            }
            let until =
                deadline.min(tokio::time::Instant::now() + self.settings().reread_after.as_duration());
            let _ = tokio::time::timeout_at(until, rung).await;
        }
    }

    /// Fetches the encrypted data of a session and passes it on. It may be fetched again while the Account
    /// Aggregator still has it: the phone may have been killed before it could keep anything.
    ///
    /// # Errors
    /// [`PrivateShareError::NotReady`], [`PrivateShareError::SessionOver`], [`PrivateShareError::Scope`] when the
    /// consent was withdrawn or paused meanwhile; [`PrivateShareError::AccountAggregator`].
    pub async fn fetch_data(
        &self,
        who: &CustomerSession,
        session: &DataSessionId,
    ) -> Result<Vec<FiFromFip>, PrivateShareError> {
        let Versioned { version, record } = self.own_session(who, session).await?;
        match record.state {
            DataSessionState::Requested { .. } | DataSessionState::Open { .. } => {
                return Err(PrivateShareError::NotReady);
            }
            DataSessionState::Failed { .. } | DataSessionState::Expired { .. } => {
                return Err(PrivateShareError::SessionOver);
            }
            DataSessionState::Partial { .. }
            | DataSessionState::Ready { .. }
            | DataSessionState::Fetched { .. } => {}
        }
        let (_, consent) = self.own_consent(who, record.consent).await?;
        let permit = self.permit(&consent, record.range, Some(&record.material)).await?;
        let data = match self.account_aggregator().fetch_fi(&permit, session, &FiFilter::default()).await {
            Ok(data) => data,
            Err(error) => return Err(self.nothing_to_fetch(version, record, error).await),
        };
        if matches!(record.state, DataSessionState::Ready { .. }) {
            let now = self.now();
            let record = DataSessionRecord { state: record.state.clone().fetch(now)?, ..record };
            // A notification that came in between is of no further interest: the data is there.
            match self.write_session(version, &record, Some(AuditedEvent::DataFetched)).await {
                Err(error) if !error.is_conflict() => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(data)
    }

    /// What a refusal to hand out data means. A session that failed is not handed out even where some accounts were
    /// ready: it is over and no use of the consent, so that another one can be opened.
    async fn nothing_to_fetch(
        &self,
        version: Version,
        record: DataSessionRecord,
        error: AaError,
    ) -> PrivateShareError {
        let AaError::Refused { code, .. } = &error else { return error.into() };
        let awaited = record.is_awaited();
        let over = match *code {
            AaErrorCode::NoDataFound if awaited => return PrivateShareError::NotReady,
            AaErrorCode::NoDataFound => {
                record.state.clone().fail(DataSessionFailure::SessionFailed, self.now())
            }
            code if session_is_gone(code) => record.state.clone().expire(self.now()),
            _ => return error.into(),
        };
        let Ok(state) = over else { return PrivateShareError::SessionOver };
        match self.write_session(version, &DataSessionRecord { state, ..record }, None).await {
            // what came in between makes no data of it either
            Err(error) if !error.is_conflict() => error,
            Ok(()) | Err(_) => PrivateShareError::SessionOver,
        }
    }

    pub(super) async fn find_session(
        &self,
        session: &DataSessionId,
    ) -> Result<Option<Versioned<DataSessionRecord>>, PrivateShareError> {
        let index = (DataSessionRecord::BY_SESSION, session.as_str().into());
        Ok(self.store().first_by_index(index.0, index.1).await?)
    }

    pub(super) async fn write_session(
        &self,
        version: Version,
        record: &DataSessionRecord,
        event: Option<AuditedEvent>,
    ) -> Result<(), PrivateShareError> {
        let mut batch = WriteBatch::new();
        batch.update(version, record);
        if let Some(event) = event {
            batch.audit(audit::leaf(event, record.material, self.now()));
        }
        self.store().commit(batch).await?;
        if let Some(session) = &record.session {
            self.wakes().ring(session.as_str());
        }
        Ok(())
    }

    async fn own_session(
        &self,
        who: &CustomerSession,
        session: &DataSessionId,
    ) -> Result<Versioned<DataSessionRecord>, PrivateShareError> {
        let found = self.find_session(session).await?.filter(|found| found.record.customer == who.customer);
        let found = found.ok_or(PrivateShareError::NotFound { what: "data session" })?;
        self.expire_if_due(found).await
    }

    /// Permission to fetch under a consent. `own` is the session the fetch belongs to: it is not a further use.
    async fn permit(
        &self,
        consent: &AaConsent,
        range: DataRange,
        own: Option<&Sha256Digest>,
    ) -> Result<FetchPermit, PrivateShareError> {
        let standing = consent.standing().ok_or(PrivateShareError::NotApproved)?;
        let artefact = consent.artefact.as_ref().ok_or(PrivateShareError::NotApproved)?;
        let index = DataSessionRecord::consent_index(&consent.customer, consent.key);
        let sessions =
            self.store().every_by_index::<DataSessionRecord>(DataSessionRecord::BY_CONSENT, index.into());
        let sessions = sessions.await?.into_iter().map(|session| session.record);
        let uses: Vec<Timestamp> = sessions
            .filter(|session| session.is_use() && Some(&session.material) != own)
            .map(|session| session.requested_at)
            .collect();
        let terms = artefact.parameters.form();
        let intent = FetchIntent {
            source: Source::AccountAggregator,
            recipient: Recipient::Customer,
            range,
            consent_types: terms.consent_types.clone(),
            purpose: terms.purpose.code,
        };
        Ok(artefact.authorise(&standing, &intent, &uses, self.now())?)
    }

    /// Looks whether the data is there although no notification said so.
    async fn look_for_data(
        &self,
        who: &CustomerSession,
        Versioned { version, record }: Versioned<DataSessionRecord>,
    ) -> Result<(), PrivateShareError> {
        let Some(session) = record.session.clone() else { return Ok(()) };
        let (_, consent) = self.own_consent(who, record.consent).await?;
        let permit = self.permit(&consent, record.range, Some(&record.material)).await?;
        let found = self.account_aggregator().fetch_fi(&permit, &session, &FiFilter::default()).await;
        let now = self.now();
        let mut record = DataSessionRecord { checked_at: now, ..record };
        match found {
            Ok(data) => {
                let accounts = data.iter().flat_map(|fip| &fip.accounts);
                for account in accounts.filter(|account| !account.encrypted.is_empty()) {
                    record.note(&account.link_ref, AccountDataStatus::Ready, now);
                }
                record = record.settle_by_accounts(now);
            }
            Err(AaError::Refused { code, .. }) if session_is_gone(code) => {
                record = DataSessionRecord { state: record.state.clone().expire(now)?, ..record };
            }
            Err(_) => {}
        }
        self.write_session(version, &record, None).await
    }

    /// A session nothing was heard of for an hour is over; a new one may be opened (guideline DR001).
    pub(super) async fn expire_if_due(
        &self,
        found: Versioned<DataSessionRecord>,
    ) -> Result<Versioned<DataSessionRecord>, PrivateShareError> {
        let now = self.now();
        let due = now.since(found.record.requested_at) >= self.settings().data_session_life;
        let state = found.record.state.clone();
        let state = match &found.record.state {
            DataSessionState::Requested { .. } | DataSessionState::Open { .. } if due => {
                state.fail(DataSessionFailure::NoNotification, now)?
            }
            DataSessionState::Partial { .. } if due => state.ready(now)?,
            _ => return Ok(found),
        };
        let record = DataSessionRecord { state, ..found.record };
        let mut batch = WriteBatch::new();
        batch.update(found.version, &record);
        let version = self.store().commit(batch).await?;
        Ok(Versioned { version, record })
    }
}

const fn session_is_gone(code: AaErrorCode) -> bool {
    matches!(code, AaErrorCode::DataGone | AaErrorCode::InvalidSessionId)
}

fn status_of(record: &DataSessionRecord) -> Result<DataSessionStatus, PrivateShareError> {
    let session = record.session.clone().ok_or(PrivateShareError::SessionOver)?;
    let undelivered = record.accounts.iter().filter_map(|(link_ref, account)| match account.status {
        AccountDataStatus::Denied | AccountDataStatus::Timeout => Some(UndeliveredAccount {
            fip: account.fip.clone(),
            link_ref: link_ref.clone(),
            status: account.status,
        }),
        AccountDataStatus::Pending | AccountDataStatus::Ready | AccountDataStatus::Delivered => None,
    });
    Ok(DataSessionStatus { session, state: record.state.state_name(), undelivered: undelivered.collect() })
}

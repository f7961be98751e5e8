//! What is done without anybody waiting: consents are read again after a notice, sessions expire, and logins
//! that are over are forgotten.

use mpp_core::{Persistence, Span};
use mpp_store::{
    Claim, LeasedJob, ListOrder, MAX_PAGE, OutboxExt, QueueName, Reason, Record, RecordKey, RecordReaderExt,
    WorkerName, WriteBatch,
};
use serde::{Deserialize, Serialize};

use super::data_session_record::DataSessionRecord;
use super::error::PrivateShareError;
use super::login_records::{CustomerSessionRecord, LoginRecord, LoginStartsRecord};
use super::service::PrivateShareService;

/// The queue of consents to be read again.
pub(super) const REREAD_CONSENTS: QueueName = QueueName::new("private-share-reread-consent");

/// How often a consent is read again before a person has to look.
const ATTEMPTS: u32 = 12;

/// The longest pause between two tries, as a power of two in seconds: about 17 minutes.
const LONGEST_PAUSE_EXPONENT: u32 = 10;

/// How long a finished login is remembered, for questions.
const LOGINS_KEPT: Span = Span::from_days(1);

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RereadConsent {
    pub(super) consent: String,
}

impl PrivateShareService {
    /// How long a job stays in a worker's hands without a sign of life.
    pub const LEASE: Span = Span::from_seconds(3);

    /// Takes jobs that are due. A server asks whenever [`PrivateShareService::work_bell`] rings, and every few seconds.
    ///
    /// # Errors
    /// [`PrivateShareError::Store`] when the store does not answer; the work stays due.
    pub async fn lease_jobs(
        &self,
        worker: &WorkerName,
        limit: u32,
    ) -> Result<Vec<LeasedJob>, PrivateShareError> {
        let claim = Claim {
            queues: vec![REREAD_CONSENTS],
            worker: worker.clone(),
            limit,
            now: self.now(),
            lease_for: Self::LEASE,
        };
        Ok(self.store().lease(claim).await?)
    }

    /// Says that a job is still being worked on.
    ///
    /// # Errors
    /// [`PrivateShareError::Store`] when somebody else has taken it over: stop working on it.
    pub async fn keep_job(&self, job: &LeasedJob) -> Result<(), PrivateShareError> {
        Ok(self.store().heartbeat(job, self.now(), Self::LEASE).await?)
    }

    /// Lets sessions expire whose time is over, and forgets logins; to be called every minute or so.
    ///
    /// # Errors
    /// [`PrivateShareError::Store`] when the store does not answer.
    pub async fn tidy(&self) -> Result<(), PrivateShareError> {
        for stage in ["requested", "open", "partial"] {
            let sessions = self
                .store()
                .every_by_index::<DataSessionRecord>(DataSessionRecord::BY_STAGE, stage.into())
                .await?;
            for session in sessions {
                let name = session.record.session.clone();
                match self.expire_if_due(session).await {
                    Err(error) if !error.is_conflict() => return Err(error),
                    Ok(_) | Err(_) => {}
                }
                if let Some(name) = name {
                    self.wakes().ring(name.as_str());
                }
            }
        }
        let (now, window) = (self.now(), self.settings().login_window);
        self.forget(|starts: &LoginStartsRecord| starts.is_over(now, window)).await?;
        self.forget(|login: &LoginRecord| now >= login.expires_at.plus(LOGINS_KEPT)).await?;
        self.forget(|session: &CustomerSessionRecord| now >= session.expires_at).await
    }

    /// Does one leased job. What goes wrong is written down with the job.
    ///
    /// # Errors
    /// [`PrivateShareError::Store`] when not even that could be written.
    pub async fn perform(&self, job: &LeasedJob) -> Result<(), PrivateShareError> {
        let payload: RereadConsent = job.payload()?;
        let read = self.reread_consent(&RecordKey::new(&payload.consent)).await;
        let now = self.now();
        let settled = match read {
            Ok(_) | Err(PrivateShareError::NotFound { .. }) => self.store().complete(job).await,
            Err(error) if error.persistence() == Persistence::Temporary && job.attempt < ATTEMPTS => {
                let exponent = job.attempt.min(LONGEST_PAUSE_EXPONENT);
                let pause = Span::from_seconds(2_i64.saturating_pow(exponent));
                self.store().release(job, now.plus(pause), Reason::new(error.code())).await
            }
            Err(error) => self.store().park(job, now, Reason::new(error.code())).await,
        };
        match settled {
            // Somebody else holds the job by now and will do it again: reading twice does no harm.
            Err(mpp_store::StoreError::LeaseLost { .. }) => Ok(()),
            settled => Ok(settled?),
        }
    }

    async fn forget<R: Record>(&self, is_over: impl Fn(&R) -> bool + Send) -> Result<(), PrivateShareError> {
        let mut after = None;
        loop {
            let page = self.store().all::<R>(ListOrder::OldestFirst, after, MAX_PAGE).await?;
            for found in page.items.iter().filter(|found| is_over(&found.record)) {
                let mut batch = WriteBatch::new();
                batch.delete::<R>(&found.record.key(), found.version);
                match self.store().commit(batch).await {
                    Err(error) if !error.is_conflict() => return Err(error.into()),
                    Ok(_) | Err(_) => {}
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }
}

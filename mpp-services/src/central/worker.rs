//! The background work: jobs are leased, done and settled one by one; a job whose worker died is leased by another.

use mpp_core::{Persistence, Span};
use mpp_store::{Claim, LeasedJob, OutboxExt, QueueName, Reason, StoreError, WorkerName};

use super::jobs::{Job, QUEUES};
use super::{CentralError, CentralService};

/// The longest wait between two attempts of a job that fails for reasons of our own.
const LONGEST_WAIT: Span = Span::from_hours(1);

/// After so many attempts a job that fails for reasons of our own waits for a person.
const MOST_ATTEMPTS: u32 = 20;

impl CentralService {
    /// Takes jobs of these queues that are due, those of the queue named first before others.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn lease_jobs(
        &self,
        queues: &[QueueName],
        worker: &WorkerName,
        limit: u32,
    ) -> Result<Vec<LeasedJob>, CentralError> {
        let claim = Claim {
            queues: queues.to_vec(),
            worker: worker.clone(),
            limit,
            now: self.now(),
            lease_for: self.settings().lease,
        };
        Ok(self.store().lease(claim).await?)
    }

    /// Says that a job is still being worked on.
    ///
    /// # Errors
    /// When somebody else has taken it over: stop working on it.
    pub async fn keep_job(&self, job: &LeasedJob) -> Result<(), CentralError> {
        Ok(self.store().heartbeat(job, self.now(), self.settings().lease).await?)
    }

    /// Does one leased job. A failure of our own puts it back for later, or parks it after many attempts.
    ///
    /// # Errors
    /// When not even that could be written: the job is leased again when its lease runs out.
    pub async fn perform(&self, job: &LeasedJob) -> Result<(), CentralError> {
        match self.do_job(job).await {
            Ok(()) => Ok(()),
            // it is in other hands, which will do it
            Err(CentralError::Store(StoreError::LeaseLost { .. })) => Ok(()),
            Err(error) => self.put_back(job, &error).await,
        }
    }

    /// Does everything that is due now, one job after the other, until there is nothing left; gives how many jobs were
    /// done.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn run_due_jobs(&self, worker: &WorkerName) -> Result<usize, CentralError> {
        let mut done: usize = 0;
        loop {
            let jobs = self.lease_jobs(&QUEUES, worker, 1).await?;
            let Some(job) = jobs.first() else { return Ok(done) };
            self.perform(job).await?;
            done = done.saturating_add(1);
        }
    }

    async fn do_job(&self, job: &LeasedJob) -> Result<(), CentralError> {
        match job.payload()? {
            Job::Fetch { fetch, .. } => return self.fetch(fetch, job).await,
            Job::Deliver { partner, sequence, .. } => return self.deliver(partner, sequence, job).await,
            Job::FetchDue { consent } => return self.fetch_again(consent, job).await,
            Job::Erase { parcel } => self.erase(parcel).await.map(drop)?,
            Job::ClearAway { parcel } => self.clear_away(parcel).await?,
            Job::ParcelExpiry { parcel } => self.expire_parcel(parcel).await?,
            Job::RequestExpiry { request } => self.expire_request(request).await?,
            Job::ConsentExpiry { consent } => self.expire_consent(consent).await?,
        }
        Ok(self.store().complete(job).await?)
    }

    async fn put_back(&self, job: &LeasedJob, error: &CentralError) -> Result<(), CentralError> {
        let reason = Reason::new(error);
        let hopeless = error.persistence() == Persistence::Permanent && job.attempt >= 3;
        let settled = if hopeless || job.attempt >= MOST_ATTEMPTS {
            self.store().park(job, self.now(), reason).await
        } else {
            let doublings = job.attempt.saturating_sub(1).min(20);
            let wait = Span::from_millis(1000_i64.saturating_mul(1 << doublings)).min(LONGEST_WAIT);
            self.store().release(job, self.now().plus(wait), reason).await
        };
        match settled {
            Ok(()) | Err(StoreError::LeaseLost { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

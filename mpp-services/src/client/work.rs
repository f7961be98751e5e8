//! Takes due jobs and does them; decides what becomes of those that fail.

use mpp_core::{DeliveryState, Jitter, Persistence, Span, draw};
use mpp_crypto::jws::JwsError;
use mpp_store::{Claim, LeasedJob, QueueName, StoreError, WorkerName};

use super::change::Change;
use super::jobs::{Job, PURGE};
use super::keys::REFRESH_PAUSE;
use super::{ClientError, ClientService};

/// What has to be destroyed is tried at least this often, for ever.
const DESTRUCTION_WAIT: Span = Span::from_hours(1);

impl ClientService {
    /// Takes jobs of one queue that are due.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn lease_jobs(
        &self,
        queue: &QueueName,
        worker: &WorkerName,
        limit: u32,
    ) -> Result<Vec<LeasedJob>, ClientError> {
        let claim = Claim {
            queues: vec![queue.clone()],
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
    pub async fn keep_job(&self, job: &LeasedJob) -> Result<(), ClientError> {
        Ok(self.store().heartbeat(job, self.now(), self.settings().lease).await?)
    }

    /// Does one leased job; gives the job that was begun with its end, which is in the caller's hands as well. What goes
    /// wrong is written down with the job.
    ///
    /// # Errors
    /// When not even that could be written: the job is leased again when its lease runs out.
    pub async fn perform(&self, job: &LeasedJob) -> Result<Option<LeasedJob>, ClientError> {
        let error = match self.handle(job).await {
            Ok(begun) => return Ok(begun),
            Err(error) => error,
        };
        match self.settle_failure(job, &error).await {
            // somebody else has the job now
            Err(ClientError::Store(StoreError::LeaseLost { .. })) => Ok(None),
            settled => settled.map(|()| None),
        }
    }

    async fn handle(&self, job: &LeasedJob) -> Result<Option<LeasedJob>, ClientError> {
        match job.payload::<Job>()? {
            Job::Collect { parcel } => return self.work_collect(job, parcel).await,
            Job::Acknowledge { parcel } => self.work_acknowledge(job, parcel).await,
            Job::Deliver { sequence, .. } => self.work_deliver(job, sequence).await,
            Job::Purge { item } => self.work_purge(job, item).await,
            Job::Retire { product } => self.work_retire(job, product).await,
            Job::Publish { product, version } => self.work_publish(job, product, version).await,
        }?;
        Ok(None)
    }

    /// What may pass is tried again by the schedule of deliveries; what cannot, or did not in nine attempts, waits for
    /// a person.
    async fn settle_failure(&self, job: &LeasedJob, error: &ClientError) -> Result<(), ClientError> {
        if matches!(error, ClientError::Store(StoreError::LeaseLost { .. })) {
            return Ok(());
        }
        let reason = format!("{}: {error}", error.code());
        let mut change = Change::new(self);
        let [random] = draw::<1>(self.entropy());
        let jitter = Jitter::from_random(random);
        let wait = usize::try_from(job.attempt).ok().and_then(|at| DeliveryState::SCHEDULE.get(at).copied());
        // a key that central may have named just now is known as soon as central may be asked again
        let asks_again = matches!(error, ClientError::Jws(JwsError::UnknownKey));
        let wait = wait.map(|wait| if asks_again { wait.min(REFRESH_PAUSE) } else { wait });
        let destroys = job.queue == PURGE;
        match (error.persistence(), wait) {
            (Persistence::Temporary, wait) if destroys => {
                let wait = wait.unwrap_or(DESTRUCTION_WAIT).min(DESTRUCTION_WAIT);
                change.release(job, change.now().plus(jitter.stretch(wait)), &reason);
            }
            (Persistence::Temporary, Some(wait)) => {
                change.release(job, change.now().plus(jitter.stretch(wait)), &reason);
            }
            (Persistence::Temporary, None) | (Persistence::Permanent, _) => change.park(job, &reason),
        }
        change.commit().await
    }
}

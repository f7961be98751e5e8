//! Takes due jobs and does them; decides what becomes of those that fail.

use mpp_core::{DeliveryState, Jitter, Persistence, Span, draw};
use mpp_store::{Claim, LeasedJob, QueueName, StoreError, WorkerName};

use super::change::Change;
use super::jobs::{Job, PURGE};
use super::{ClientError, ClientService};

/// What a look into a queue found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worked {
    /// Jobs were due and have been worked on.
    Jobs,
    /// Nothing is due.
    Nothing,
}

/// How many jobs a worker takes at once: collecting may take long, and a lease must not run out unseen.
const BATCH: u32 = 1;

/// What has to be destroyed is tried at least this often, for ever.
const DESTRUCTION_WAIT: Span = Span::from_hours(1);

impl ClientService {
    /// Does what is due in one queue, once.
    ///
    /// # Errors
    /// When the store does not answer. What goes wrong in a job is written down with the job.
    pub async fn work(&self, queue: &QueueName, worker: &WorkerName) -> Result<Worked, ClientError> {
        let claim = Claim {
            queues: vec![queue.clone()],
            worker: worker.clone(),
            limit: BATCH,
            now: self.now(),
            lease_for: self.settings().lease,
        };
        let jobs = self.store().lease(claim).await?;
        if jobs.is_empty() {
            return Ok(Worked::Nothing);
        }
        for job in jobs {
            self.work_on(job).await?;
        }
        Ok(Worked::Jobs)
    }

    /// Does a job, and whatever was begun with its end.
    async fn work_on(&self, job: LeasedJob) -> Result<(), ClientError> {
        let mut in_hand = Some(job);
        while let Some(job) = in_hand.take() {
            match self.handle(&job).await {
                Ok(begun) => in_hand = begun,
                Err(error) => match self.settle_failure(&job, &error).await {
                    // somebody else has the job now
                    Err(ClientError::Store(StoreError::LeaseLost { .. })) => {}
                    settled => settled?,
                },
            }
        }
        Ok(())
    }

    async fn handle(&self, job: &LeasedJob) -> Result<Option<LeasedJob>, ClientError> {
        match job.payload::<Job>()? {
            Job::Collect { parcel } => return self.work_collect(job, parcel).await,
            Job::Acknowledge { parcel } => self.work_acknowledge(job, parcel).await,
            Job::Deliver { sequence, .. } => self.work_deliver(job, sequence).await,
            Job::Purge { item } => self.work_purge(job, item).await,
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

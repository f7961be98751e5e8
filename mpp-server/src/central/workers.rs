//! Central's background work.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mpp_services::central::{CentralError, CentralService, DELIVERIES, OWN_WORK, RetentionClass};
use mpp_store::{LeasedJob, QueueName, StoreError, WorkerName};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::runtime::{Hold, JobSource, Pace, Stopping, spawn_forgetting, spawn_jobs};

/// How many jobs one process does at a time, besides deliveries.
const AT_ONCE: u32 = 8;

/// How many deliveries one process does at a time. Each waits for a client server, and costs little meanwhile.
const DELIVERIES_AT_ONCE: u32 = 16;

/// How long work that became due by time alone may wait.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Starts the background loops. Deliveries have one of their own: client servers that do not answer hold up no timer.
pub(super) fn start(
    service: &Arc<CentralService>,
    name: &WorkerName,
    arrivals: Option<&Arc<Notify>>,
    stopping: &Stopping,
) -> Vec<JoinHandle<()>> {
    let lanes = [(DELIVERIES.to_vec(), DELIVERIES_AT_ONCE), (OWN_WORK.to_vec(), AT_ONCE)];
    let spawn = |(queues, at_once)| {
        let pace = Pace {
            at_once,
            beat: service.settings().lease.as_duration() / 3,
            look_every: LOOK_EVERY,
            bell: Arc::clone(service.work_bell()),
            arrivals: arrivals.cloned(),
        };
        let jobs = Jobs { service: Arc::clone(service), queues, name: name.clone() };
        spawn_jobs(Arc::new(jobs), pace, stopping.clone())
    };
    lanes.into_iter().map(spawn).collect()
}

/// Has what is over forgotten, every day.
pub(super) fn forget(service: Arc<CentralService>, stopping: Stopping) -> JoinHandle<()> {
    spawn_forgetting(stopping, &RetentionClass::ALL, move |class| {
        let service = Arc::clone(&service);
        async move { service.forget_over(class).await }
    })
}

struct Jobs {
    service: Arc<CentralService>,
    queues: Vec<QueueName>,
    name: WorkerName,
}

#[async_trait]
impl JobSource for Jobs {
    async fn take(&self, room: u32) -> Vec<LeasedJob> {
        self.service.lease_jobs(&self.queues, &self.name, room).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "no work can be taken");
            Vec::new()
        })
    }

    async fn perform(&self, job: &LeasedJob) -> Option<LeasedJob> {
        if let Err(error) = self.service.perform(job).await {
            tracing::warn!(job.queue = %job.queue, %error, "a job could not be settled");
        }
        None
    }

    async fn keep(&self, job: &LeasedJob) -> Hold {
        match self.service.keep_job(job).await {
            Err(CentralError::Store(StoreError::LeaseLost { .. })) => Hold::Lost,
            Ok(()) | Err(_) => Hold::Kept,
        }
    }
}

//! Central's background work.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mpp_services::central::{CentralError, CentralService, RetentionClass};
use mpp_store::{LeasedJob, StoreError, WorkerName};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::runtime::{Hold, JobSource, Pace, Stopping, spawn_forgetting, spawn_jobs};

/// How many jobs one process does at a time.
const AT_ONCE: u32 = 8;

/// How long work that became due by time alone may wait.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Starts the background loop.
pub(super) fn start(
    service: Arc<CentralService>,
    name: WorkerName,
    arrivals: Option<Arc<Notify>>,
    stopping: Stopping,
) -> JoinHandle<()> {
    let pace = Pace {
        at_once: AT_ONCE,
        beat: service.settings().lease.as_duration() / 3,
        look_every: LOOK_EVERY,
        bell: Arc::clone(service.work_bell()),
        arrivals,
    };
    spawn_jobs(Arc::new(Jobs { service, name }), pace, stopping)
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
    name: WorkerName,
}

#[async_trait]
impl JobSource for Jobs {
    async fn take(&self, room: u32) -> Vec<LeasedJob> {
        self.service.lease_jobs(&self.name, room).await.unwrap_or_else(|error| {
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

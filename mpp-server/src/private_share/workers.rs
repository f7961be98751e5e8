//! Background work: consents are read again after notices, sessions expire, logins are forgotten.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mpp_services::private_share::{PrivateShareError, PrivateShareService, RetentionClass};
use mpp_store::{LeasedJob, StoreError, WorkerName};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::runtime::{Hold, JobSource, Pace, Stopping, spawn_chore, spawn_forgetting, spawn_jobs};

/// How many jobs one process does at a time: each asks the Account Aggregator.
const AT_ONCE: u32 = 4;

/// How long work that became due by time alone may wait.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often sessions and logins that are over are looked for.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// Starts the workers.
pub(super) fn start(
    service: &Arc<PrivateShareService>,
    name: &WorkerName,
    arrivals: Option<Arc<Notify>>,
    stopping: &Stopping,
) -> Vec<JoinHandle<()>> {
    let jobs = Jobs { service: Arc::clone(service), name: name.clone() };
    let pace = Pace {
        at_once: AT_ONCE,
        beat: PrivateShareService::LEASE.as_duration() / 3,
        look_every: LOOK_EVERY,
        bell: service.work_bell(),
        arrivals,
    };
    let tidying = Arc::clone(service);
    let tidy = move || {
        let service = Arc::clone(&tidying);
        async move { service.tidy().await.unwrap_or_else(|error| troubled(&error)) }
    };
    let forgetting = Arc::clone(service);
    let forget = move |class| {
        let service = Arc::clone(&forgetting);
        async move { service.forget_over(class).await }
    };
    vec![
        spawn_jobs(Arc::new(jobs), pace, stopping.clone()),
        spawn_chore(stopping.clone(), TIDY_EVERY, tidy),
        spawn_forgetting(stopping.clone(), &RetentionClass::ALL, forget),
    ]
}

struct Jobs {
    service: Arc<PrivateShareService>,
    name: WorkerName,
}

#[async_trait]
impl JobSource for Jobs {
    async fn take(&self, room: u32) -> Vec<LeasedJob> {
        self.service.lease_jobs(&self.name, room).await.unwrap_or_else(|error| {
            troubled(&error);
            Vec::new()
        })
    }

    async fn perform(&self, job: &LeasedJob) -> Option<LeasedJob> {
        if let Err(error) = self.service.perform(job).await {
            troubled(&error);
        }
        None
    }

    async fn keep(&self, job: &LeasedJob) -> Hold {
        match self.service.keep_job(job).await {
            Err(PrivateShareError::Store(StoreError::LeaseLost { .. })) => Hold::Lost,
            Ok(()) | Err(_) => Hold::Kept,
        }
    }
}

fn troubled(error: &PrivateShareError) {
    tracing::warn!(error.code = error.code(), %error, "background work is held up");
}

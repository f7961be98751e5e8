//! Background work: consents are read again after notices, sessions expire, logins are forgotten.

use std::sync::Arc;
use std::time::Duration;

use mpp_services::private_share::PrivateShareService;
use mpp_store::WorkerName;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::runtime::{Progress, Stopping, spawn_worker};

/// How long work that became due by time alone may wait.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often sessions and logins that are over are looked for.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// Starts the workers.
pub(super) fn start(
    service: &Arc<PrivateShareService>,
    name: &WorkerName,
    stopping: &Stopping,
) -> Vec<JoinHandle<()>> {
    let (working, tidying) = (Arc::clone(service), Arc::clone(service));
    let name = name.clone();
    let work = move || {
        let (service, name) = (Arc::clone(&working), name.clone());
        async move {
            match service.work(&name).await {
                Ok(0) => Progress::Idle,
                Ok(_) => Progress::Worked,
                Err(error) => troubled(&error),
            }
        }
    };
    let tidy = move || {
        let service = Arc::clone(&tidying);
        async move { service.tidy().await.map_or_else(|error| troubled(&error), |()| Progress::Idle) }
    };
    vec![
        spawn_worker(stopping.clone(), service.work_bell(), LOOK_EVERY, work),
        spawn_worker(stopping.clone(), Arc::new(Notify::new()), TIDY_EVERY, tidy),
    ]
}

fn troubled(error: &mpp_services::private_share::PrivateShareError) -> Progress {
    tracing::warn!(error.code = error.code(), %error, "background work is held up");
    Progress::Troubled
}

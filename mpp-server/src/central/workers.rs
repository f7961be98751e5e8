//! The background loop: leases jobs, does several at once, gives signs of life, and drains when the server stops.

use std::sync::Arc;
use std::time::Duration;

use mpp_services::central::{CentralError, CentralService};
use mpp_store::{LeasedJob, StoreError, WorkerName};
use tokio::task::{JoinHandle, JoinSet};

use crate::runtime::Stopping;

/// How many jobs one process does at a time.
const AT_ONCE: usize = 8;

/// How long work that became due by time alone may wait.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Starts the background loop. A slow job holds up nobody while there is room for others.
pub(super) fn start(service: Arc<CentralService>, name: WorkerName, stopping: Stopping) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut running = JoinSet::new();
        while !stopping.is_stopping() {
            // listening before looking, so that a bell rung in between is heard
            let rung = service.work_bell().notified();
            let room = AT_ONCE.saturating_sub(running.len());
            let found = take(&service, &name, room).await;
            let idle = found.is_empty();
            for job in found {
                running.spawn(perform(Arc::clone(&service), job));
            }
            if idle {
                tokio::select! {
                    () = rung => {}
                    Some(_) = running.join_next() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = stopping.wait() => {}
                }
            }
            while running.try_join_next().is_some() {}
        }
        while running.join_next().await.is_some() {}
    })
}

async fn take(service: &CentralService, name: &WorkerName, room: usize) -> Vec<LeasedJob> {
    let limit = u32::try_from(room).unwrap_or(1);
    if limit == 0 {
        return Vec::new();
    }
    service.lease_jobs(name, limit).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "no work can be taken");
        Vec::new()
    })
}

/// Does a job, with a sign of life at every third of its lease. A job that was taken over is dropped where it stands.
async fn perform(service: Arc<CentralService>, job: LeasedJob) {
    let beat = service.settings().lease.as_duration() / 3;
    let work = service.perform(&job);
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => {
                if let Err(error) = done {
                    tracing::warn!(job.queue = %job.queue, %error, "a job could not be settled");
                }
                return;
            }
            () = tokio::time::sleep(beat) => {
                if service.keep_job(&job).await.is_err_and(|error| is_lost(&error)) {
                    tracing::warn!(job.queue = %job.queue, "a job was taken over by another worker");
                    return;
                }
            }
        }
    }
}

fn is_lost(error: &CentralError) -> bool {
    matches!(error, CentralError::Store(StoreError::LeaseLost { .. }))
}

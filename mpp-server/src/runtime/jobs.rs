//! The loop that does the jobs of an outbox: several at once, each with signs of life, drained when the server stops.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::OptionFuture;
use mpp_store::LeasedJob;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use super::Stopping;

/// Whether a job is still in this worker's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// It is, or nobody can tell.
    Kept,
    /// Somebody else has taken it over.
    Lost,
}

/// Who takes and does the jobs of some queues. What goes wrong is logged by the implementation.
#[async_trait]
pub(crate) trait JobSource: Send + Sync + 'static {
    /// Takes up to so many jobs that are due.
    async fn take(&self, room: u32) -> Vec<LeasedJob>;

    /// Does a job and settles it; gives a job that was begun with its end.
    async fn perform(&self, job: &LeasedJob) -> Option<LeasedJob>;

    /// Says that a job is still being worked on.
    async fn keep(&self, job: &LeasedJob) -> Hold;
}

/// How a loop works.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// How many jobs are done at a time.
    pub(crate) at_once: u32,
    /// How often a job in hand gives a sign of life: several times within its lease.
    pub(crate) beat: Duration,
    /// How long work that became due by time alone may wait.
    pub(crate) look_every: Duration,
    /// Signalled by whoever enqueues work.
    pub(crate) bell: Arc<Notify>,
    /// Rung when another process may have enqueued work, where the store hears of that.
    pub(crate) arrivals: Option<Arc<Notify>>,
}

/// Starts the loop. A slow job holds up nobody while there is room for others.
pub(crate) fn spawn_jobs(source: Arc<dyn JobSource>, pace: Pace, stopping: Stopping) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut running = JoinSet::new();
        while !stopping.is_stopping() {
            // listening before looking, so that a bell rung in between is heard
            let rung = pace.bell.notified();
            let arrived = pace.arrivals.as_deref().map(Notify::notified);
            let room = pace.at_once.saturating_sub(u32::try_from(running.len()).unwrap_or(u32::MAX));
            let found = if room == 0 { Vec::new() } else { source.take(room).await };
            let idle = found.is_empty();
            for job in found {
                running.spawn(see_through(Arc::clone(&source), job, pace.beat));
            }
            if idle {
                tokio::select! {
                    () = rung => {}
                    () = OptionFuture::from(arrived).map(drop), if pace.arrivals.is_some() => {}
                    Some(_) = running.join_next() => {}
                    () = tokio::time::sleep(pace.look_every) => {}
                    () = stopping.wait() => {}
                }
            }
            while running.try_join_next().is_some() {}
        }
        while running.join_next().await.is_some() {}
    })
}

/// Does a job and what was begun with its end. A job that was taken over is dropped where it stands.
async fn see_through(source: Arc<dyn JobSource>, job: LeasedJob, beat: Duration) {
    let mut in_hand = Some(job);
    while let Some(job) = in_hand.take() {
        let work = source.perform(&job);
        tokio::pin!(work);
        in_hand = loop {
            tokio::select! {
                begun = &mut work => break begun,
                () = tokio::time::sleep(beat) => {
                    if source.keep(&job).await == Hold::Lost {
                        tracing::warn!(job.queue = %job.queue, "a job was taken over by another worker");
                        return;
                    }
                }
            }
        };
    }
}

#[cfg(test)]
mod tests;

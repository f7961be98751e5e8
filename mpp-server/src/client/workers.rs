//! The background work of a client server.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mpp_core::{Persistence, Span};
use mpp_services::client::{ClientError, ClientService, QUEUES, RetentionClass};
use mpp_store::{LeasedJob, QueueName, StoreError, WorkerName};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::NotificationsFrom;
use crate::runtime::{Hold, JobSource, Pace, Stopping, spawn_forgetting, spawn_jobs};

/// How long work that became due by time alone may wait.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long to wait before asking central again when it does not answer.
const TROUBLE_PAUSE: Duration = Duration::from_secs(2);
/// The pause after a poll without news, so that a central that does not hold the line is not flooded.
const BETWEEN_POLLS: Duration = Duration::from_millis(100);
/// How often to ask for what pushes may have missed.
const CATCH_UP_EVERY: Duration = Duration::from_secs(60);
/// How often stray bytes are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(6 * 3600);

/// Starts them all: one worker per queue, the intake, the sweep, the daily look for what is over, and new indexes.
pub(super) fn spawn(
    service: &Arc<ClientService>,
    notifications: NotificationsFrom,
    arrivals: Option<&Arc<Notify>>,
    stopping: &Stopping,
) -> Vec<JoinHandle<()>> {
    let queues =
        QUEUES.into_iter().map(|queue| spawn_queue(service, queue, arrivals.cloned(), stopping.clone()));
    let others = [
        spawn_intake(service, notifications, stopping.clone()),
        spawn_sweep(service, stopping.clone()),
        forget(service, stopping.clone()),
        spawn_indexing(service, stopping.clone()),
    ];
    queues.chain(others).collect()
}

/// One job of a queue at a time: parcels are opened one after the other, which bounds memory.
fn spawn_queue(
    service: &Arc<ClientService>,
    queue: QueueName,
    arrivals: Option<Arc<Notify>>,
    stopping: Stopping,
) -> JoinHandle<()> {
    let pace = Pace {
        at_once: 1,
        beat: service.settings().lease.as_duration() / 3,
        look_every: LOOK_EVERY,
        bell: service.work_bell(&queue),
        arrivals,
    };
    let worker = WorkerName::new(format_args!("{queue}/{}", std::process::id()));
    let jobs = Jobs { service: Arc::clone(service), queue, worker };
    spawn_jobs(Arc::new(jobs), pace, stopping)
}

struct Jobs {
    service: Arc<ClientService>,
    queue: QueueName,
    worker: WorkerName,
}

#[async_trait]
impl JobSource for Jobs {
    async fn take(&self, room: u32) -> Vec<LeasedJob> {
        self.service.lease_jobs(&self.queue, &self.worker, room).await.unwrap_or_else(|error| {
            tracing::warn!(%error, queue.name = %self.queue, "the queue cannot be worked on");
            Vec::new()
        })
    }

    async fn perform(&self, job: &LeasedJob) -> Option<LeasedJob> {
        self.service.perform(job).await.unwrap_or_else(|error| {
            tracing::warn!(job.queue = %job.queue, %error, "a job could not be settled");
            None
        })
    }

    async fn keep(&self, job: &LeasedJob) -> Hold {
        match self.service.keep_job(job).await {
            Err(ClientError::Store(StoreError::LeaseLost { .. })) => Hold::Lost,
            Ok(()) | Err(_) => Hold::Kept,
        }
    }
}

/// Polls central; when it pushes, asks for what is missing only.
fn spawn_intake(
    service: &Arc<ClientService>,
    notifications: NotificationsFrom,
    stopping: Stopping,
) -> JoinHandle<()> {
    let (gap, service) = (service.gap_bell(), Arc::clone(service));
    let (hold, pause) = match notifications {
        NotificationsFrom::Poll => (service.settings().poll_hold, BETWEEN_POLLS),
        NotificationsFrom::Push => (Span::default(), CATCH_UP_EVERY),
    };
    tokio::spawn(async move {
        let mut refused_before = false;
        while !stopping.is_stopping() {
            let polled = tokio::select! {
                polled = service.poll(hold) => polled,
                () = stopping.wait() => return,
            };
            let (pause, refused) = match polled {
                Ok(0) => (pause, false),
                // there may be more: ask again at once
                Ok(_) => {
                    refused_before = false;
                    continue;
                }
                Err(error) => after_trouble(&error, refused_before),
            };
            refused_before = refused;
            rest(pause, &gap, &stopping).await;
        }
    })
}

/// How long to wait before the next call, and whether central refused for good. A first refusal may be the moment's: a signature that
/// was too old when it came, because this machine slept or its clock was set; the next call is signed anew.
fn after_trouble(error: &ClientError, refused_before: bool) -> (Duration, bool) {
    match error {
        ClientError::NotEnrolled => (LOOK_EVERY, false),
        error => {
            let is_passing = error.persistence() == Persistence::Temporary;
            tracing::warn!(%error, error.passing = is_passing, "central's notifications cannot be read");
            let pause = if is_passing || !refused_before { TROUBLE_PAUSE } else { CATCH_UP_EVERY };
            (pause, !is_passing)
        }
    }
}

fn spawn_sweep(service: &Arc<ClientService>, stopping: Stopping) -> JoinHandle<()> {
    let service = Arc::clone(service);
    tokio::spawn(async move {
        while !stopping.is_stopping() {
            rest(SWEEP_EVERY, &Notify::new(), &stopping).await;
            if stopping.is_stopping() {
                return;
            }
            if let Err(error) = service.sweep().await {
                tracing::warn!(%error, "stray bytes could not be looked for");
            }
        }
    })
}

/// Brings records of before into indexes that are new, a hundred at a time, until none is left.
fn spawn_indexing(service: &Arc<ClientService>, stopping: Stopping) -> JoinHandle<()> {
    let service = Arc::clone(service);
    tokio::spawn(async move {
        while !stopping.is_stopping() {
            match service.index_some().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, "records of before could not be brought into new indexes");
                    rest(CATCH_UP_EVERY, &Notify::new(), &stopping).await;
                }
            }
        }
    })
}

fn forget(service: &Arc<ClientService>, stopping: Stopping) -> JoinHandle<()> {
    let service = Arc::clone(service);
    spawn_forgetting(stopping, &RetentionClass::ALL, move |class| {
        let service = Arc::clone(&service);
        async move { service.forget_over(class).await }
    })
}

async fn rest(pause: Duration, bell: &Notify, stopping: &Stopping) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = bell.notified() => {}
        () = stopping.wait() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_the_moment_is_asked_again_soon_and_one_that_stays_later() {
        let refused = ClientError::Unauthenticated;
        assert_eq!(refused.persistence(), Persistence::Permanent);
        assert_eq!(after_trouble(&refused, false), (TROUBLE_PAUSE, true));
        assert_eq!(after_trouble(&refused, true), (CATCH_UP_EVERY, true));
        assert_eq!(after_trouble(&ClientError::NotEnrolled, true), (LOOK_EVERY, false));
    }
}

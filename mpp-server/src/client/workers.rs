//! The background work of a client server.

use std::sync::Arc;
use std::time::Duration;

use mpp_core::{Persistence, Span};
use mpp_services::client::{ClientError, ClientService, QUEUES, Worked};
use mpp_store::{QueueName, WorkerName};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::NotificationsFrom;
use crate::runtime::{Progress, Stopping, spawn_worker};

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

/// Starts them all: one worker per queue, the intake, the sweep.
pub(super) fn spawn(
    service: &Arc<ClientService>,
    notifications: NotificationsFrom,
    stopping: &Stopping,
) -> Vec<JoinHandle<()>> {
    let queues = QUEUES.into_iter().map(|queue| spawn_queue(service, queue, stopping.clone()));
    let others =
        [spawn_intake(service, notifications, stopping.clone()), spawn_sweep(service, stopping.clone())];
    queues.chain(others).collect()
}

fn spawn_queue(service: &Arc<ClientService>, queue: QueueName, stopping: Stopping) -> JoinHandle<()> {
    let bell = service.work_bell(&queue);
    let service = Arc::clone(service);
    let worker = WorkerName::new(format_args!("{queue}/{}", std::process::id()));
    spawn_worker(stopping, bell, LOOK_EVERY, move || {
        let (service, queue, worker) = (Arc::clone(&service), queue.clone(), worker.clone());
        async move {
            match service.work(&queue, &worker).await {
                Ok(Worked::Jobs) => Progress::Worked,
                Ok(Worked::Nothing) => Progress::Idle,
                Err(error) => {
                    tracing::warn!(%error, queue.name = %queue, "the queue cannot be worked on");
                    Progress::Troubled
                }
            }
        }
    })
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
        while !stopping.is_stopping() {
            let polled = tokio::select! {
                polled = service.poll(hold) => polled,
                () = stopping.wait() => return,
            };
            let pause = match polled {
                Ok(0) => pause,
                // there may be more: ask again at once
                Ok(_) => continue,
                Err(error) => after_trouble(&error),
            };
            rest(pause, &gap, &stopping).await;
        }
    })
}

fn after_trouble(error: &ClientError) -> Duration {
    match error {
        ClientError::NotEnrolled => LOOK_EVERY,
        error => {
            let is_passing = error.persistence() == Persistence::Temporary;
            tracing::warn!(%error, error.passing = is_passing, "central's notifications cannot be read");
            if is_passing { TROUBLE_PAUSE } else { CATCH_UP_EVERY }
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

async fn rest(pause: Duration, bell: &Notify, stopping: &Stopping) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = bell.notified() => {}
        () = stopping.wait() => {}
    }
}

//! Background work: a loop that does what is due, sleeps until it is woken or time has passed, and ends with the
//! server.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::Stopping;

/// What a step of a worker found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It did something: look again at once.
    Worked,
    /// There is nothing due.
    Idle,
    /// The store or a peer does not answer: wait before looking again.
    Troubled,
}

/// Starts a worker. `step` does one batch of due work; `wake` is signalled by whoever enqueues work, and `at_least_every`
/// bounds how long work that became due by time alone waits.
pub fn spawn_worker<S, F>(
    stopping: Stopping,
    wake: Arc<Notify>,
    at_least_every: Duration,
    step: S,
) -> JoinHandle<()>
where
    S: Fn() -> F + Send + 'static,
    F: Future<Output = Progress> + Send,
{
    tokio::spawn(async move {
        while !stopping.is_stopping() {
            // a wake-up during the step must not be lost, so listen before looking
            let woken = wake.notified();
            match step().await {
                Progress::Worked => {}
                Progress::Idle => {
                    tokio::select! {
                        () = woken => {}
                        () = tokio::time::sleep(at_least_every) => {}
                        () = stopping.wait() => {}
                    }
                }
                Progress::Troubled => {
                    tokio::select! {
                        () = tokio::time::sleep(at_least_every) => {}
                        () = stopping.wait() => {}
                    }
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::runtime::Stopper;

    #[tokio::test]
    async fn a_worker_wakes_for_work_and_ends_with_the_server() {
        let (stopper, stopping) = Stopper::new();
        let wake = Arc::new(Notify::new());
        let (reported, mut reports) = tokio::sync::mpsc::unbounded_channel();
        let steps = Arc::new(AtomicU32::new(0));
        let worker = spawn_worker(stopping, Arc::clone(&wake), Duration::from_secs(3600), move || {
            let _ = reported.send(steps.fetch_add(1, Ordering::SeqCst));
            async { Progress::Idle }
        });
        assert_eq!(reports.recv().await, Some(0));
        wake.notify_one();
        assert_eq!(reports.recv().await, Some(1));
        stopper.stop();
        worker.await.unwrap();
    }
}

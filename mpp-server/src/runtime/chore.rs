//! Chores: what a server does now and then by itself, until it stops.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::Stopping;

/// Starts a chore: done at once and then every so often. The chore logs what goes wrong; it is done again in any case.
pub(crate) fn spawn_chore<S, F>(stopping: Stopping, every: Duration, chore: S) -> JoinHandle<()>
where
    S: Fn() -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    tokio::spawn(async move {
        while !stopping.is_stopping() {
            chore().await;
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                () = stopping.wait() => {}
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Stopper;

    #[tokio::test(start_paused = true)]
    async fn a_chore_is_done_at_once_again_later_and_ends_with_the_server() {
        let (stopper, stopping) = Stopper::new();
        let (reported, mut reports) = tokio::sync::mpsc::unbounded_channel();
        let begun = tokio::time::Instant::now();
        let chore = spawn_chore(stopping, Duration::from_secs(3600), move || {
            let _ = reported.send(begun.elapsed());
            async {}
        });
        assert_eq!(reports.recv().await, Some(Duration::ZERO));
        assert!(reports.recv().await.is_some_and(|after| after >= Duration::from_secs(3600)));
        stopper.stop();
        chore.await.unwrap();
    }
}

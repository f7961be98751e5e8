//! One signal to everything that should end: listeners, long polls, workers.

use tokio::sync::watch;

/// Gives the signal to stop; dropping it gives the signal too.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears the signal to stop.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopper {
    /// A signal not yet given, and its hearer.
    #[must_use]
    pub fn new() -> (Self, Stopping) {
        let (sender, receiver) = watch::channel(false);
        (Self(sender), Stopping(receiver))
    }

    /// Gives the signal.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    /// Waits for the signal.
    pub async fn wait(&self) {
        let mut receiver = self.0.clone();
        // an error says that the stopper is gone, which is a signal too
        let _ = receiver.wait_for(|stopped| *stopped).await;
    }

    /// Whether the signal was given.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_hears_the_signal() {
        let (stopper, stopping) = Stopper::new();
        let other = stopping.clone();
        assert!(!stopping.is_stopping());
        stopper.stop();
        stopping.wait().await;
        other.wait().await;
        assert!(other.is_stopping());
    }

    #[tokio::test]
    async fn a_dropped_stopper_stops() {
        let (stopper, stopping) = Stopper::new();
        drop(stopper);
        stopping.wait().await;
        assert!(stopping.is_stopping());
    }
}

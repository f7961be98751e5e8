//! Wakes long polls when what they wait for changes in this process. What changes in another process is seen
//! when a poll reads again, which it does in any case every few seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

/// One bell per thing somebody waits for.
#[derive(Debug, Default)]
pub(super) struct Wakes(Mutex<HashMap<String, Weak<Notify>>>);

impl Wakes {
    /// The bell of this thing; it lives as long as somebody holds it.
    pub(super) fn bell(&self, thing: &str) -> Arc<Notify> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bells.retain(|_, bell| bell.strong_count() > 0);
        if let Some(bell) = bells.get(thing).and_then(Weak::upgrade) {
            return bell;
        }
        let bell = Arc::new(Notify::new());
        bells.insert(thing.to_owned(), Arc::downgrade(&bell));
        bell
    }

    /// Wakes everybody who waits for this thing.
    pub(super) fn ring(&self, thing: &str) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(thing).and_then(Weak::upgrade) {
            bell.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ring_reaches_only_those_who_wait_for_the_thing() {
        let wakes = Wakes::default();
        let (mine, same, other) = (wakes.bell("a"), wakes.bell("a"), wakes.bell("b"));
        let (mine, same, other) = (mine.notified(), same.notified(), other.notified());
        tokio::pin!(mine, same, other);
        assert!(!mine.as_mut().enable() && !same.as_mut().enable() && !other.as_mut().enable());
        wakes.ring("a");
        mine.await;
        same.await;
        assert!(futures::poll!(other).is_pending());
    }

    #[test]
    fn bells_nobody_holds_are_forgotten() {
        let wakes = Wakes::default();
        drop(wakes.bell("a"));
        drop(wakes.bell("b"));
        wakes.ring("a");
        assert_eq!(wakes.0.lock().unwrap().len(), 1);
    }
}

//! Wakes long polls of this process when there is news. Only a hint: what there is, the store knows, also of the news that other
//! nodes commit.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

/// One bell per feed somebody waits for.
#[derive(Debug, Default)]
pub(super) struct Bells(Mutex<HashMap<String, Weak<Notify>>>);

impl Bells {
    /// The bell of a feed, for waiting.
    pub(super) fn of(&self, feed: &str) -> Arc<Notify> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(feed).and_then(Weak::upgrade) {
            return bell;
        }
        bells.retain(|_, bell| bell.strong_count() > 0);
        let bell = Arc::new(Notify::new());
        bells.insert(feed.to_owned(), Arc::downgrade(&bell));
        bell
    }

    /// Wakes everybody who waits for a feed.
    pub(super) fn ring(&self, feed: &str) {
        let bell = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(feed).and_then(Weak::upgrade);
        if let Some(bell) = bell {
            bell.notify_waiters();
        }
    }
}

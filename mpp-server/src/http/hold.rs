//! Long polls: how long a request may be held, and what ends the wait.

use std::time::Duration;

use serde::Deserialize;

use crate::runtime::Stopping;

/// The query of a long poll.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldQuery {
    /// After which sequence number.
    #[serde(default)]
    pub after: u64,
    /// For how many seconds to hold the line when there is nothing yet.
    #[serde(default)]
    pub hold: u64,
    /// Which state the caller knows.
    #[serde(default)]
    pub since: Option<String>,
}

/// How long to hold the line.
#[derive(Debug, Clone)]
pub struct Hold {
    longest: Duration,
    stopping: Stopping,
}

impl Hold {
    /// Holds as long as the caller asks, up to [`LONGEST_HOLD`] and until the server stops.
    #[must_use]
    pub fn new(query: &HoldQuery, stopping: Stopping) -> Self {
        Self { longest: Duration::from_secs(query.hold).min(LONGEST_HOLD), stopping }
    }

    /// Waits for `news`; `None` when the time is over or the server stops first.
    pub async fn wait_for<T>(&self, news: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            result = news => Some(result),
            () = tokio::time::sleep(self.longest) => None,
            () = self.stopping.wait() => None,
        }
    }
}

/// The longest a request is held: shorter than the idle time-outs of common proxies.
const LONGEST_HOLD: Duration = Duration::from_secs(25);

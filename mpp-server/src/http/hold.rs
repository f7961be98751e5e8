//! Long polls: how long a request may be held, and what ends the wait.

use std::time::Duration;

use serde::Deserialize;

use crate::runtime::Stopping;

/// The query of a long poll.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
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

    /// What `look` finds, or else what `news` brings while the line is held. The first look is never cut short: a caller
    /// that does not want to wait gets what is there. `news` may hear of this node's news only, so there are further looks
    /// while the line is held, and one at its end.
    ///
    /// # Errors
    /// That of `look` or `news`.
    pub async fn found_or_news<T, E, F>(
        &self,
        look: impl Fn() -> F,
        news: impl Future<Output = Result<Vec<T>, E>>,
    ) -> Result<Vec<T>, E>
    where
        F: Future<Output = Result<Vec<T>, E>>,
    {
        let found = look().await?;
        if !found.is_empty() || self.longest.is_zero() {
            return Ok(found);
        }
        let seen = async {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                match look().await {
                    Ok(found) if found.is_empty() => {}
                    seen => break seen,
                }
            }
        };
        let first = async {
            tokio::select! {
                biased;
                told = news => told,
                seen = seen => seen,
            }
        };
        match self.wait_for(first).await {
            Some(found) => found,
            None => look().await,
        }
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

/// How long news of other nodes may wait. Everybody who waits looks so often.
const LOOK_EVERY: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::pending;

    use tokio::time::Instant;

    use super::*;
    use crate::runtime::Stopper;

    #[tokio::test]
    async fn a_caller_who_does_not_wait_gets_what_is_there_however_slow_the_store() {
        let (_stopper, stopping) = Stopper::new();
        let hold = Hold::new(&HoldQuery::default(), stopping);
        let look = || async {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(vec!["news"])
        };
        assert_eq!(hold.found_or_news(look, pending()).await, Ok(vec!["news"]));
    }

    #[tokio::test]
    async fn a_caller_who_does_not_wait_gets_nothing_when_nothing_is_there() {
        let (_stopper, stopping) = Stopper::new();
        let hold = Hold::new(&HoldQuery::default(), stopping);
        let look = || async { Ok::<Vec<&str>, Infallible>(Vec::new()) };
        assert_eq!(hold.found_or_news(look, pending()).await, Ok(Vec::new()));
    }

    /// Holds the line for five seconds, with news of another node, of which no bell tells, after so many. Gives what was found
    /// and after how long.
    async fn held_while_news_come_after(wait: Duration) -> (Result<Vec<&'static str>, Infallible>, Duration) {
        let (_stopper, stopping) = Stopper::new();
        let hold = Hold::new(&HoldQuery { hold: 5, ..HoldQuery::default() }, stopping);
        let begun = Instant::now();
        let look = || async { Ok(if begun.elapsed() < wait { Vec::new() } else { vec!["news"] }) };
        (hold.found_or_news(look, pending()).await, begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn news_of_other_nodes_are_found_by_looking_again() {
        let (found, after) = held_while_news_come_after(Duration::from_secs(1)).await;
        assert_eq!(found, Ok(vec!["news"]));
        assert!(after < Duration::from_secs(3), "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn news_that_come_at_the_end_are_found_by_the_last_look() {
        let (found, after) = held_while_news_come_after(Duration::from_secs(5)).await;
        assert_eq!(found, Ok(vec!["news"]));
        assert!(after < Duration::from_secs(6), "{after:?}");
        let (found, _) = held_while_news_come_after(Duration::from_secs(6)).await;
        assert_eq!(found, Ok(Vec::new()));
    }
}

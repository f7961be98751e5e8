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

    /// What `look` finds, or else what `news` brings while the line is held. The look is never cut short: a caller that
    /// does not want to wait gets what is there.
    ///
    /// # Errors
    /// That of `look` or `news`.
    pub async fn found_or_news<T, E>(
        &self,
        look: impl Future<Output = Result<Vec<T>, E>>,
        news: impl Future<Output = Result<Vec<T>, E>>,
    ) -> Result<Vec<T>, E> {
        let found = look.await?;
        if !found.is_empty() {
            return Ok(found);
        }
        Ok(self.wait_for(news).await.transpose()?.unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::runtime::Stopper;

    #[tokio::test]
    async fn a_caller_who_does_not_wait_gets_what_is_there_however_slow_the_store() {
        let (_stopper, stopping) = Stopper::new();
        let hold = Hold::new(&HoldQuery::default(), stopping);
        let look = async {
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(vec!["news"])
        };
        assert_eq!(hold.found_or_news(look, std::future::pending()).await, Ok(vec!["news"]));
    }

    #[tokio::test]
    async fn a_caller_who_does_not_wait_gets_nothing_when_nothing_is_there() {
        let (_stopper, stopping) = Stopper::new();
        let hold = Hold::new(&HoldQuery::default(), stopping);
        let look = async { Ok::<Vec<&str>, Infallible>(Vec::new()) };
        assert_eq!(hold.found_or_news(look, std::future::pending()).await, Ok(Vec::new()));
    }
}

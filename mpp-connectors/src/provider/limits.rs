//! Limits on the use of a provider, as a decorator of the port: so many calls at once and per minute, and none
//! for a while after it failed repeatedly.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use mpp_core::{Clock, FetchPermit, ProviderId, SourceKind, Span, Timestamp};
use mpp_transport::Reach;
use serde::{Deserialize, Serialize};

use super::{Capabilities, DataProvider, ProviderError, ProviderOutcome, ProviderRequest, ResumeToken};

const MINUTE: Span = Span::from_minutes(1);

/// When to look again for a free place; how long a call takes is not known.
const NEXT_LOOK: Span = Span::from_seconds(1);

/// How much a provider may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderLimits {
    /// How many calls may run at once.
    pub at_once: usize,
    /// How many calls may start within a minute.
    pub per_minute: usize,
    /// After how many failures in a row ([`ProviderError::Down`]) it is left alone.
    pub failures: usize,
    /// For how long, in seconds. Then one call tries whether it is back.
    pub rest_seconds: u32,
}

impl Default for ProviderLimits {
    fn default() -> Self {
        Self { at_once: 16, per_minute: 1200, failures: 5, rest_seconds: 30 }
    }
}

/// A provider within limits. A call beyond them sends nothing: [`ProviderError::Throttled`] when there are too
/// many, [`ProviderError::Down`] (not sent) while the provider is left alone.
pub struct LimitedProvider {
    inner: Arc<dyn DataProvider>,
    limits: ProviderLimits,
    clock: Arc<dyn Clock>,
    use_so_far: Mutex<UseSoFar>,
}

#[derive(Default)]
struct UseSoFar {
    running: usize,
    started: VecDeque<Timestamp>,
    failures: usize,
    left_alone_until: Option<Timestamp>,
}

/// Why a call may not start now.
enum Closed {
    /// It failed too often.
    LeftAlone { until: Timestamp },
    /// As many calls as may run at once are running.
    Full,
    /// As many calls as may start within a minute have started.
    UsedUp { until: Timestamp },
}

impl UseSoFar {
    fn closed(&mut self, limits: &ProviderLimits, now: Timestamp) -> Option<Closed> {
        if let Some(until) = self.left_alone_until.filter(|until| now < *until) {
            return Some(Closed::LeftAlone { until });
        }
        if self.running >= limits.at_once {
            return Some(Closed::Full);
        }
        while self.started.front().is_some_and(|start| now.since(*start) >= MINUTE) {
            self.started.pop_front();
        }
        let first = self.started.front().filter(|_| self.started.len() >= limits.per_minute)?;
        Some(Closed::UsedUp { until: first.plus(MINUTE) })
    }
}

/// A running call; gives its place back when dropped, also when the call is given up.
struct Place<'a>(&'a LimitedProvider);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut so_far = self.0.so_far();
        so_far.running = so_far.running.saturating_sub(1);
    }
}

impl LimitedProvider {
    /// The provider `inner` within `limits`.
    #[must_use]
    pub fn new(inner: Arc<dyn DataProvider>, limits: ProviderLimits, clock: Arc<dyn Clock>) -> Self {
        Self { inner, limits, clock, use_so_far: Mutex::default() }
    }

    fn so_far(&self) -> MutexGuard<'_, UseSoFar> {
        self.use_so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self) -> Result<Place<'_>, ProviderError> {
        let now = self.clock.now();
        let mut so_far = self.so_far();
        match so_far.closed(&self.limits, now) {
            None => {}
            Some(Closed::LeftAlone { .. }) => {
                return Err(ProviderError::Down { reach: Reach::NotSent, source: None });
            }
            Some(Closed::Full) => return Err(ProviderError::Throttled { retry_after: None }),
            Some(Closed::UsedUp { until }) => {
                return Err(ProviderError::Throttled { retry_after: Some(until.since(now)) });
            }
        }
        if so_far.left_alone_until.is_some() {
            // This call tries; the others wait for what it finds.
            so_far.left_alone_until = Some(now.plus(self.rest()));
        }
        so_far.started.push_back(now);
        so_far.running += 1;
        Ok(Place(self))
    }

    fn rest(&self) -> Span {
        Span::from_seconds(self.limits.rest_seconds.into())
    }

    /// Only outages count: a refusal shows that the provider is there.
    fn learn(&self, outcome: &Result<ProviderOutcome, ProviderError>) {
        let mut so_far = self.so_far();
        match outcome {
            Err(ProviderError::Down { .. }) => {
                so_far.failures = so_far.failures.saturating_add(1);
                if so_far.failures >= self.limits.failures {
                    so_far.left_alone_until = Some(self.clock.now().plus(self.rest()));
                }
            }
            // Nothing was sent, nothing is learnt.
            Err(ProviderError::Permit(_)) => {}
            Ok(_) | Err(_) => {
                so_far.failures = 0;
                so_far.left_alone_until = None;
            }
        }
    }
}

impl fmt::Debug for LimitedProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitedProvider").field("inner", &self.inner).field("limits", &self.limits).finish()
    }
}

#[async_trait]
impl DataProvider for LimitedProvider {
    fn id(&self) -> &ProviderId {
        self.inner.id()
    }

    fn kind(&self) -> SourceKind {
        self.inner.kind()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn closed_until(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        match self.so_far().closed(&self.limits, now)? {
            Closed::LeftAlone { until } | Closed::UsedUp { until } => Some(until),
            Closed::Full => Some(now.plus(NEXT_LOOK)),
        }
    }

    async fn start(
        &self,
        permit: &FetchPermit,
        request: &ProviderRequest,
    ) -> Result<ProviderOutcome, ProviderError> {
        let _place = self.enter()?;
        let outcome = self.inner.start(permit, request).await;
        self.learn(&outcome);
        outcome
    }

    async fn resume(
        &self,
        permit: &FetchPermit,
        token: &ResumeToken,
    ) -> Result<ProviderOutcome, ProviderError> {
        let _place = self.enter()?;
        let outcome = self.inner.resume(permit, token).await;
        self.learn(&outcome);
        outcome
    }

    async fn health(&self) -> Result<(), ProviderError> {
        self.inner.health().await
    }
}

//! So many requests of each caller in a minute, so that none takes the server from the others. Callers are told how much they
//! have left (`RateLimit-Policy` and `RateLimit`, draft-ietf-httpapi-ratelimit-headers-10) and when to come back
//! (`Retry-After`, RFC 9110 section 10.2.3).

use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderName, HeaderValue, StatusCode, header};
use mpp_core::{Clock, Timestamp};

use super::{CallerName, Refusal};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// The window of the quota, in seconds.
const WINDOW: u32 = 60;

/// After how many requests callers are forgotten that have their whole quota again.
const SWEEP_EVERY: u64 = 4096;

/// How many requests each caller may make. Counted by this process alone: each node of a server counts for itself.
#[derive(Debug, Clone)]
pub struct CallerLimits(Arc<Counted>);

struct Counted {
    limiter: Limiter,
    per_minute: NonZeroU32,
    clock: SteadyClock,
    asked: AtomicU64,
}

type Limiter = RateLimiter<String, DefaultKeyedStateStore<String>, SteadyClock, StateInformationMiddleware>;

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").field("per_minute", &self.per_minute).finish_non_exhaustive()
    }
}

/// What a caller has left.
struct Left {
    requests: u32,
    /// Seconds until all of it is there again; for a refused caller, until one request is.
    seconds: u64,
}

impl CallerLimits {
    /// How many requests in a minute a server of a partner may make, unless the configuration says otherwise.
    pub const USUAL_OF_SERVERS: NonZeroU32 = NonZeroU32::new(12_000).unwrap();

    /// How many requests in a minute a phone may make, unless the configuration says otherwise.
    pub const USUAL_OF_PHONES: NonZeroU32 = NonZeroU32::new(600).unwrap();

    /// So many requests of each caller in a minute. They may come at once; what was used comes back evenly.
    #[must_use]
    pub fn new(per_minute: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let clock = SteadyClock::new(clock);
        let limiter =
            RateLimiter::dashmap_with_clock(Quota::per_minute(per_minute), clock.clone()).with_middleware();
        Self(Arc::new(Counted { limiter, per_minute, clock, asked: AtomicU64::new(0) }))
    }

    fn take(&self, caller: &CallerName) -> Result<Left, Left> {
        let Counted { limiter, per_minute, clock, asked } = self.0.as_ref();
        if asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
        }
        match limiter.check_key(&caller.as_str().to_owned()) {
            Ok(state) => {
                let requests = state.remaining_burst_capacity();
                let used = u64::from(per_minute.get().saturating_sub(requests));
                let seconds = (used * u64::from(WINDOW)).div_ceil(u64::from(per_minute.get()));
                Ok(Left { requests, seconds })
            }
            Err(refused) => {
                let wait = refused.wait_time_from(clock.now());
                Err(Left { requests: 0, seconds: whole_seconds(wait).max(1) })
            }
        }
    }

    fn tell(&self, left: &Left, response: &mut Response) {
        let policy = format!(r#""caller";q={};w={WINDOW}"#, self.0.per_minute);
        let now = format!(r#""caller";r={};t={}"#, left.requests, left.seconds);
        for (name, value) in [(POLICY, policy), (LEFT, now)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Middleware for routes whose callers have proved who they are (see [`CallerName`]): lets each through so often, and
/// no more.
pub async fn within_limits(State(limits): State<CallerLimits>, request: Request, next: Next) -> Response {
    let Some(caller) = request.extensions().get::<CallerName>() else {
        tracing::error!("a caller without a name came past its proof");
        return Refusal::internal().into_response();
    };
    match limits.take(caller) {
        Ok(left) => {
            let mut response = next.run(request).await;
            limits.tell(&left, &mut response);
            response
        }
        Err(left) => {
            let mut response = too_many().into_response();
            limits.tell(&left, &mut response);
            response.headers_mut().insert(header::RETRY_AFTER, left.seconds.into());
            response
        }
    }
}

fn too_many() -> Refusal {
    Refusal::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_requests",
        "This caller has used up its requests; the header Retry-After says when to go on",
    )
}

/// Time as the limiter wants it: a clock that is set back stands still, and nobody waits for it to catch up.
#[derive(Debug, Clone)]
struct SteadyClock {
    clock: Arc<dyn Clock>,
    passed: Arc<Mutex<Passed>>,
}

#[derive(Debug)]
struct Passed {
    last: Timestamp,
    since_start: Duration,
}

impl SteadyClock {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let passed = Passed { last: clock.now(), since_start: Duration::ZERO };
        Self { clock, passed: Arc::new(Mutex::new(passed)) }
    }
}

impl governor::clock::Clock for SteadyClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let now = self.clock.now();
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let forward = now.as_unix_millis().saturating_sub(passed.last.as_unix_millis());
        passed.since_start += Duration::from_millis(u64::try_from(forward).unwrap_or_default());
        passed.last = now;
        Nanos::from(passed.since_start)
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use mpp_core::Span;
    use mpp_testkit::HandClock;
    use tower::ServiceExt;

    use super::*;

    fn limits(per_minute: u32) -> (CallerLimits, Arc<HandClock>) {
        let clock = Arc::new(HandClock::default());
        (CallerLimits::new(NonZeroU32::new(per_minute).unwrap(), Arc::<HandClock>::clone(&clock)), clock)
    }

    /// What a caller has left after a request, or for how many seconds it must wait.
    fn ask(limits: &CallerLimits, caller: &str) -> Result<(u32, u64), u64> {
        let left = limits.take(&CallerName::new(caller));
        left.map(|left| (left.requests, left.seconds)).map_err(|left| left.seconds)
    }

    #[test]
    fn each_caller_has_its_own_quota_and_gets_it_back_evenly() {
        let (limits, clock) = limits(4);
        assert_eq!(ask(&limits, "a"), Ok((3, 15)));
        assert_eq!(ask(&limits, "a"), Ok((2, 30)));
        assert_eq!(ask(&limits, "a"), Ok((1, 45)));
        assert_eq!(ask(&limits, "a"), Ok((0, 60)));
        assert_eq!(ask(&limits, "a"), Err(15));
        assert_eq!(ask(&limits, "b"), Ok((3, 15)), "others are not touched");
        clock.advance(Span::from_seconds(14));
        assert_eq!(ask(&limits, "a"), Err(1));
        clock.advance(Span::from_seconds(1));
        assert_eq!(ask(&limits, "a"), Ok((0, 60)));
        clock.advance(Span::from_minutes(1));
        assert_eq!(ask(&limits, "a"), Ok((3, 15)));
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out() {
        let (limits, clock) = limits(1);
        clock.advance(Span::from_hours(2));
        assert!(ask(&limits, "a").is_ok());
        clock.turn_back(Span::from_hours(1));
        assert_eq!(ask(&limits, "a"), Err(60));
        clock.advance(Span::from_minutes(1));
        assert!(ask(&limits, "a").is_ok());
    }

    #[test]
    fn callers_who_have_their_whole_quota_again_are_forgotten() {
        let (limits, clock) = limits(10);
        for nth in 1..SWEEP_EVERY {
            assert!(ask(&limits, &format!("caller {nth}")).is_ok());
        }
        clock.advance(Span::from_minutes(1));
        assert!(ask(&limits, "the last one").is_ok());
        assert_eq!(limits.0.limiter.len(), 1);
    }

    #[tokio::test]
    async fn a_caller_is_told_what_is_left_and_when_to_come_back() {
        let (limits, _clock) = limits(2);
        let named = |mut request: Request, next: Next| async move {
            request.extensions_mut().insert(CallerName::new("application/7"));
            next.run(request).await
        };
        let router = Router::new()
            .route("/", get(|| async { "here" }))
            .layer(from_fn_with_state(limits, within_limits))
            .layer(axum::middleware::from_fn(named));
        let ask = || async { router.clone().oneshot(Request::new(Body::empty())).await.unwrap() };
        let told = |response: &Response, name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let first = ask().await;
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(told(&first, "ratelimit-policy"), r#""caller";q=2;w=60"#);
        assert_eq!(told(&first, "ratelimit"), r#""caller";r=1;t=30"#);
        ask().await;
        let refused = ask().await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(told(&refused, "ratelimit"), r#""caller";r=0;t=30"#);
        assert_eq!(told(&refused, "retry-after"), "30");
    }
}

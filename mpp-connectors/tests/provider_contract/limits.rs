use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt;
use mpp_connectors::conformance::{HandClock, ProviderBench, ScriptedNetwork, permit_for, request_about};
use mpp_connectors::provider::{LimitedProvider, ProviderLimits};
use mpp_connectors::{DataProvider, ProviderError, ProviderOutcome};
use mpp_core::{Clock, Source, Span};
use mpp_transport::{Body, Response, StatusCode, TransportError};

use crate::{OperatorBench, simulators};

const LIMITS: ProviderLimits = ProviderLimits { at_once: 2, per_minute: 4, failures: 3, rest_seconds: 30 };

struct Trial {
    clock: Arc<HandClock>,
    network: Arc<ScriptedNetwork>,
    provider: LimitedProvider,
}

impl Trial {
    fn over(network: Arc<ScriptedNetwork>, limits: ProviderLimits) -> Self {
        let clock = HandClock::new();
        let inner =
            OperatorBench.provider(Arc::<ScriptedNetwork>::clone(&network), Arc::<HandClock>::clone(&clock));
        let provider = LimitedProvider::new(inner, limits, Arc::<HandClock>::clone(&clock));
        Self { clock, network, provider }
    }

    async fn start(&self) -> Result<ProviderOutcome, ProviderError> {
        let now = self.clock.now();
        let permit = permit_for(Source::Provider(self.provider.id().clone()), now);
        self.provider.start(&permit, &request_about(OperatorBench.known(), now)).await
    }

    fn sent(&self) -> usize {
        self.network.sent().len()
    }
}

#[tokio::test]
async fn more_calls_a_minute_than_agreed_wait_for_the_next() {
    let trial = Trial::over(ScriptedNetwork::giving(200, simulators::PROFILE), LIMITS);
    for _ in 0..4 {
        trial.start().await.unwrap();
        trial.clock.advance(Span::from_seconds(10));
    }
    let error = trial.start().await.unwrap_err();
    let expected = Span::from_seconds(20);
    assert!(
        matches!(error, ProviderError::Throttled { retry_after: Some(wait) } if wait == expected),
        "{error:?}"
    );
    assert_eq!(trial.sent(), 4);
    assert_eq!(trial.provider.closed_until(), Some(trial.clock.now().plus(expected)));
    trial.clock.advance(expected);
    assert_eq!(trial.provider.closed_until(), None);
    assert!(trial.start().await.is_ok());
}

#[tokio::test]
async fn a_provider_that_fails_repeatedly_is_left_alone_and_tried_again_by_one_call() {
    let up = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&up);
    let network = ScriptedNetwork::answering(move || {
        if state.load(Ordering::SeqCst) {
            Ok(Response::new(StatusCode::OK, simulators::PROFILE))
        } else {
            Err(TransportError::connect("refused"))
        }
    });
    let trial = Trial::over(network, ProviderLimits { per_minute: 100, ..LIMITS });
    for _ in 0..3 {
        assert!(matches!(trial.start().await, Err(ProviderError::Down { source: Some(_), .. })));
    }
    let error = trial.start().await.unwrap_err();
    assert!(matches!(error, ProviderError::Down { source: None, .. }), "{error:?}");
    assert!(!error.may_have_been_accepted());
    assert_eq!(trial.sent(), 3, "nothing is sent while it is left alone");
    assert_eq!(trial.provider.closed_until(), Some(trial.clock.now().plus(Span::from_seconds(30))));

    trial.clock.advance(Span::from_seconds(30));
    assert!(trial.start().await.is_err());
    assert!(trial.start().await.is_err());
    assert_eq!(trial.sent(), 4, "one call tries");

    up.store(true, Ordering::SeqCst);
    trial.clock.advance(Span::from_seconds(30));
    assert!(trial.start().await.is_ok());
    assert!(trial.start().await.is_ok());
    assert_eq!(trial.sent(), 6);
}

#[tokio::test]
async fn refusals_are_no_outage() {
    let limits = ProviderLimits { per_minute: 100, ..LIMITS };
    let trial = Trial::over(ScriptedNetwork::giving(422, "{}"), limits);
    for _ in 0..5 {
        assert!(matches!(trial.start().await, Err(ProviderError::InvalidInput { .. })));
    }
    assert_eq!(trial.sent(), 5);
}

#[tokio::test]
async fn only_so_many_calls_run_at_once_and_a_call_given_up_makes_room() {
    let network = ScriptedNetwork::answering(|| {
        Ok(Response::new(StatusCode::OK, Body::stream(futures::stream::pending())))
    });
    let trial = Trial::over(network, LIMITS);
    let (mut first, mut second) = (Box::pin(trial.start()), Box::pin(trial.start()));
    assert!((&mut first).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    let error = trial.start().await.unwrap_err();
    assert!(matches!(error, ProviderError::Throttled { retry_after: None }), "{error:?}");
    assert_eq!(trial.provider.closed_until(), Some(trial.clock.now().plus(Span::from_seconds(1))));
    drop(first);
    assert_eq!(trial.provider.closed_until(), None);
    let third = Box::pin(trial.start());
    assert!(third.now_or_never().is_none());
}

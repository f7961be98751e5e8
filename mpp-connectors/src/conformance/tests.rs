//! The suite's tests, one function each; `ALL` names them in the order of the macro.

use std::sync::Arc;

use mpp_core::{ArtefactId, CustomerParticulars, FetchPermit, Persistence, Source, Span};
use mpp_transport::{Transport, TransportError};

use super::{HandClock, ProviderBench, ScriptedNetwork, permit_for, request_about, stranger};
use crate::DataProvider;
use crate::provider::{
    InputField, PermitRefusal, ProviderError, ProviderOutcome, ProviderRequest, ResumeToken, Resumption,
};

/// The names of all tests, which the macro compares with its own list.
pub const ALL: [&str; 16] = [
    "a_known_customer_gives_the_document_untouched",
    "an_unknown_customer_is_no_record",
    "a_lapsed_permit_sends_nothing",
    "a_permit_for_another_source_sends_nothing",
    "evidence_of_another_consent_sends_nothing",
    "a_missing_input_sends_nothing",
    "a_repeat_carries_the_same_reference",
    "the_customer_appears_in_bodies_only",
    "resumption_is_as_declared",
    "resuming_needs_a_permit_anew",
    "nobody_listening_is_down_and_not_sent",
    "no_answer_in_time_is_down_and_perhaps_sent",
    "refusals_fall_into_their_classes",
    "an_answer_that_is_not_understood_is_unreadable",
    "a_document_cut_short_is_no_document",
    "health_tells_up_from_down",
];

type Outcome = Result<ProviderOutcome, ProviderError>;

/// A provider over a network that remembers.
struct Trial {
    clock: Arc<HandClock>,
    network: Arc<ScriptedNetwork>,
    provider: Arc<dyn DataProvider>,
    known: CustomerParticulars,
}

impl Trial {
    fn over(bench: &dyn ProviderBench, network: Arc<ScriptedNetwork>) -> Self {
        let clock = HandClock::new();
        let provider =
            bench.provider(Arc::<ScriptedNetwork>::clone(&network), Arc::<HandClock>::clone(&clock));
        Self { clock, network, provider, known: bench.known() }
    }

    fn simulated(bench: &dyn ProviderBench) -> Self {
        Self::over(bench, ScriptedNetwork::before(bench.simulator()))
    }

    fn permit(&self) -> FetchPermit {
        permit_for(Source::Provider(self.provider.id().clone()), self.now())
    }

    fn now(&self) -> mpp_core::Timestamp {
        mpp_core::Clock::now(self.clock.as_ref())
    }

    fn about(&self, customer: CustomerParticulars) -> ProviderRequest {
        request_about(customer, self.now())
    }

    async fn start(&self, customer: CustomerParticulars) -> Outcome {
        self.provider.start(&self.permit(), &self.about(customer)).await
    }

    async fn failure(&self) -> ProviderError {
        self.start(self.known.clone()).await.expect_err("a failure")
    }

    fn assert_nothing_sent(&self) {
        assert!(self.network.sent().is_empty(), "{:?}", self.network.sent());
    }
}

async fn document(outcome: ProviderOutcome) -> (String, Vec<u8>) {
    match outcome {
        ProviderOutcome::Document { content_type, body, .. } => {
            (content_type, body.collect(1 << 24).await.unwrap().to_vec())
        }
        other => panic!("a document was expected, not {other:?}"),
    }
}

fn token() -> ResumeToken {
    ResumeToken::try_from("some-token".to_owned()).unwrap()
}

pub async fn a_known_customer_gives_the_document_untouched(bench: &dyn ProviderBench) {
    let trial = Trial::simulated(bench);
    let (content_type, bytes) = document(trial.start(bench.known()).await.unwrap()).await;
    assert_eq!(content_type, "application/json");
    assert_eq!(bytes, bench.document());
}

pub async fn an_unknown_customer_is_no_record(bench: &dyn ProviderBench) {
    let outcome = Trial::simulated(bench).start(bench.unknown()).await.unwrap();
    assert!(matches!(outcome, ProviderOutcome::NoRecord), "{outcome:?}");
}

pub async fn a_lapsed_permit_sends_nothing(bench: &dyn ProviderBench) {
    let trial = Trial::simulated(bench);
    let permit = trial.permit();
    let request = trial.about(bench.known());
    trial.clock.advance(FetchPermit::LIFETIME);
    let error = trial.provider.start(&permit, &request).await.unwrap_err();
    assert!(matches!(error, ProviderError::Permit(PermitRefusal::Lapsed)), "{error:?}");
    assert_eq!(error.persistence(), Persistence::Permanent);
    trial.assert_nothing_sent();
}

pub async fn a_permit_for_another_source_sends_nothing(bench: &dyn ProviderBench) {
    let trial = Trial::simulated(bench);
    for source in [Source::Provider(stranger()), Source::AccountAggregator] {
        let permit = permit_for(source, trial.now());
        let error = trial.provider.start(&permit, &trial.about(bench.known())).await.unwrap_err();
        assert!(matches!(error, ProviderError::Permit(PermitRefusal::Source)), "{error:?}");
    }
    trial.assert_nothing_sent();
}

pub async fn evidence_of_another_consent_sends_nothing(bench: &dyn ProviderBench) {
    let trial = Trial::simulated(bench);
    let mut request = trial.about(bench.known());
    request.evidence.artefact = ArtefactId::from_random([8; 16]);
    let error = trial.provider.start(&trial.permit(), &request).await.unwrap_err();
    assert!(matches!(error, ProviderError::Permit(PermitRefusal::Consent)), "{error:?}");
    trial.assert_nothing_sent();
}

pub async fn a_missing_input_sends_nothing(bench: &dyn ProviderBench) {
    let trial = Trial::simulated(bench);
    for field in &trial.provider.capabilities().required {
        let mut customer = bench.known();
        match field {
            InputField::Mobile => continue,
            InputField::Name => customer.name = Some("  ".into()),
            InputField::DateOfBirth => customer.date_of_birth = None,
            InputField::Pan => customer.pan = None,
            InputField::Pincode => customer.pincode = None,
        }
        let error = trial.start(customer).await.unwrap_err();
        let named = matches!(&error, ProviderError::InvalidInput { field: Some(named) } if named == field);
        assert!(named, "{field:?}: {error:?}");
    }
    trial.assert_nothing_sent();
}

pub async fn a_repeat_carries_the_same_reference(bench: &dyn ProviderBench) {
    let trial = Trial::simulated(bench);
    let (first, second) = (trial.start(bench.known()).await, trial.start(bench.known()).await);
    assert_eq!(document(first.unwrap()).await, document(second.unwrap()).await);
    let reference = trial.about(bench.known()).client_ref.to_string();
    let sent = trial.network.sent();
    assert_eq!(sent.len(), 2);
    for request in sent {
        assert!(String::from_utf8_lossy(&request.body).contains(&reference));
    }
}

pub async fn the_customer_appears_in_bodies_only(bench: &dyn ProviderBench) {
    let known = bench.known();
    let mut canaries = vec![known.mobile.digits().to_owned()];
    canaries.extend(known.name.iter().flat_map(|name| name.split_whitespace()).map(str::to_owned));
    canaries.extend(known.pan.iter().map(|pan| pan.characters().to_owned()));
    canaries.extend(known.date_of_birth.map(|date| date.to_string()));

    let trial = Trial::simulated(bench);
    let mut texts = vec![format!("{:?}", trial.provider), format!("{:?}", trial.about(bench.known()))];
    texts.push(format!("{:?}", trial.start(known).await));
    for request in trial.network.sent() {
        let values: Vec<_> = request.headers.values().map(|value| value.as_bytes()).collect();
        texts.push(format!("{} {}", request.url, String::from_utf8_lossy(&values.concat())));
    }
    for status in [400, 401, 429, 503, 200] {
        let echo = String::from_utf8(bench.document()).unwrap_or_default();
        let error = Trial::over(bench, ScriptedNetwork::giving(status, &echo)).start(bench.known()).await;
        texts
            .push(format!("{error:?} {}", error.as_ref().err().map(ToString::to_string).unwrap_or_default()));
    }
    for text in texts {
        for canary in &canaries {
            assert!(!text.contains(canary), "{canary} in {text}");
        }
    }
}

pub async fn resumption_is_as_declared(bench: &dyn ProviderBench) {
    let trial = Trial::simulated(bench);
    match trial.provider.capabilities().resumption {
        Resumption::Never => {
            let error = trial.provider.resume(&trial.permit(), &token()).await.unwrap_err();
            assert!(matches!(error, ProviderError::NothingToResume), "{error:?}");
            trial.assert_nothing_sent();
        }
        Resumption::Possible => {
            let customer = bench.deferred().expect("a customer whose document is deferred");
            let ProviderOutcome::Pending { token, retry_after } = trial.start(customer).await.unwrap() else {
                panic!("the document should be deferred");
            };
            assert!(retry_after > Span::default());
            let outcome = trial.provider.resume(&trial.permit(), &token).await.unwrap();
            assert!(!document(outcome).await.1.is_empty());
            let error = trial.provider.resume(&trial.permit(), &self::token()).await.unwrap_err();
            assert!(matches!(error, ProviderError::NothingToResume), "{error:?}");
        }
    }
}

pub async fn resuming_needs_a_permit_anew(bench: &dyn ProviderBench) {
    let trial = Trial::simulated(bench);
    let permit = trial.permit();
    let other = permit_for(Source::Provider(stranger()), trial.now());
    let error = trial.provider.resume(&other, &token()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Permit(PermitRefusal::Source)), "{error:?}");
    trial.clock.advance(FetchPermit::LIFETIME);
    let error = trial.provider.resume(&permit, &token()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Permit(PermitRefusal::Lapsed)), "{error:?}");
    trial.assert_nothing_sent();
}

pub async fn nobody_listening_is_down_and_not_sent(bench: &dyn ProviderBench) {
    let network = ScriptedNetwork::answering(|| Err(TransportError::connect("refused")));
    let error = Trial::over(bench, network).failure().await;
    assert!(matches!(error, ProviderError::Down { .. }), "{error:?}");
    assert_eq!((error.persistence(), error.may_have_been_accepted()), (Persistence::Temporary, false));
}

pub async fn no_answer_in_time_is_down_and_perhaps_sent(bench: &dyn ProviderBench) {
    let network = ScriptedNetwork::answering(|| Err(TransportError::Timeout));
    let trial = Trial::over(bench, network);
    let error = trial.failure().await;
    assert!(matches!(error, ProviderError::Down { .. }), "{error:?}");
    assert_eq!((error.persistence(), error.may_have_been_accepted()), (Persistence::Temporary, true));
    assert_eq!(trial.network.sent().len(), 1, "nothing is retried inside");
}

pub async fn refusals_fall_into_their_classes(bench: &dyn ProviderBench) {
    let refused = async |status| Trial::over(bench, ScriptedNetwork::giving(status, "{}")).failure().await;
    assert!(matches!(refused(401).await, ProviderError::ContractSuspended));
    assert!(matches!(refused(403).await, ProviderError::ContractSuspended));
    assert!(matches!(refused(422).await, ProviderError::InvalidInput { .. }));
    let throttled = refused(429).await;
    let wait = matches!(throttled, ProviderError::Throttled { retry_after: Some(span) } if span == Span::from_seconds(120));
    assert!(wait, "{throttled:?}");
    for status in [500, 502, 503, 504] {
        let down = refused(status).await;
        assert!(matches!(down, ProviderError::Down { .. }), "{status}: {down:?}");
        assert!(down.may_have_been_accepted());
    }
}

pub async fn an_answer_that_is_not_understood_is_unreadable(bench: &dyn ProviderBench) {
    for body in ["", "{}", "[]", "null", "<html>sign in</html>", "{\"a\":", "\u{feff}{}"] {
        let error = Trial::over(bench, ScriptedNetwork::giving(200, body)).failure().await;
        assert!(matches!(error, ProviderError::Unreadable { .. }), "{body}: {error:?}");
        assert_eq!(error.persistence(), Persistence::Permanent);
    }
    let error = Trial::over(bench, ScriptedNetwork::giving(302, "")).failure().await;
    assert!(matches!(error, ProviderError::Unreadable { .. }), "{error:?}");
}

pub async fn a_document_cut_short_is_no_document(bench: &dyn ProviderBench) {
    let mut start = bench.document();
    start.truncate(start.len() / 2);
    let error = Trial::over(bench, ScriptedNetwork::cut_after(start.clone())).failure().await;
    assert!(matches!(error, ProviderError::Down { .. }), "{error:?}");
    let half = String::from_utf8(start).unwrap_or_default();
    let error = Trial::over(bench, ScriptedNetwork::giving(200, &half)).failure().await;
    assert!(matches!(error, ProviderError::Unreadable { .. }), "{error:?}");
}

pub async fn health_tells_up_from_down(bench: &dyn ProviderBench) {
    assert!(Trial::simulated(bench).provider.health().await.is_ok());
    let down = Trial::over(bench, ScriptedNetwork::giving(503, "")).provider.health().await;
    assert!(matches!(down, Err(ProviderError::Down { .. })), "{down:?}");
    let gone: Arc<dyn Transport> = ScriptedNetwork::answering(|| Err(TransportError::connect("refused")));
    let gone = bench.provider(gone, HandClock::new()).health().await;
    assert!(matches!(gone, Err(ProviderError::Down { .. })), "{gone:?}");
}

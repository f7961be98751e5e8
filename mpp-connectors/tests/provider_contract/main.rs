//! Both providers pass the port's whole suite, against simulators written for this test alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod limits;
mod quality;
mod simulators;

use std::sync::Arc;

use mpp_connectors::bureau::{BureauConfig, ExperianStyle};
use mpp_connectors::conformance::{HandClock, ProviderBench, permit_for, request_about};
use mpp_connectors::provider::{LimitedProvider, ProviderLimits};
use mpp_connectors::telecom::{OperatorConfig, OperatorProfile};
use mpp_connectors::{
    ApiKey, DataProvider, ProviderError, ProviderOutcome, ProviderRegistry, provider_conformance,
};
use mpp_core::{Clock, CustomerParticulars, Source};
use mpp_transport::{LoopbackTransport, Transport};

#[derive(Debug)]
struct BureauBench;

#[derive(Debug)]
struct OperatorBench;

fn customer(mobile: &str) -> CustomerParticulars {
    CustomerParticulars {
        mobile: mobile.parse().unwrap(),
        vua: None,
        name: Some("Asha Kulkarni".into()),
        date_of_birth: Some("1990-05-14".parse().unwrap()),
        pan: Some("ABCPK1234D".parse().unwrap()),
        pincode: Some("411001".into()),
    }
}

fn key() -> ApiKey {
    ApiKey::new(simulators::KEY.into()).unwrap()
}

impl ProviderBench for BureauBench {
    fn provider(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn DataProvider> {
        let base_url = "https://world.example/bureau".parse().unwrap();
        let config = BureauConfig::new("sandbox-bureau".parse().unwrap(), base_url);
        Arc::new(ExperianStyle::new(config, key(), transport, clock))
    }

    fn simulator(&self) -> Arc<dyn Transport> {
        Arc::new(LoopbackTransport::new().with("world.example", simulators::world()))
    }

    fn known(&self) -> CustomerParticulars {
        customer(simulators::KNOWN)
    }

    fn unknown(&self) -> CustomerParticulars {
        customer(simulators::UNKNOWN)
    }

    fn deferred(&self) -> Option<CustomerParticulars> {
        Some(customer(simulators::DEFERRED))
    }

    fn document(&self) -> Vec<u8> {
        simulators::REPORT.into()
    }
}

impl ProviderBench for OperatorBench {
    fn provider(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn DataProvider> {
        let base_url = "https://world.example/operator".parse().unwrap();
        let config = OperatorConfig::new("sandbox-operator".parse().unwrap(), base_url);
        Arc::new(OperatorProfile::new(config, key(), transport, clock))
    }

    fn simulator(&self) -> Arc<dyn Transport> {
        BureauBench.simulator()
    }

    fn known(&self) -> CustomerParticulars {
        customer(simulators::KNOWN)
    }

    fn unknown(&self) -> CustomerParticulars {
        customer(simulators::UNKNOWN)
    }

    fn deferred(&self) -> Option<CustomerParticulars> {
        None
    }

    fn document(&self) -> Vec<u8> {
        simulators::PROFILE.into()
    }
}

/// The decorator is a provider like any other.
#[derive(Debug)]
struct LimitedBench;

impl ProviderBench for LimitedBench {
    fn provider(&self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Arc<dyn DataProvider> {
        let inner = BureauBench.provider(transport, Arc::clone(&clock));
        Arc::new(LimitedProvider::new(inner, ProviderLimits::default(), clock))
    }

    fn simulator(&self) -> Arc<dyn Transport> {
        BureauBench.simulator()
    }

    fn known(&self) -> CustomerParticulars {
        BureauBench.known()
    }

    fn unknown(&self) -> CustomerParticulars {
        BureauBench.unknown()
    }

    fn deferred(&self) -> Option<CustomerParticulars> {
        BureauBench.deferred()
    }

    fn document(&self) -> Vec<u8> {
        BureauBench.document()
    }
}

provider_conformance!(bureau, BureauBench);
provider_conformance!(limited, LimitedBench);
provider_conformance!(operator, OperatorBench);

async fn bureau_answers(body: &'static str) -> Result<ProviderOutcome, ProviderError> {
    let network = mpp_connectors::conformance::ScriptedNetwork::giving(200, body);
    let clock = HandClock::new();
    let provider = BureauBench.provider(network, Arc::<HandClock>::clone(&clock));
    let permit = permit_for(Source::Provider(provider.id().clone()), clock.now());
    provider.start(&permit, &request_about(BureauBench.known(), clock.now())).await
}

#[tokio::test]
async fn the_bureaus_failures_hide_behind_status_200() {
    let head = |body| bureau_answers(body);
    let ambiguous = head(
        r#"{"INProfileResponse":{"Header":{"SystemCode":"5","MessageText":"Multiple consumers matched"}}}"#,
    );
    assert!(matches!(ambiguous.await, Err(ProviderError::Ambiguous)));
    let consent = head(
        r#"{"INProfileResponse":{"Header":{"SystemCode":9},"UserMessage":{"UserMessageText":"Consent not valid"}}}"#,
    );
    assert!(matches!(consent.await, Err(ProviderError::ConsentRejected)));
    let failed = head(r#"{"INProfileResponse":{"Header":{"SystemCode":"1","MessageText":"Failed"}}}"#);
    assert!(matches!(failed.await, Err(ProviderError::Down { .. })));
    let unknown = head(r#"{"INProfileResponse":{"Header":{"SystemCode":"77","MessageText":""}}}"#);
    assert!(matches!(unknown.await, Err(ProviderError::Unreadable { .. })));
    let number = head(r#"{"INProfileResponse":{"Header":{"SystemCode":0}}}"#);
    assert!(matches!(number.await, Ok(ProviderOutcome::Document { .. })));
}

#[tokio::test]
async fn a_profile_of_another_number_is_not_passed_on() {
    let network = mpp_connectors::conformance::ScriptedNetwork::giving(
        200,
        r#"{"source":"telecom","msisdn":"9000000002","active":true}"#,
    );
    let clock = HandClock::new();
    let provider = OperatorBench.provider(network, Arc::<HandClock>::clone(&clock));
    let permit = permit_for(Source::Provider(provider.id().clone()), clock.now());
    let outcome = provider.start(&permit, &request_about(OperatorBench.known(), clock.now())).await;
    assert!(matches!(outcome, Err(ProviderError::Unreadable { .. })), "{outcome:?}");
}

#[test]
fn the_registry_knows_each_provider_by_its_name_once() {
    let mut registry = ProviderRegistry::new();
    let (network, clock) = (BureauBench.simulator(), HandClock::new());
    registry.register(BureauBench.provider(Arc::clone(&network), Arc::<HandClock>::clone(&clock))).unwrap();
    registry.register(OperatorBench.provider(Arc::clone(&network), Arc::<HandClock>::clone(&clock))).unwrap();
    let error = registry.register(BureauBench.provider(network, clock)).unwrap_err();
    assert_eq!(error.to_string(), "provider sandbox-bureau is registered twice");
    let names: Vec<_> = registry.providers().map(|provider| provider.id().to_string()).collect();
    assert_eq!(names, ["sandbox-bureau", "sandbox-operator"]);
    assert!(registry.provider(&"sandbox-operator".parse().unwrap()).is_some());
    assert!(registry.provider(&"nobody".parse().unwrap()).is_none());
}

use futures::executor::block_on;
use mockall::mock;
use mpp_core::Persistence;

use super::*;

mock! {
    #[derive(Debug)]
    Network {}

    #[async_trait::async_trait]
    impl Transport for Network {
        async fn send(&self, request: Request) -> Result<Response, TransportError>;
    }
}

fn exchange(network: MockNetwork) -> ProviderExchange {
    ProviderExchange {
        base_url: "https://bureau.example/api".parse().unwrap(),
        key: ApiKey::new("key-1".into()).unwrap(),
        timeout: Span::from_seconds(30),
        largest_document_bytes: 64,
        transport: Arc::new(network),
    }
}

fn answering(status: u16, headers: &'static [(&str, &str)], body: &'static str) -> ProviderExchange {
    let mut network = MockNetwork::new();
    network.expect_send().once().returning(move |_| {
        let mut response = Response::new(StatusCode::from_u16(status).unwrap(), body);
        for (name, value) in headers {
            response.headers.insert(*name, HeaderValue::from_static(value));
        }
        Ok(response)
    });
    exchange(network)
}

fn refusal(status: u16, headers: &'static [(&str, &str)], body: &'static str) -> ProviderError {
    block_on(answering(status, headers, body).post("v1/reports", &())).unwrap().refusal()
}

#[test]
fn a_request_carries_the_key_and_the_timeout_and_names_nobody_in_its_address() {
    let mut network = MockNetwork::new();
    network
        .expect_send()
        .once()
        .withf(|request| {
            request.url.as_str() == "https://bureau.example/api/v1/reports"
                && request.headers["authorization"] == "Bearer key-1"
                && request.headers["authorization"].is_sensitive()
                && request.headers["content-type"] == "application/json"
                && request.timeout.as_secs() == 30
        })
        .returning(|_| Ok(Response::new(StatusCode::OK, "{}")));
    let content = serde_json::json!({ "phoneNumber": "9000000001" });
    assert!(block_on(exchange(network).post("v1/reports", &content)).is_ok());
}

#[test]
fn refusals_fall_into_the_classes_by_status() {
    let field = refusal(422, &[], r#"{"code":"INVALID_INPUT","field":"pincode"}"#);
    assert!(matches!(field, ProviderError::InvalidInput { field: Some(InputField::Pincode) }), "{field:?}");
    assert!(matches!(refusal(400, &[], "not json"), ProviderError::InvalidInput { field: None }));
    assert!(matches!(refusal(401, &[], ""), ProviderError::ContractSuspended));
    assert!(matches!(refusal(403, &[], ""), ProviderError::ContractSuspended));
    let rejected = refusal(403, &[], r#"{"code":"CONSENT_REJECTED"}"#);
    assert!(matches!(rejected, ProviderError::ConsentRejected), "{rejected:?}");
    let ambiguous = refusal(409, &[], r#"{"code":"MULTIPLE_MATCHES"}"#);
    assert!(matches!(ambiguous, ProviderError::Ambiguous), "{ambiguous:?}");
    let down = refusal(503, &[], "");
    assert!(matches!(down, ProviderError::Down { reach: Reach::PerhapsSent, source: None }), "{down:?}");
    assert!(matches!(refusal(418, &[], ""), ProviderError::Unreadable { .. }));
}

#[test]
fn waits_are_taken_from_the_header_within_reason() {
    let wait = |headers| match refusal(429, headers, "") {
        ProviderError::Throttled { retry_after } => retry_after,
        other => panic!("{other:?}"),
    };
    assert_eq!(wait(&[("retry-after", "7")]), Some(Span::from_seconds(7)));
    assert_eq!(wait(&[("retry-after", "-5")]), Some(Span::from_seconds(1)));
    assert_eq!(wait(&[("retry-after", "999999999999")]), Some(Span::from_days(1)));
    assert_eq!(wait(&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")]), None);
}

#[test]
fn network_failures_keep_whether_the_request_was_sent() {
    let failing = |make: fn() -> TransportError| {
        let mut network = MockNetwork::new();
        network.expect_send().once().returning(move |_| Err(make()));
        let result = block_on(exchange(network).post("v1/reports", &()));
        result.err().unwrap()
    };
    let refused = failing(|| TransportError::connect("refused"));
    assert!(!refused.may_have_been_accepted());
    assert_eq!(refused.persistence(), Persistence::Temporary);
    let late = failing(|| TransportError::Timeout);
    assert!(late.may_have_been_accepted());
    assert_eq!(late.persistence(), Persistence::Temporary);
}

#[test]
fn a_document_beyond_the_limit_is_not_read() {
    let long = "0123456789012345678901234567890123456789012345678901234567890123456789";
    let result = block_on(answering(200, &[], long).post("v1/reports", &()));
    assert!(matches!(result.err().unwrap(), ProviderError::Unreadable { reason: "too large" }));
}

#[test]
fn a_provider_without_a_health_page_is_up() {
    assert!(block_on(answering(404, &[], "").health("v1/health")).is_ok());
    assert!(block_on(answering(204, &[], "").health("v1/health")).is_ok());
    assert!(block_on(answering(401, &[], "").health("v1/health")).is_err());
    assert!(block_on(answering(503, &[], "").health("v1/health")).is_err());
}

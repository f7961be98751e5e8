use std::time::Duration;

use mpp_api::Problem;
use mpp_core::AaConsentKey;
use mpp_crypto::SigningKey;
use mpp_server::private_share::{Access, all_routes};
use mpp_transport::{Method, Request};

use crate::bench::Bench;

#[tokio::test]
pub(crate) async fn every_route_asks_for_its_proof() {
    let bench = Bench::start().await;
    let routes = all_routes();
    assert_eq!(routes.len(), 15, "a new route needs a line here: who may call it?");
    for route in routes {
        let path = route.path.replace("{key}", "a").replace("{id}", "a");
        let url = bench.running.base_url().join(&path).unwrap();
        let mut request = Request::new(Method::from_bytes(route.method.as_bytes()).unwrap(), url);
        request.headers.insert("authorization", "Bearer guessed".parse().unwrap());
        request = request.with_body("{}");
        let answer = bench.transport.send(request).await.unwrap();
        let status = answer.status.as_u16();
        match route.access {
            Access::Session | Access::Operator => {
                assert_eq!(status, 401, "{route:?}");
                let body = answer.collect(1 << 20).await.unwrap();
                let problem: Problem = serde_json::from_slice(&body).unwrap();
                assert_eq!(problem.code, "unauthenticated");
            }
            Access::AccountAggregator => assert_eq!(status, 401, "{route:?}"),
            Access::Login => assert_eq!(status, 400, "{route:?}: the proof is in the body"),
            Access::Anybody => assert!(status < 400, "{route:?}"),
        }
    }
    bench.running.stop().await;
}

#[tokio::test]
pub(crate) async fn a_stolen_session_key_is_worth_nothing_without_the_device() {
    let bench = Bench::start().await;
    let (_, session) = bench.log_in("9000000001").await;
    let (thief, _) = bench.log_in("9000000002").await;
    let unknown = SigningKey::generate_p256(&*bench.entropy);
    for device in [thief, unknown] {
        let client = bench.client(device, session.clone());
        let key = AaConsentKey::from_random([1; 16]);
        let error = client.consent(key, "pending", Duration::ZERO).await.unwrap_err();
        assert_eq!(error.code(), Some("unauthenticated"));
    }
    bench.running.stop().await;
}

#[tokio::test]
async fn a_phone_that_asks_too_often_waits_and_no_other_does() {
    let bench = Bench::start().await;
    let (first, second) = (bench.phone("9000000001").await, bench.phone("9000000002").await);
    let ask = async |phone: &mpp_api::private_share::PrivateShareClient| {
        let key = AaConsentKey::from_random([3; 16]);
        phone.consent(key, "pending", Duration::ZERO).await.unwrap_err().code().map(str::to_owned)
    };
    let usual = mpp_server::http::CallerLimits::USUAL_OF_PHONES.get();
    for _ in 0..usual {
        assert_eq!(ask(&first).await.as_deref(), Some("not_found"));
    }
    assert_eq!(ask(&first).await.as_deref(), Some("too_many_requests"));
    assert_eq!(ask(&second).await.as_deref(), Some("not_found"));
    bench.clock.advance(mpp_core::Span::from_seconds(1));
    assert_eq!(ask(&first).await.as_deref(), Some("not_found"));
    bench.running.stop().await;
}

#[tokio::test]
pub(crate) async fn a_long_poll_does_not_keep_the_server_from_stopping() {
    let bench = Bench::start().await;
    let phone = bench.phone("9000000001").await;
    let key = AaConsentKey::from_random([2; 16]);
    let raise = mpp_api::private_share::RaiseAaConsent { key, parameters: crate::journey::parameters() };
    phone.raise_consent(&raise).await.unwrap();
    let poll = tokio::spawn(async move { phone.consent(key, "pending", Duration::from_secs(25)).await });
    tokio::task::yield_now().await;
    bench.running.stop().await;
    // Answered, or cut off before it was taken: either way it is over.
    let _ = poll.await.unwrap();
}

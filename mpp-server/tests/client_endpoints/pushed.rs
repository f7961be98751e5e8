//! Notifications that central pushes.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use mpp_api::client::ApplicationNotificationType as Kind;
use mpp_server::client::NotificationsFrom;

use crate::journey::{DEPOSIT, problem};
use crate::town::Town;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_server_that_is_pushed_to_collects_too() {
    let mut town = Town::start_taking(NotificationsFrom::Push).await;
    let partner = town.onboard().await;
    let started = town.ask(&partner, "LOAN-1").await;
    let phone = town.approve(&started).await;
    assert_eq!(town.next_push().await.1.kind, Kind::ConsentApproved);
    town.upload(&partner, &phone, DEPOSIT.as_bytes()).await;
    assert_eq!(town.next_push().await.1.kind, Kind::DataAvailable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
pub(crate) async fn a_push_nobody_signed_is_refused() {
    let town = Town::start().await;
    town.onboard().await;
    let anybody = town.at_client(std::sync::Arc::new(mpp_api::Anonymous));
    let body = r#"{"id":"6f1c8d3e-2a4b-4c5d-8e6f-7a8b9c0d1e2f"}"#;
    for signature in ["v1a,AAAA", ""] {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("webhook-id", "6f1c8d3e-2a4b-4c5d-8e6f-7a8b9c0d1e2f"),
            ("webhook-timestamp", "1768469100"),
            ("webhook-signature", signature),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let sent = anybody.send_raw(Method::POST, "/v1/notifications", headers, body.into()).await;
        assert_eq!(problem(sent.unwrap_err()).status, 401);
    }
}

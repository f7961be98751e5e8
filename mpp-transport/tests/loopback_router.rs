//! An axum router is a peer like any other, and peers come and go.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use mpp_transport::{LoopbackTransport, Request, StatusCode, Transport, TransportError, Url};

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_router_answers_under_its_authority() {
    let router = Router::new()
        .route(
            "/v1/items/{id}",
            get(|Path(id): Path<String>, headers: HeaderMap| async move {
                format!("{id} at {}", headers["host"].to_str().unwrap())
            }),
        )
        .route("/v1/items", post(|body: String| async move { (StatusCode::CREATED, body) }));
    let transport = LoopbackTransport::new().with("Central.example", router);

    let answer = transport.send(Request::get(url("https://central.example/v1/items/7"))).await.unwrap();
    assert_eq!(answer.collect(100).await.unwrap(), "7 at central.example");

    let request = Request::post(url("http://central.example/v1/items")).with_body("hello");
    let answer = transport.send(request).await.unwrap();
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.collect(100).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_peer_taken_away_refuses_connections_until_it_is_back() {
    let router = Router::new().route("/", get(|| async { "up" }));
    let transport = LoopbackTransport::new().with("peer.example", router.clone());
    let user = transport.clone();
    assert!(user.send(Request::get(url("http://peer.example/"))).await.is_ok());

    transport.remove("peer.example");
    let error = user.send(Request::get(url("http://peer.example/"))).await.unwrap_err();
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");

    transport.insert("peer.example", router);
    assert!(user.send(Request::get(url("http://peer.example/"))).await.is_ok());
}

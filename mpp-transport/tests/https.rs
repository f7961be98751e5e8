//! HTTPS is HTTPS: a peer that does not speak TLS is no peer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

use std::sync::Arc;

use mpp_transport::conformance::Subject;
use mpp_transport::{
    ConnectionSettings, HyperTransport, Reach, Request, ReqwestTransport, Transport, TransportError,
};

async fn speaks_no_plain_text(transport: Arc<dyn Transport>) {
    let subject = Subject::over_network(transport).await;
    let mut url = subject.peer.endpoint("echo");
    url.set_scheme("https").unwrap();
    let error = subject.transport.send(Request::get(url)).await.unwrap_err();
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
    assert_eq!(error.reach(), Reach::NotSent);
}

#[tokio::test]
async fn reqwest_does_not_fall_back_to_plain_text() {
    let transport = ReqwestTransport::new(ConnectionSettings::default()).unwrap();
    speaks_no_plain_text(Arc::new(transport)).await;
}

#[tokio::test]
async fn hyper_does_not_fall_back_to_plain_text() {
    let transport = HyperTransport::new(ConnectionSettings::default()).unwrap();
    speaks_no_plain_text(Arc::new(transport)).await;
}

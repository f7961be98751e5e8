//! Every transport passes the port's whole suite.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

use std::sync::Arc;

use mpp_transport::conformance::{Subject, answer};
use mpp_transport::{
    Body, ConnectionSettings, HyperTransport, LoopbackTransport, ReqwestTransport, conformance_suite,
};

conformance_suite!(reqwest, || async {
    let transport = ReqwestTransport::new(ConnectionSettings::default()).unwrap();
    Subject::over_network(Arc::new(transport)).await
});

conformance_suite!(hyper, || async {
    let transport = HyperTransport::new(ConnectionSettings::default()).unwrap();
    Subject::over_network(Arc::new(transport)).await
});

conformance_suite!(loopback, || async {
    let transport = LoopbackTransport::new().with("peer.example:8443", tower::service_fn(answer::<Body>));
    Subject {
        transport: Arc::new(transport),
        peer: "https://peer.example:8443/base".parse().unwrap(),
        nobody: "https://nobody.example".parse().unwrap(),
    }
});

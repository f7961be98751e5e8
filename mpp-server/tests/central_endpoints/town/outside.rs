//! How central is set up, and the outside world it calls.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use http::HeaderMap;
use mpp_crypto::sha256;
use mpp_server::central::{
    BillingSection, CentralConfig, NotificationSection, OperatorKey, OperatorSection, ProviderSection, Reach,
};
use mpp_server::runtime::SecretSource;

use super::{ORIGIN, Pushes, REPORT, STAFF_KEY};

/// Where `cargo xtask test` builds the program that prints invoices, unless the environment says where it is.
fn printer() -> std::path::PathBuf {
    let usual = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/invoice-pdf/debug/mpp-invoice-pdf");
    std::env::var_os("MPP_INVOICE_PDF").map_or_else(|| usual.into(), Into::into)
}

/// An axum router as a peer of the loopback transport.
pub(super) type Peer = tower::util::MapRequest<
    Router,
    fn(http::Request<mpp_transport::Body>) -> http::Request<axum::body::Body>,
>;

pub(super) fn peer(router: Router) -> Peer {
    tower::util::MapRequest::new(router, |request| request.map(axum::body::Body::new))
}

/// Serves on this machine for as long as the test runs; gives the address of the hook.
pub(super) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{at}/hook")
}

pub(super) async fn report(
    State(calls): State<Arc<Mutex<Vec<serde_json::Value>>>>,
    body: Bytes,
) -> ([(http::HeaderName, &'static str); 1], &'static str) {
    calls.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    ([(http::header::CONTENT_TYPE, "application/json")], REPORT)
}

pub(super) async fn push(State(pushes): State<Pushes>, headers: HeaderMap, body: Bytes) {
    pushes.lock().unwrap().push((headers, body));
}

pub(super) fn config(data: &Path, bureau_key: &Path) -> CentralConfig {
    CentralConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        data: data.to_owned(),
        records: Default::default(),
        parcels: Default::default(),
        app_link_base: "https://app.kaveri.example/".parse().unwrap(),
        operator: OperatorSection {
            name: "Moneyone Private Limited".into(),
            contact: "grievance@moneyone.example".into(),
            keys: vec![OperatorKey { name: "tests".into(), sha256: sha256(STAFF_KEY.as_bytes()) }],
        },
        notifications: NotificationSection { reach: Reach::Loopback },
        providers: vec![ProviderSection::Bureau {
            limits: Default::default(),
            contract: serde_json::from_str(r#"{"id":"bureau","base_url":"http://bureau.test"}"#).unwrap(),
            key: SecretSource::File(bureau_key.to_owned()),
        }],
        limits: Default::default(),
        retention: Default::default(),
        billing: Some(BillingSection {
            name: "Moneyone Private Limited".into(),
            address: vec!["1 Fort Road".into(), "Mumbai 400001".into()],
            gstin: "27AABCF4321K1ZR".parse().unwrap(),
            invoice_series: "MPP".into(),
            credit_series: "MPC".into(),
            e_invoices: true,
            printer: Some(printer()),
        }),
        passkeys: serde_json::from_value(serde_json::json!({ "origin": ORIGIN })).unwrap(),
        single_sign_on: None,
        epochs: Default::default(),
    }
}

//! Health: `/healthz` says the process lives, `/readyz` that it can do its work.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use mpp_store::{ListQuery, RecordKind, Store};

use super::Refusal;

/// The routes `/healthz` and `/readyz`; ready means that the store answers.
pub fn health_routes(store: Arc<dyn Store>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { (StatusCode::OK, "ok\n") }))
        .route("/readyz", get(move || ready(Arc::clone(&store))))
}

async fn ready(store: Arc<dyn Store>) -> Result<&'static str, Refusal> {
    let probe = store.list(ListQuery::of(RecordKind::new("readiness")).limit(1)).await;
    probe.map(|_| "ready\n").map_err(|error| {
        tracing::warn!(%error, "the store does not answer");
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "The store does not answer")
    })
}

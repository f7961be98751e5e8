//! Health: `/healthz` says the process lives, `/readyz` that it can do its work.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use http::StatusCode;
use mpp_store::{ListQuery, RecordKind, Store};

use super::{Refusal, RouteGroup};

/// The routes `/healthz` and `/readyz`; ready means that the store answers.
pub fn health_routes(store: Arc<dyn Store>) -> Router {
    health_group(()).into_router().with_state(store)
}

/// The same on record, for whoever may call.
pub(crate) fn health_group<A: Copy>(anybody: A) -> RouteGroup<Arc<dyn Store>, A> {
    RouteGroup::new(anybody).get("/healthz", "Whether the process lives", || async { "ok\n" }).get(
        "/readyz",
        "Whether the server can do its work: its store answers",
        ready,
    )
}

async fn ready(State(store): State<Arc<dyn Store>>) -> Result<&'static str, Refusal> {
    let probe = store.list(ListQuery::of(RecordKind::new("readiness")).limit(1)).await;
    probe.map(|_| "ready\n").map_err(|error| {
        tracing::warn!(%error, "the store does not answer");
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "The store does not answer")
    })
}

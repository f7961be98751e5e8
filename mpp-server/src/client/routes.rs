//! The routes, and what each of them asks of its caller.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use mpp_services::client::ClientService;
use mpp_store::Store;

use super::callers::{require_application, require_staff};
use super::{application, notifications, staff};
use crate::http::{Idempotency, LogState, Refusal, RouteGroup, answer_repeats, health_routes, log_requests};

/// The largest request body; nobody sends documents here.
const LARGEST_BODY: usize = 1024 * 1024;

/// What handlers need.
#[derive(Debug, Clone)]
pub(super) struct AppState {
    pub(super) service: Arc<ClientService>,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A partner application with its bearer key.
    Application,
    /// A member of the enterprise's staff with a bearer key.
    Staff,
    /// Central, by the signature of a webhook.
    Central,
    /// Anybody.
    Anybody,
}

/// A route and who may call it.
pub type Route = crate::http::Route<Access>;

type Group = RouteGroup<AppState, Access>;

/// Every route of a client server.
#[must_use]
pub fn all_routes() -> Vec<Route> {
    let health = ["/healthz", "/readyz"].map(|path| Route { method: "GET", path, access: Access::Anybody });
    let groups = [application_group(), staff_group(), central_group()];
    groups.into_iter().flat_map(Group::into_routes).chain(health).collect()
}

/// The router, each group behind its own proof of who calls.
pub(super) fn router(
    state: AppState,
    idempotency: Idempotency,
    store: Arc<dyn Store>,
    log: LogState,
) -> Router {
    // layers run from the last to the first: first who calls, then whether it was called before
    let repeats = || from_fn_with_state(idempotency.clone(), answer_repeats);
    let application = application_group()
        .into_router()
        .layer(repeats())
        .layer(from_fn_with_state(state.clone(), require_application));
    let staff =
        staff_group().into_router().layer(repeats()).layer(from_fn_with_state(state.clone(), require_staff));
    application
        .merge(staff)
        .merge(central_group().into_router())
        .with_state(state)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .merge(health_routes(store))
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "No such method here")
        })
        .layer(map_response(never_cached))
        .layer(from_fn_with_state(log, log_requests))
}

fn application_group() -> Group {
    Group::new(Access::Application)
        .post("/v1/consent-requests", application::start)
        .get("/v1/consent-requests/{id}", application::standing)
        .get("/v1/cases/{caseRef}/items", application::items)
        .get("/v1/items/{id}/content", application::content)
        .get("/v1/items/{id}/normalised", application::normalised)
}

fn staff_group() -> Group {
    Group::new(Access::Staff)
        .post("/v1/staff/enrolment", staff::enrol)
        .get("/v1/staff/products", staff::products)
        .post("/v1/staff/products", staff::define_product)
        .post("/v1/staff/products/{id}/versions/{version}/approve", staff::approve_product)
        .post("/v1/staff/api-keys", staff::create_api_key)
        .post("/v1/staff/webhook", staff::set_webhook)
        .get("/v1/staff/accesses", staff::accesses)
        .get("/v1/staff/parcels", staff::parcels)
        .get("/v1/staff/parked", staff::parked)
        .post("/v1/staff/parked/{job}/replay", staff::replay)
}

fn central_group() -> Group {
    Group::new(Access::Central).post("/v1/notifications", notifications::take)
}

/// Every answer is about a customer or holds a secret.
async fn never_cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

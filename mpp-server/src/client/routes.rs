//! The routes, and what each of them asks of its caller.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderValue, header};
use mpp_services::client::ClientService;
use mpp_store::Store;

use super::callers::{require_application, require_staff};
use super::{application, notifications, staff};
use crate::http::{Idempotency, LogState, Refusal, answer_repeats, health_routes, log_requests};

/// The largest request body; nobody sends documents here.
const LARGEST_BODY: usize = 1024 * 1024;

/// What handlers need.
#[derive(Debug, Clone)]
pub(super) struct AppState {
    pub(super) service: Arc<ClientService>,
}

impl FromRef<AppState> for Arc<ClientService> {
    fn from_ref(state: &AppState) -> Self {
        Arc::clone(&state.service)
    }
}

/// All routes of the role.
pub(super) fn router(
    state: AppState,
    idempotency: Idempotency,
    store: Arc<dyn Store>,
    log: LogState,
) -> Router {
    let repeats = || from_fn_with_state(idempotency.clone(), answer_repeats);
    let application = application_routes()
        .layer(repeats())
        .layer(from_fn_with_state(state.clone(), require_application));
    let staff = staff_routes().layer(repeats()).layer(from_fn_with_state(state.clone(), require_staff));
    let central = Router::new().route("/v1/notifications", post(notifications::take));
    application
        .merge(staff)
        .merge(central)
        .with_state(state)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(map_response(never_cached))
        .merge(health_routes(store))
        .fallback(|| async { Refusal::not_found() })
        .layer(from_fn_with_state(log, log_requests))
}

fn application_routes() -> Router<AppState> {
    Router::new()
        .route("/v1/consent-requests", post(application::start))
        .route("/v1/consent-requests/{id}", get(application::standing))
        .route("/v1/cases/{case_ref}/items", get(application::items))
        .route("/v1/items/{id}/content", get(application::content))
        .route("/v1/items/{id}/normalised", get(application::normalised))
}

fn staff_routes() -> Router<AppState> {
    Router::new()
        .route("/v1/staff/enrolment", post(staff::enrol))
        .route("/v1/staff/products", get(staff::products).post(staff::define_product))
        .route("/v1/staff/products/{id}/versions/{version}/approve", post(staff::approve_product))
        .route("/v1/staff/api-keys", post(staff::create_api_key))
        .route("/v1/staff/webhook", post(staff::set_webhook))
        .route("/v1/staff/accesses", get(staff::accesses))
        .route("/v1/staff/parcels", get(staff::parcels))
        .route("/v1/staff/parked", get(staff::parked))
        .route("/v1/staff/parked/{job}/replay", post(staff::replay))
}

/// Every answer is about a customer or holds a secret.
async fn never_cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}


//! The routes, group by group of those who may call them.

mod consents;
mod data_sessions;
mod health;
mod logins;
mod notifications;

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::{Json, Router};
use http::{HeaderValue, header};
use mpp_connectors::rebit::inbound::{Gate, ReplayLedger, Responder};
use mpp_core::{Clock, EntityId, Entropy};
use mpp_services::private_share::PrivateShareService;
use serde::{Deserialize, Serialize};

use super::callers::{DeviceOfSession, Devices};
use super::config::{HealthKey, PublishedKey};
use crate::http::{
    CallerLimits, Idempotency, Refusal, RouteGroup, SignedCallers, answer_repeats, description_group,
    health_group, log_requests, require_signature, within_limits,
};
use crate::runtime::Stopping;

/// What the handlers share.
#[derive(Debug, Clone)]
pub(super) struct App {
    pub(super) service: Arc<PrivateShareService>,
    /// Ends long polls; there from the moment the server listens.
    pub(super) stopping: Option<Stopping>,
    pub(super) ours: PublishedKeys,
    pub(super) gate: Arc<Gate>,
    pub(super) responder: Responder,
    /// The notifications answered lately. Lost with the process, which does no harm: taking one twice changes
    /// nothing.
    pub(super) answered: Arc<Mutex<ReplayLedger>>,
    pub(super) clock: Arc<dyn Clock>,
    /// The keys of those who run the service.
    pub(super) operators: Arc<[HealthKey]>,
}

/// What others need to know to believe us.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(super) struct PublishedKeys {
    /// Our name in the Central Registry.
    pub(super) entity: EntityId,
    /// Our public key.
    pub(super) key: PublishedKey,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A phone with a session's bearer key that signs with the device key the session is bound to.
    Session,
    /// A phone that logs in: the code is the proof.
    Login,
    /// Whoever runs the service, with a bearer key of the configuration.
    Operator,
    /// The Account Aggregator: API key and signature over the body.
    AccountAggregator,
    /// Anybody.
    Anybody,
}

/// A route and who may call it.
pub type Route = crate::http::Route<Access>;

type Group = RouteGroup<App, Access>;

/// Every route of the service.
#[must_use]
pub fn all_routes() -> Vec<Route> {
    let logins = logins::group().answering_repeats();
    let own = [session_group(), logins, notifications::group(), health::group(), public_group()];
    let own = own.into_iter().flat_map(Group::into_routes);
    own.chain(health_group(Access::Anybody).into_routes()).collect()
}

/// The interface as OpenAPI 3.1, made by `cargo xtask openapi`.
const DESCRIPTION: &str = include_str!("../../../docs/openapi/private-share.json");

fn session_group() -> Group {
    data_sessions::add_to(consents::add_to(Group::new(Access::Session)))
}

fn public_group() -> Group {
    description_group(Access::Anybody, DESCRIPTION).get(
        "/v1/keys",
        "The service's public key and its name in the Central Registry",
        keys,
    )
}

/// Our name and public key, for the Central Registry.
async fn keys(State(app): State<App>) -> Json<PublishedKeys> {
    Json(app.ours)
}

/// What the router is made of.
pub(super) struct Wiring {
    pub(super) app: App,
    pub(super) answers: Idempotency,
    /// How many requests a phone may make.
    pub(super) limits: CallerLimits,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
}

/// The router, each group behind its own proof of who calls.
pub(super) fn router(wiring: Wiring) -> Router {
    let Wiring { app, answers, limits, clock, entropy } = wiring;
    let devices = SignedCallers::new(Arc::new(Devices(Arc::clone(&app.service))), Arc::clone(&clock));
    // what a session asks for is the same when asked again, without stored answers
    let session = session_group()
        .into_router()
        .layer(from_fn_with_state(limits, within_limits))
        .layer(from_fn_with_state(devices, require_signature::<DeviceOfSession>));
    let logins = logins::group().into_router().layer(from_fn_with_state(answers, answer_repeats));
    let operators =
        health::group().into_router().layer(from_fn_with_state(app.clone(), health::require_operator));
    session
        .merge(operators)
        .merge(logins)
        .merge(notifications::group().into_router())
        .merge(public_group().into_router())
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async {
            Refusal::new(http::StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "No such method here")
        })
        .layer(map_response(never_cached))
        .layer(from_fn_with_state((clock, entropy), log_requests))
        .with_state(app)
}

/// Nothing said here is for a cache, and nothing is for a browser to guess at.
async fn never_cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A part of the path as its type; what is not one names nothing.
fn named<T: std::str::FromStr>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}

/// The query of a long poll. Without a known state there is nothing to wait for.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PollQuery {
    /// The state the caller knows.
    #[serde(default)]
    since: Option<String>,
    /// How many seconds to hold the line.
    #[serde(default)]
    hold: u64,
}

impl App {
    /// Waits for the signal that the server stops.
    async fn stopped(&self) {
        match &self.stopping {
            Some(stopping) => stopping.wait().await,
            None => std::future::pending().await,
        }
    }
}

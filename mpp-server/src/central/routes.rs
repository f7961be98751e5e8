//! Central's routes, group by group of those who may call them.

mod billing;
mod deliveries;
mod log;
mod operator;
mod partner;
mod phone;
mod public;
pub(super) mod settings;
mod supervision;
mod upload;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use http::{HeaderValue, header};
use mpp_api::central::SettingView;
use mpp_core::{Clock, DeviceId, Entropy, PartnerId};
use mpp_crypto::jws::CompactJws;
use mpp_services::central::CentralService;
use mpp_staff::Action;
use mpp_store::Cursor;
use serde::Deserialize;

use super::callers::{Devices, Partners};
use super::printing::Printer;
use crate::desk::{self, Reception, StaffGroup, require, staff_router};
use crate::http::{
    CallerLimits, Idempotency, LARGEST_SIGNED_BODY, Refusal, RouteGroup, SignedCallers, answer_repeats,
    description_group, health_group, log_requests, page_size, require_signature, within_limits,
};
use crate::runtime::Stopping;

/// What the handlers share.
#[derive(Debug, Clone)]
pub(super) struct App {
    pub(super) service: Arc<CentralService>,
    pub(super) stopping: Stopping,
    pub(super) printer: Option<Printer>,
    /// What the configuration says of which the service knows nothing.
    pub(super) setup: Arc<[SettingView]>,
    /// Which key signs the audit log's checkpoints, said by central's signing key.
    pub(super) log_key: CompactJws,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Staff whose roles allow the action.
    Operator(Action),
    /// A client server that signs with its registered key.
    Partner,
    /// A phone that signs with its device key.
    Phone,
    /// Anybody; what there is to prove stands in the body.
    Anybody,
}

/// A route and who may call it.
pub type Route = crate::http::Route<Access>;

type Group = RouteGroup<App, Access>;

/// What the router is made of.
pub(super) struct Wiring {
    pub(super) app: App,
    pub(super) reception: Reception,
    pub(super) answers: Idempotency,
    pub(super) limits: Limits,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
}

/// How many requests callers from outside may make.
pub(super) struct Limits {
    pub(super) partners: CallerLimits,
    pub(super) phones: CallerLimits,
}

/// Every route of central.
#[must_use]
pub fn all_routes() -> Vec<Route> {
    let operator = operator_groups().into_iter().map(|(_, group)| group.answering_repeats());
    let others = [
        partner::group().answering_repeats(),
        partner::hand_over(),
        log::group(),
        billing::partner_group(),
        phone::group(),
        upload::group(),
        public::group(),
        description_group(Access::Anybody, DESCRIPTION),
    ];
    let files = billing::files().into_iter().map(|(_, group)| group);
    let own = operator.chain(files).chain(others).flat_map(Group::into_routes);
    let health = health_group(Access::Anybody).into_routes();
    own.chain(desk::all_routes(Access::Operator, Access::Anybody)).chain(health).collect()
}

/// The interface as OpenAPI 3.1, made by `cargo xtask openapi`.
const DESCRIPTION: &str = include_str!("../../../docs/openapi/central.json");

/// Everything staff may ask, by what it takes.
fn operator_groups() -> Vec<StaffGroup<App, Access>> {
    [operator::groups(), supervision::groups(), deliveries::groups(), billing::groups(), settings::groups()]
        .into_iter()
        .flatten()
        .collect()
}

/// The router, each group behind its own proof of who calls.
pub(super) fn router(wiring: Wiring) -> Router {
    let Wiring { app, reception, answers, limits, clock, entropy } = wiring;
    let partners = SignedCallers::new(Arc::new(Partners(Arc::clone(&app.service))), Arc::clone(&clock));
    let devices = SignedCallers::new(Arc::new(Devices(Arc::clone(&app.service))), Arc::clone(&clock));
    let mut operator = staff_router(operator_groups(), &reception, &answers);
    for (action, files) in billing::files() {
        // larger than what is stored for repeats; nothing is changed by it, or the same again
        let files = files
            .into_router()
            .layer(DefaultBodyLimit::max(billing::LARGEST_FILES))
            .layer(from_fn_with_state((reception.clone(), action), require));
        operator = operator.merge(files);
    }
    let desk = desk::router(&reception, &answers);
    // layers run from the last to the first: first who calls, then how often, then whether it was called before
    let partner = partner::group()
        .into_router()
        .layer(from_fn_with_state(answers, answer_repeats))
        .merge(partner::hand_over().into_router())
        .merge(log::group().into_router())
        .merge(billing::partner_group().into_router().layer(DefaultBodyLimit::max(LARGEST_SIGNED_BODY)))
        .layer(from_fn_with_state(limits.partners, within_limits))
        .layer(from_fn_with_state(partners, require_signature::<PartnerId>));
    // what phones ask for is the same when asked again, without stored answers
    let phone = phone::group()
        .into_router()
        .merge(upload::group().into_router())
        .layer(DefaultBodyLimit::max(LARGEST_SIGNED_BODY))
        .layer(from_fn_with_state(limits.phones, within_limits))
        .layer(from_fn_with_state(devices, require_signature::<DeviceId>));
    operator
        .merge(partner)
        .merge(phone)
        .merge(public::group().into_router())
        .merge(description_group((), DESCRIPTION).into_router())
        .with_state(app)
        .merge(desk)
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async {
            Refusal::new(http::StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "No such method here")
        })
        .layer(map_response(never_cached))
        .layer(from_fn_with_state((clock, entropy), log_requests))
}

/// Nothing central says is for a cache, and nothing is for a browser to guess at.
async fn never_cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PageQuery {
    /// The cursor that the page before ended with; the first page without.
    after: Option<String>,
    /// How many entries at most; 200 at most.
    limit: Option<u32>,
}

/// How many entries a page of a list has unless the caller wants another number.
const PAGE: u32 = 100;

impl PageQuery {
    fn cursor(&self) -> Result<Option<Cursor>, Refusal> {
        let refused = |_| Refusal::invalid_request("the cursor is not one of this list");
        self.after.as_deref().map(|text| text.parse().map_err(refused)).transpose()
    }

    fn size(&self) -> u32 {
        page_size(self.limit, PAGE)
    }
}

/// A part of the path as its type; what is not one names nothing.
fn named<T: std::str::FromStr>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}

/// A field of a body as its type.
fn field<T: std::str::FromStr>(name: &'static str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| Refusal::invalid_request(format!("{name} is not valid")))
}

//! Central's routes, group by group of those who may call them.

mod operator;
mod partner;
mod phone;
mod public;
mod upload;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Query};
use axum::handler::Handler;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use http::request::Parts;
use http::{HeaderValue, Method, header};
use mpp_core::{Clock, Entropy};
use mpp_services::central::CentralService;
use mpp_store::Cursor;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::callers::{Devices, Partners, require_operator};
use super::config::OperatorKey;
use crate::http::{
    Idempotency, LARGEST_SIGNED_BODY, Refusal, SignedCallers, answer_repeats, log_requests, require_signature,
};
use crate::runtime::Stopping;

/// What the handlers share.
#[derive(Debug, Clone)]
pub(super) struct App {
    pub(super) service: Arc<CentralService>,
    pub(super) stopping: Stopping,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Staff with a bearer key.
    Operator,
    /// A client server that signs with its registered key.
    Partner,
    /// A phone that signs with its device key.
    Phone,
    /// Anybody; what there is to prove stands in the body.
    Anybody,
}

/// A route and who may call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
}

/// Routes of one group of callers, on record as they are added.
struct Group {
    access: Access,
    router: Router<App>,
    routes: Vec<Route>,
}

impl Group {
    fn new(access: Access) -> Self {
        Self { access, router: Router::new(), routes: Vec::new() }
    }

    fn add<H: Handler<T, App>, T: 'static>(
        mut self,
        filter: MethodFilter,
        method: &'static str,
        path: &'static str,
        handler: H,
    ) -> Self {
        self.router = self.router.route(path, on(filter, handler));
        self.routes.push(Route { method, path, access: self.access });
        self
    }

    fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(MethodFilter::GET, Method::GET.as_str_static(), path, handler)
    }

    fn post<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(MethodFilter::POST, Method::POST.as_str_static(), path, handler)
    }
}

/// A method's name that lives as long as the program.
trait StaticName {
    fn as_str_static(&self) -> &'static str;
}

impl StaticName for Method {
    fn as_str_static(&self) -> &'static str {
        match *self {
            Self::GET => "GET",
            Self::POST => "POST",
            Self::HEAD => "HEAD",
            Self::PATCH => "PATCH",
            _ => "OTHER",
        }
    }
}

/// What the router is made of.
pub(super) struct Wiring {
    pub(super) app: App,
    pub(super) operator_keys: Arc<[OperatorKey]>,
    pub(super) answers: Idempotency,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
}

/// Every route of central.
#[must_use]
pub fn all_routes() -> Vec<Route> {
    [operator::group(), partner::group(), phone::group(), upload::group(), public::group()]
        .into_iter()
        .flat_map(|group| group.routes)
        .collect()
}

/// The router, each group behind its own proof of who calls.
pub(super) fn router(wiring: Wiring) -> Router {
    let Wiring { app, operator_keys, answers, clock, entropy } = wiring;
    let partners = SignedCallers::new(Arc::new(Partners(Arc::clone(&app.service))), Arc::clone(&clock));
    let devices = SignedCallers::new(Arc::new(Devices(Arc::clone(&app.service))), Arc::clone(&clock));
    // layers run from the last to the first: first who calls, then whether it was called before
    let operator = operator::group()
        .router
        .layer(from_fn_with_state(answers.clone(), answer_repeats))
        .layer(from_fn_with_state(operator_keys, require_operator));
    let partner = partner::group()
        .router
        .layer(from_fn_with_state(answers, answer_repeats))
        .layer(from_fn_with_state(partners, require_signature));
    // what phones ask for is the same when asked again, without stored answers
    let phone = phone::group()
        .router
        .merge(upload::group().router)
        .layer(DefaultBodyLimit::max(LARGEST_SIGNED_BODY))
        .layer(from_fn_with_state(devices, require_signature));
    operator
        .merge(partner)
        .merge(phone)
        .merge(public::group().router)
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async {
            Refusal::new(http::StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "No such method here")
        })
        .layer(map_response(never_cached))
        .layer(from_fn_with_state((clock, entropy), log_requests))
        .with_state(app)
}

/// Nothing central says is for a cache, and nothing is for a browser to guess at.
async fn never_cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A query whose refusals are problem documents.
struct Asked<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, state).await;
        query
            .map(|Query(asked)| Self(asked))
            .map_err(|_| Refusal::invalid_request("the query has an unknown or wrong parameter"))
    }
}

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    after: Option<String>,
}

/// How many entries a page of a list has at most.
const PAGE: u32 = 100;

impl PageQuery {
    fn cursor(&self) -> Result<Option<Cursor>, Refusal> {
        let refused = |_| Refusal::invalid_request("the cursor is not one of this list");
        self.after.as_deref().map(|text| text.parse().map_err(refused)).transpose()
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

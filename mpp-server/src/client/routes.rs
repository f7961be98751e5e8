//! The routes, and what each of them asks of its caller.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use mpp_api::central::PartnerClient;
use mpp_api::client::OwnSettingView;
use mpp_services::client::ClientService;
use mpp_staff::Action;
use mpp_store::Store;

use super::callers::require_application;
use super::{
    application, bills, fetches, finding, keys, notifications, own_log, products, settings, staff,
    supervision, told,
};
use crate::desk::{self, Reception, StaffGroup, require, staff_router};
use crate::http::{
    CallerLimits, Idempotency, LogState, Refusal, RouteGroup, answer_repeats, description_group,
    health_group, health_routes, log_requests, within_limits,
};

/// The largest request body; nobody sends documents here.
const LARGEST_BODY: usize = 1024 * 1024;

/// What handlers need.
#[derive(Debug, Clone)]
pub(super) struct AppState {
    pub(super) service: Arc<ClientService>,
    /// Central, called as this partner.
    pub(super) central: PartnerClient,
    /// What the configuration says, apart from secrets.
    pub(super) settings: Arc<[OwnSettingView]>,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A partner application with its bearer key.
    Application,
    /// The enterprise's staff whose roles allow the action.
    Staff(Action),
    /// Central, by the signature of a webhook.
    Central,
    /// Anybody.
    Anybody,
}

/// A route and who may call it.
pub type Route = crate::http::Route<Access>;

pub(super) type Group = RouteGroup<AppState, Access>;

/// Every route of a client server.
#[must_use]
pub fn all_routes() -> Vec<Route> {
    let health = health_group(Access::Anybody).into_routes();
    let staff = staff_groups().into_iter().map(|(_, group)| group.answering_repeats());
    let unstored = unstored_groups().into_iter().map(|(_, group)| group);
    let description = description_group(Access::Anybody, DESCRIPTION);
    let others = [application_group().answering_repeats(), central_group(), description];
    let own = staff.chain(unstored).chain(others).flat_map(Group::into_routes);
    own.chain(desk::all_routes(Access::Staff, Access::Anybody)).chain(health).collect()
}

/// The interface as OpenAPI 3.1, made by `cargo xtask openapi`.
const DESCRIPTION: &str = include_str!("../../../docs/openapi/client.json");

/// The router, each group behind its own proof of who calls.
pub(super) fn router(
    state: AppState,
    reception: &Reception,
    idempotency: &Idempotency,
    limits: CallerLimits,
    store: Arc<dyn Store>,
    log: LogState,
) -> Router {
    // layers run from the last to the first: first who calls, then how often, then whether it was called before
    let application = application_group()
        .into_router()
        .layer(from_fn_with_state(idempotency.clone(), answer_repeats))
        .layer(from_fn_with_state(limits, within_limits))
        .layer(from_fn_with_state(state.clone(), require_application));
    let staff = staff_router(staff_groups(), reception, idempotency);
    let unstored = unstored_groups().into_iter().fold(Router::new(), |router, (action, group)| {
        let guard = from_fn_with_state((reception.clone(), action), require);
        router.merge(group.into_router().layer(guard))
    });
    application
        .merge(staff)
        .merge(unstored)
        .merge(central_group().into_router())
        .merge(description_group((), DESCRIPTION).into_router())
        .with_state(state)
        .merge(desk::router(reception, idempotency))
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
        .post("/v1/consent-requests", "Asks for one customer's consent", application::start)
        .get("/v1/consent-requests/{id}", "How a consent request stands", application::standing)
        .post(
            "/v1/consent-requests/{id}/take-back",
            "Takes a consent request back that the customer has not answered",
            application::take_back,
        )
        .get("/v1/cases/{caseRef}/items", "The documents received for a case", application::items)
        .get("/v1/items/{id}/content", "One document in its exact bytes", application::content)
        .get("/v1/items/{id}/normalised", "One document as normalised JSON", application::normalised)
}

/// The routes of staff by what they take.
fn staff_groups() -> Vec<StaffGroup<AppState, Access>> {
    let of = |action, routes: fn(Group) -> Group| (action, routes(Group::new(Access::Staff(action))));
    let mut groups = vec![
        of(Action::ManageKeys, keys_managed),
        of(Action::SeeProducts, |group| {
            group.get("/v1/staff/products", "The products of this server", staff::products).get(
                "/v1/staff/products/{id}/versions",
                "The versions of one product",
                products::versions,
            )
        }),
        of(Action::DefineProducts, products_defined),
        of(Action::ApproveProducts, products_approved),
        of(Action::SeeAudit, |group| {
            group.get("/v1/staff/accesses", "Who read which document", staff::accesses)
        }),
        of(Action::SeeData, |group| {
            group.get("/v1/staff/parcels", "The parcels collected from central", staff::parcels)
        }),
        of(Action::SeeWork, |group| {
            group.get("/v1/staff/parked", "Work that was given up and waits for somebody", staff::parked)
        }),
        of(Action::ReplayWork, |group| {
            group.post("/v1/staff/parked/{job}/replay", "Does parked work again", staff::replay)
        }),
    ];
    groups.extend(supervision::groups());
    groups.extend(told::groups());
    groups.push(fetches::group());
    groups.push(finding::group());
    groups.extend(bills::groups());
    groups.extend(own_log::groups());
    groups.extend(settings::groups());
    groups
}

fn products_defined(group: Group) -> Group {
    group
        .post("/v1/staff/products", "Drafts a product or a new version of one", staff::define_product)
        .post(
            "/v1/staff/products/{id}/retirement",
            "Proposes that nobody is asked for a product any more",
            products::propose_retirement,
        )
        .post(
            "/v1/staff/products/{id}/retirement/withdraw",
            "Takes a proposal to retire a product back",
            products::withdraw_retirement,
        )
}

fn products_approved(group: Group) -> Group {
    group
        .post(
            "/v1/staff/products/{id}/versions/{version}/approve",
            "Approves a version that somebody else drafted, and publishes it",
            staff::approve_product,
        )
        .post(
            "/v1/staff/products/{id}/retirement/approve",
            "Retires a product as somebody else proposed",
            products::approve_retirement,
        )
}

fn keys_managed(group: Group) -> Group {
    group
        .post("/v1/staff/enrolment", "Enrols this server's first keys at central", staff::enrol)
        .post("/v1/staff/keys/rotation", "Proposes new keys for this server", keys::propose)
        .post(
            "/v1/staff/keys/rotation/approve",
            "Approves new keys that somebody else proposed",
            keys::approve,
        )
        .post("/v1/staff/keys/rotation/withdraw", "Takes a proposal of new keys back", keys::withdraw)
        .post("/v1/staff/api-keys", "Makes a key for an application; it is shown once", staff::create_api_key)
        .post(
            "/v1/staff/api-keys/{id}/revoke",
            "Revokes a key of an application, for good",
            staff::revoke_api_key,
        )
        .post("/v1/staff/webhook", "Sets where notifications to the application go", staff::set_webhook)
        .post(
            "/v1/staff/webhook/test",
            "Pushes a notification that tells of nothing, and says what became of it",
            told::test_webhook,
        )
}

/// The routes of staff whose answers are never stored to be repeated.
fn unstored_groups() -> [StaffGroup<AppState, Access>; 2] {
    [supervision::unstored(), products::unstored()]
}

fn central_group() -> Group {
    Group::new(Access::Central).post(
        "/v1/notifications",
        "Takes a notification of central (Standard Webhooks)",
        notifications::take,
    )
}

/// Every answer is about a customer or holds a secret.
async fn never_cached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

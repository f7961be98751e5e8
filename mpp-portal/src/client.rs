//! The portal of an enterprise's staff.

mod bills;
mod calendar;
mod cases;
mod data;
mod fetches;
mod finding;
mod keys;
mod logs;
mod news;
mod overview;
mod own_usage;
mod product_names;
mod product_versions;
mod products;
mod settings;
mod taking_back;
mod upload;
mod work;

use axum::Router;
use axum::routing::{get, post};
use futures::FutureExt;
use mpp_api::client::StaffClient;

use crate::export::list;
use crate::portal::{self, Kind, Portal, PortalParts};
use crate::signed::Signed;
use crate::view::NavEntry;

const fn entry(href: &'static str, name: &'static str, icon: &'static str) -> NavEntry {
    NavEntry { href, name, icon }
}

static KIND: Kind = Kind {
    name: "portal.client",
    cookie: "__Host-mpp-client",
    nav: &[
        (entry("/", "nav.overview", "home"), "see_overview"),
        (entry("/cases", "nav.cases", "shield"), "see_consents"),
        (entry("/products", "nav.products", "box"), "see_products"),
        (entry("/fetches", "nav.fetches", "download"), "see_consents"),
        (entry("/data", "nav.data", "file"), "see_data"),
        (entry("/news", "nav.news", "send"), "see_work"),
        (entry("/parked", "nav.parked", "pause"), "see_work"),
        (entry("/keys", "nav.keys", "key"), "see_work"),
        (entry("/bills", "nav.billing", "bill"), "see_usage"),
        (entry("/reads", "nav.reads", "eye"), "see_audit"),
        (entry("/audit", "nav.audit", "list"), "see_audit"),
        (entry("/exports", "nav.exports", "file"), "see_own_account"),
        (entry("/people", "nav.people", "people"), "manage_staff"),
        (entry("/settings", "nav.settings", "gear"), "see_work"),
    ],
    roles: &[
        "administrator",
        "operations",
        "product_manager",
        "caseworker",
        "data_reader",
        "finance",
        "auditor",
    ],
    finds: "hint.find_case",
    lists: &[
        list("/cases", "nav.cases", |signed, query| cases::rows(signed, query).boxed()),
        list("/fetches", "nav.fetches", |signed, query| fetches::rows(signed, query).boxed()),
        list("/data", "nav.data", |signed, query| data::rows(signed, query).boxed()),
        list("/news", "nav.news", |signed, query| news::rows(signed, query).boxed()),
        list("/reads", "nav.reads", |signed, _| logs::read_rows(signed).boxed()),
        list("/audit", "nav.audit", |signed, query| logs::audit_rows(signed, query).boxed()),
        list("/usage", "nav.usage", |signed, query| own_usage::rows(signed, query).boxed()),
        list("/usage/own", "title.usage_entries", |signed, query| {
            own_usage::entry_rows(signed, query).boxed()
        }),
        list("/usage/entries", "title.usage_metered", |signed, _| bills::usage_rows(signed).boxed()),
    ],
};

/// The portal, at [`crate::PREFIX`].
pub fn router(parts: PortalParts) -> Router {
    let pages = Router::new()
        .route("/live", get(overview::live))
        .route("/cases", get(cases::list).post(cases::start))
        .route("/cases/new", get(cases::form))
        .route("/cases/upload", get(upload::form).post(upload::take))
        .route("/cases/upload/place", post(upload::place))
        .route("/cases/{case_ref}", get(cases::one))
        .route("/cases/{case_ref}/take-back", get(taking_back::ask).post(taking_back::take_back))
        .route("/products", get(products::list).post(products::take))
        .route("/products/new", get(products::fresh))
        .route("/products/{id}/compare", get(products::compare))
        .route("/products/{id}/{version}", get(products::one))
        .route("/products/{id}/{version}/next", get(products::next))
        .route("/products/{id}/{version}/approve", post(products::approve))
        .route(
            "/products/{id}/{version}/retire",
            get(products::ask_to_retire).post(products::propose_to_retire),
        )
        .route("/products/{id}/{version}/retire/approve", post(products::approve_to_retire))
        .route("/products/{id}/{version}/retire/withdraw", post(products::withdraw_to_retire))
        .route("/fetches", get(fetches::list))
        .route("/data", get(data::list))
        .route("/data/calendar", get(calendar::show))
        .route("/data/{id}", get(data::masked).post(data::unmasked))
        .route("/news", get(news::list))
        .route("/news/replay", get(news::replay).post(news::replay_confirmed))
        .route("/parked", get(work::parked))
        .route("/parked/{job}/replay", post(work::replay))
        .route("/keys", get(keys::show))
        .route("/keys/webhook", post(keys::set_webhook))
        .route("/keys/webhook/test", post(keys::test_webhook))
        .route("/keys/applications", post(keys::make_application_key))
        .route("/keys/applications/{id}/revoke", get(keys::ask_to_revoke).post(keys::revoke))
        .route("/keys/enrolment", post(keys::enrol))
        .route("/keys/rotation", post(keys::propose))
        .route("/keys/rotation/approve", post(keys::approve))
        .route("/keys/rotation/withdraw", post(keys::withdraw))
        .route("/bills", get(bills::list))
        .route("/bills/{id}/document.json", get(bills::document))
        .route("/usage", get(own_usage::show))
        .route("/usage/log.jws", get(own_usage::signed_log))
        .route("/usage/send", post(own_usage::send))
        .route("/usage/own", get(own_usage::entries))
        .route("/usage/entries", get(bills::usage))
        .route("/reads", get(logs::reads))
        .route("/settings", get(settings::show))
        .route("/find", post(finding::find))
        .route("/audit", get(logs::audit));
    portal::router(Portal::new(parts, &KIND), get(overview::show), pages)
}

impl Signed {
    fn staff(&self) -> StaffClient {
        StaffClient::new(self.caller.clone())
    }
}

//! The portal of Moneyone's staff.

mod audit;
mod billing;
mod deliveries;
mod finding;
mod overview;
mod partner_names;
mod partners;
mod product_names;
mod requests;
mod settings;
mod usage;
mod work;

use axum::Router;
use axum::routing::{get, post};
use mpp_api::central::OperatorClient;

use crate::portal::{self, Kind, Portal, PortalParts};
use crate::signed::Signed;
use crate::view::NavEntry;

const fn entry(href: &'static str, name: &'static str, icon: &'static str) -> NavEntry {
    NavEntry { href, name, icon }
}

static KIND: Kind = Kind {
    name: "portal.central",
    cookie: "__Host-mpp-central",
    nav: &[
        (entry("/", "nav.overview", "home"), "see_overview"),
        (entry("/requests", "nav.requests", "shield"), "see_consents"),
        (entry("/partners", "nav.partners", "building"), "see_partners"),
        (entry("/fetches", "nav.fetches", "download"), "see_work"),
        (entry("/deliveries", "nav.deliveries", "send"), "see_work"),
        (entry("/parked", "nav.parked", "pause"), "see_work"),
        (entry("/sources", "nav.sources", "plug"), "see_work"),
        (entry("/usage", "nav.usage", "chart"), "see_usage"),
        (entry("/billing", "nav.billing", "bill"), "see_usage"),
        (entry("/prices", "nav.prices", "tag"), "see_usage"),
        (entry("/reconciliation", "nav.reconciliation", "scales"), "see_usage"),
        (entry("/audit", "nav.audit", "list"), "see_audit"),
        (entry("/people", "nav.people", "people"), "manage_staff"),
        (entry("/settings", "nav.settings", "gear"), "see_partners"),
    ],
    roles: &["administrator", "operations", "finance", "auditor"],
    finds: true,
};

/// The portal, at [`crate::PREFIX`].
pub fn router(parts: PortalParts) -> Router {
    let pages = Router::new()
        .route("/live", get(overview::live))
        .route("/requests", get(requests::list))
        .route("/requests.csv", get(requests::file))
        .route("/requests.xlsx", get(requests::file))
        .route("/requests/{id}", get(requests::one))
        .route("/partners", get(partners::list).post(partners::register))
        .route("/partners/new", get(partners::form))
        .route("/partners/{id}", get(partners::one))
        .route("/partners/{id}/{step}", post(partners::step))
        .route("/fetches", get(work::fetches))
        .route("/fetches.csv", get(work::fetch_file))
        .route("/fetches.xlsx", get(work::fetch_file))
        .route("/deliveries", get(deliveries::list))
        .route("/deliveries.csv", get(deliveries::file))
        .route("/deliveries.xlsx", get(deliveries::file))
        .route("/deliveries/replay", get(deliveries::replay).post(deliveries::replay_confirmed))
        .route("/parked", get(work::parked))
        .route("/parked/{job}/replay", post(work::replay))
        .route("/sources", get(work::sources))
        .route("/usage", get(usage::show))
        .route("/usage.csv", get(usage::file))
        .route("/usage.xlsx", get(usage::file))
        .route("/usage/entries", get(usage::entries))
        .route("/usage/entries.csv", get(usage::entry_file))
        .route("/usage/entries.xlsx", get(usage::entry_file))
        .route("/settings", get(settings::show))
        .route("/audit", get(audit::show))
        .route("/find", post(finding::find))
        .merge(billing::router());
    portal::router(Portal::new(parts, &KIND), get(overview::show), pages)
}

impl Signed {
    fn operator(&self) -> OperatorClient {
        OperatorClient::new(self.caller.clone())
    }
}

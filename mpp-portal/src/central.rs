//! The portal of Moneyone's staff.

mod activity;
mod audit;
mod billing;
mod deliveries;
mod finding;
mod overview;
mod partner_changes;
mod partner_names;
mod partners;
mod product_names;
mod requests;
mod settings;
mod usage;
mod work;

use axum::extract::Path;
use axum::routing::{MethodRouter, get, post};
use axum::{Form, Router};
use futures::FutureExt;
use mpp_api::central::OperatorClient;

use self::partner_changes::{FieldForm, Particular};
use crate::export::{List, list};
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
        (entry("/exports", "nav.exports", "file"), "see_own_account"),
        (entry("/people", "nav.people", "people"), "manage_staff"),
        (entry("/settings", "nav.settings", "gear"), "see_partners"),
    ],
    roles: &["administrator", "operations", "finance", "auditor"],
    finds: "hint.find",
    lists: &[
        list("/activity", "title.activity", |signed, query| activity::rows(signed, query).boxed()),
        list("/requests", "nav.requests", |signed, query| requests::rows(signed, query).boxed()),
        list("/fetches", "nav.fetches", |signed, query| work::rows(signed, query).boxed()),
        list("/deliveries", "nav.deliveries", |signed, query| deliveries::rows(signed, query).boxed()),
        list("/usage", "nav.usage", |signed, query| usage::rows(signed, query).boxed()),
        list("/usage/entries", "title.usage_entries", |signed, _| usage::entry_rows(signed).boxed()),
        list("/audit", "nav.audit", |signed, query| audit::rows(signed, query).boxed()),
        // the page of it has another address
        List {
            has_page: false,
            ..list("/reconciliation/lines", "nav.reconciliation", |signed, query| {
                billing::log_rows(signed, query).boxed()
            })
        },
    ],
};

/// The portal, at [`crate::PREFIX`].
pub fn router(parts: PortalParts) -> Router {
    let pages = Router::new()
        .route("/live", get(overview::live))
        .route("/activity", get(activity::list))
        .route("/requests", get(requests::list))
        .route("/requests/{id}", get(requests::one))
        .route("/partners", get(partners::list).post(partners::register))
        .route("/partners/new", get(partners::form))
        .route("/partners/{id}", get(partners::one))
        .route("/partners/{id}/notifications", changing(Particular::Notifications))
        .route("/partners/{id}/contacts", changing(Particular::Contacts))
        .route("/partners/{id}/{step}", post(partners::step))
        .route("/fetches", get(work::fetches))
        .route("/deliveries", get(deliveries::list))
        .route("/deliveries/replay", get(deliveries::replay).post(deliveries::replay_confirmed))
        .route("/parked", get(work::parked))
        .route("/parked/{job}/replay", post(work::replay))
        .route("/sources", get(work::sources))
        .route("/usage", get(usage::show))
        .route("/usage/entries", get(usage::entries))
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

/// A form that changes one particular of a partner.
fn changing(particular: Particular) -> MethodRouter<Portal> {
    get(move |signed: Signed, id: Path<String>| partner_changes::form(particular, signed, id)).post(
        move |signed: Signed, id: Path<String>, form: Form<FieldForm>| {
            partner_changes::set(particular, signed, id, form)
        },
    )
}

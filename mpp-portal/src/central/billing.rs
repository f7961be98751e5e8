//! Prices, bills, and logs held against each other.

mod addresses;
mod bills;
mod one_bill;
mod partner_logs;
mod plan_form;
mod plans;
mod reconciling;

pub(super) use partner_logs::rows as log_rows;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use mpp_api::central::forms::{Paise, Quantity};

use crate::portal::Portal;
use crate::view::Cell;

/// How large a form with files may be, in bytes. Signed logs are smaller, which is said once the whole form has come.
const LARGEST_FILES: usize = 48 * 1024 * 1024;

/// The pages.
pub(super) fn router() -> Router<Portal> {
    Router::new()
        .route("/billing", get(bills::list))
        .route("/billing/close", get(bills::close_form).post(bills::close))
        .route("/billing/bills/{id}", get(one_bill::show))
        .route("/billing/bills/{id}/invoice.json", get(one_bill::json))
        .route("/billing/bills/{id}/invoice.pdf", get(one_bill::pdf))
        .route("/billing/bills/{id}/cancel", post(one_bill::cancel))
        .route("/billing/bills/{id}/credit", post(one_bill::credit))
        .route("/billing/bills/{id}/registration", post(one_bill::registration))
        .route("/billing/bills/{id}/{step}", post(one_bill::step))
        .route("/prices", get(plans::list).post(plans::propose))
        .route("/prices/new", get(plans::form))
        .route("/prices/{plan}", get(plans::one))
        .route("/prices/{plan}/{step}", post(plans::step))
        .route("/partners/{id}/billing", get(addresses::form).post(addresses::set))
        .route(
            "/reconciliation",
            get(reconciling::form).post(reconciling::compare).layer(DefaultBodyLimit::max(LARGEST_FILES)),
        )
        .route("/reconciliation/signed", post(partner_logs::take).layer(DefaultBodyLimit::max(LARGEST_FILES)))
        .route("/reconciliation/{partner}/{month}", get(partner_logs::show))
        .route("/reconciliation/{partner}/{month}/log.jws", get(partner_logs::signed_text))
}

/// An amount in rupees.
fn rupees(amount: Paise) -> Cell {
    Cell::Number(format!("₹ {amount}"))
}

/// A quantity.
fn quantity(count: Quantity) -> Cell {
    Cell::Number(count.to_string())
}

//! The list of bills, and closing a month.

use axum::Form;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::central::forms::BillingMonth;
use mpp_api::central::{BillRowView, BillSearchQuery, CloseMonth};
use mpp_core::PartnerId;

use super::rupees;
use crate::central::partner_names::PartnerNames;
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, CloseForm, ClosePage, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Filter, Sheet, Table};

const STATES: [&str; 6] = ["draft", "approved", "final", "credited", "cancelled", "discarded"];

/// The list.
pub(super) async fn list(signed: Signed, Filters(query): Filters<BillSearchQuery>) -> Response {
    let page = match signed.operator().bills(&query).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let names = match PartnerNames::load(&signed).await {
        Ok(names) => names,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let states = STATES.map(|state| (state.to_owned(), words.of("status", state)));
    let filters = vec![
        Filter::month("month", words.get("label.month"), query.month.as_deref()),
        Filter::choices("status", words.get("col.status"), query.status.as_deref(), states),
        names.filter(&signed, query.partner.as_deref()),
    ];
    let add = (format!("{PREFIX}/billing/close"), words.get("act.close_month").to_owned());
    let sheet = Sheet {
        lead: words.get("lead.billing").to_owned(),
        here: "/portal/billing",
        filters,
        table: bill_table(&signed, words.get("nav.billing"), &page.items),
        next: page.next.map(|after| onward(&BillSearchQuery { after: Some(after), ..query })),
        export: None,
        views: None,
        add: signed.person.may("manage_billing").then_some(add),
    };
    let sheet = signed.with_views(sheet).await;
    SheetPage { frame: signed.frame("/billing", words.get("nav.billing")), sheet }.show()
}

/// Bills as a table.
pub(super) fn bill_table(signed: &Signed, caption: &str, rows: &[BillRowView]) -> Table {
    let words = signed.words;
    let row = |row: &BillRowView| {
        let kind = if row.against.is_some() { "label.credit_note" } else { "label.invoice" };
        let number =
            row.number.as_ref().map_or_else(|| words.get("label.no_number"), |number| number.as_str());
        vec![
            Cell::Link { href: format!("{PREFIX}/billing/bills/{}", row.bill_id), text: number.to_owned() },
            Cell::text(words.get(kind)),
            Cell::text(row.month.to_string()),
            Cell::Link { href: format!("{PREFIX}/partners/{}", row.partner_id), text: row.recipient.clone() },
            Cell::status(&row.status, words),
            rupees(row.payable),
        ]
    };
    let columns = ["col.bill", "col.kind", "label.month", "col.partner", "col.status", "col.payable"];
    Table {
        caption: caption.to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.iter().map(row).collect(),
        empty: words.get("empty.bills").to_owned(),
    }
}

fn onward(query: &BillSearchQuery) -> String {
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query.pairs()).finish();
    format!("{PREFIX}/billing?{pairs}")
}

/// The form with which a month is closed.
pub(super) async fn close_form(signed: Signed) -> Response {
    let values = CloseForm { once: signed.portal.once(), ..CloseForm::default() };
    close_page(&signed, values, None).await
}

/// Closes a month.
pub(super) async fn close(signed: Signed, Form(form): Form<CloseForm>) -> Response {
    let (Ok(partner_id), Ok(month)) =
        (form.partner.trim().parse::<PartnerId>(), form.month.trim().parse::<BillingMonth>())
    else {
        let said = signed.words.get("problem.month").to_owned();
        return close_page(&signed, form, Some(said)).await;
    };
    match signed.operator().close_month(&form.once, &CloseMonth { partner_id, month }).await {
        Ok(bill) => signed.lead_to(&format!("/billing/bills/{}", bill.bill_id), "month_closed"),
        Err(error) => {
            let said = Trouble::of(&error).words(signed.words);
            let once = signed.portal.once();
            close_page(&signed, CloseForm { once, ..form }, Some(said)).await
        }
    }
}

async fn close_page(signed: &Signed, values: CloseForm, problem: Option<String>) -> Response {
    let partners = match PartnerNames::load(signed).await {
        Ok(names) => names.ticks(&values.partner),
        Err(error) => return signed.refused(&error),
    };
    let mut frame = signed.frame("/billing", signed.words.get("title.close_month"));
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame.problem = problem;
    ClosePage { frame, partners, values }.answer(status)
}

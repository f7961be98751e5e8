//! What this enterprise pays for: its metered uses and its bills, as central says them.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use mpp_api::central::{BillRowView, UsageView};
use mpp_core::BillId;
use serde::Deserialize;

use super::product_names::ProductNames;
use crate::export::Rows;
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Sheet, Table};

/// A cursor of a list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    after: Option<String>,
}

/// The bills.
pub(super) async fn list(signed: Signed, Filters(query): Filters<Onward>) -> Response {
    let page = match signed.staff().bills(query.after.as_deref()).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let sheet = Sheet {
        lead: words.get("lead.own_bills").to_owned(),
        here: "/portal/bills",
        filters: Vec::new(),
        table: bill_table(&signed, &page.items),
        next: page.next.map(|after| format!("{PREFIX}/bills?after={after}")),
        export: None,
        views: None,
        add: Some((format!("{PREFIX}/usage"), words.get("nav.usage").to_owned())),
    };
    SheetPage { frame: signed.frame("/bills", words.get("nav.billing")), sheet }.show()
}

fn bill_table(signed: &Signed, rows: &[BillRowView]) -> Table {
    let words = signed.words;
    let row = |row: &BillRowView| {
        let kind = if row.against.is_some() { "label.credit_note" } else { "label.invoice" };
        let number = row.number.as_ref().map_or("", |number| number.as_str());
        vec![
            Cell::text(number),
            Cell::text(words.get(kind)),
            Cell::text(row.month.to_string()),
            Cell::status(&row.status, words),
            Cell::Number(format!("₹ {}", row.payable)),
            Cell::File {
                href: format!("{PREFIX}/bills/{}/document.json", row.bill_id),
                text: words.get("act.document_json").to_owned(),
            },
        ]
    };
    let columns = ["col.bill", "col.kind", "label.month", "col.status", "col.payable", "col.document"];
    Table {
        caption: words.get("nav.billing").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.iter().map(row).collect(),
        empty: words.get("empty.bills").to_owned(),
    }
}

/// The document of a bill.
pub(super) async fn document(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<BillId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.staff().bill(id).await {
        Ok(document) => {
            let name = document.number.as_str().replace('/', "-");
            let disposition = format!("attachment; filename=\"{name}.json\"");
            let text = serde_json::to_string_pretty(&document).unwrap_or_default();
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CONTENT_DISPOSITION, disposition.as_str()),
            ];
            (headers, text).into_response()
        }
        Err(error) => signed.refused(&error),
    }
}

/// The metered uses, as central says them.
pub(super) async fn usage(signed: Signed, Filters(query): Filters<Onward>) -> Response {
    let page = match signed.staff().usage(query.after.as_deref()).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let names = match ProductNames::load(&signed).await {
        Ok(names) => names,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let sheet = Sheet {
        lead: words.get("lead.own_usage").to_owned(),
        here: "/portal/usage/entries",
        filters: Vec::new(),
        table: usage_table(&signed, &page.items, &names),
        next: page.next.map(|after| format!("{PREFIX}/usage/entries?after={after}")),
        export: Some(Files::of(&signed.portal, "/usage/entries")),
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/bills", words.get("title.usage_entries")), sheet }.show()
}

/// Every metered use, for a file.
pub(super) async fn usage_rows(signed: Signed) -> Result<Rows, Trouble> {
    let names = Arc::new(ProductNames::load(&signed).await.map_err(|error| Trouble::of(&error))?);
    let page = move |after: Option<String>| {
        let (signed, names) = (signed.clone(), Arc::clone(&names));
        async move {
            let page = signed.staff().usage(after.as_deref()).await?;
            Ok((usage_table(&signed, &page.items, &names), page.next))
        }
    };
    Ok(Rows::paged("uses", &[], page))
}

fn usage_table(signed: &Signed, entries: &[UsageView], names: &ProductNames) -> Table {
    let words = signed.words;
    let row = |entry: &UsageView| {
        vec![
            Cell::when(entry.at, words),
            Cell::day(&entry.day, words),
            Cell::text(words.of("unit", &entry.unit)),
            Cell::Tags(vec![entry.source.clone()]),
            names.cell(entry.product_id),
            Cell::id(entry.usage_event_id),
        ]
    };
    let columns = ["col.when", "col.day", "col.unit", "col.source", "col.product", "col.use_event"];
    Table {
        caption: words.get("nav.usage").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: entries.iter().map(row).collect(),
        empty: words.get("empty.usage").to_owned(),
    }
}

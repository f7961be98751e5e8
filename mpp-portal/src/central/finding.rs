//! Finding things by what people have in hand.

use axum::Form;
use axum::response::{IntoResponse, Redirect, Response};
use mpp_api::central::{Find, FoundView};
use serde::Deserialize;

use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::view::{Cell, Sheet, Table};

/// What is looked for. It may be a mobile number: it is posted and stands in no address.
#[derive(Deserialize)]
pub(super) struct FindForm {
    text: String,
}

/// Leads to the only thing found, or lists several.
pub(super) async fn find(signed: Signed, Form(form): Form<FindForm>) -> Response {
    let found = signed.operator().find(&signed.portal.once(), &Find { text: form.text }).await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return signed.refused(&error),
    };
    if let [only] = found.items.as_slice() {
        return Redirect::to(&place(only)).into_response();
    }
    let words = signed.words;
    let row = |found: &FoundView| {
        let text = found.request.as_ref().map_or_else(|| found.id.clone(), |row| row.case_ref.to_string());
        let status =
            found.request.as_ref().map_or(Cell::Nothing, |row| Cell::request_status(&row.status, words));
        let when = found.request.as_ref().map_or(Cell::Nothing, |row| Cell::when(row.placed_at, words));
        let kind = Cell::text(words.of("found", &found.kind));
        vec![kind, Cell::Link { href: place(found), text }, status, when]
    };
    let columns = ["col.what", "col.case_ref", "col.status", "col.placed"];
    let sheet = Sheet {
        lead: words.with(if found.more { "lead.found_more" } else { "lead.found" }, found.items.len()),
        here: "/portal/find",
        filters: Vec::new(),
        table: Table {
            caption: words.get("title.found").to_owned(),
            columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
            rows: found.items.iter().map(row).collect(),
            empty: words.get("empty.found").to_owned(),
        },
        next: None,
        export: None,
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("", words.get("title.found")), sheet }.show()
}

fn place(found: &FoundView) -> String {
    match &found.request {
        Some(row) => format!("{PREFIX}/requests/{}", row.consent_request_id),
        None => format!("{PREFIX}/partners/{}", found.id),
    }
}

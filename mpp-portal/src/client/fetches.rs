//! How data came, or why it did not.

use axum::response::Response;
use mpp_api::client::{ToldFetchQuery, ToldFetchView};

use super::product_names::ProductNames;
use crate::export::{self, Rows};
use crate::portal::PREFIX;
use crate::quality::remarks_cell;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, ROWS, ROWS_AT_ONCE, Sheet, Table};

const STATES: [&str; 7] = ["due", "collecting", "received", "faulty", "gone", "no_record", "failed"];

/// The list.
pub(super) async fn list(signed: Signed, Filters(query): Filters<ToldFetchQuery>) -> Response {
    let query = ToldFetchQuery { limit: ROWS, ..query };
    let read = async { Ok((signed.staff().fetches(&query).await?, ProductNames::load(&signed).await?)) };
    let (page, products) = match read.await {
        Ok(read) => read,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let sheet = Sheet {
        lead: words.get("lead.told_fetches").to_owned(),
        here: "/portal/fetches",
        filters: filters(&signed, &query, &products),
        table: table(&signed, &page.items),
        next: page.next.map(|after| address(&query, Some(after))),
        export: Some(Files::of(&signed.portal, &address(&query, None))),
        views: None,
        add: None,
    };
    let sheet = signed.with_views(sheet).await;
    SheetPage { frame: signed.frame("/fetches", words.get("nav.fetches")), sheet }.show()
}

fn address(query: &ToldFetchQuery, after: Option<String>) -> String {
    let query = ToldFetchQuery { after, ..query.clone() };
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query.pairs()).finish();
    format!("{PREFIX}/fetches?{pairs}")
}

/// The rows that the same filters leave, for a file.
pub(super) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let query = export::filter_of(&query)?;
    // a file says what was filtered by, and needs no suggestions
    let filters = filters(&signed, &query, &ProductNames::default());
    let page = move |after| {
        let (signed, query) =
            (signed.clone(), ToldFetchQuery { after, limit: ROWS_AT_ONCE, ..query.clone() });
        async move {
            let page = signed.staff().fetches(&query).await?;
            Ok((table(&signed, &page.items), page.next))
        }
    };
    Ok(Rows::paged("fetches", &filters, page))
}

fn filters(signed: &Signed, query: &ToldFetchQuery, products: &ProductNames) -> Vec<Filter> {
    let words = signed.words;
    let states = STATES.map(|state| (state.to_owned(), words.of("status", state)));
    vec![
        Filter::choices("status", words.get("col.status"), query.status.as_deref(), states),
        products.source_filter(signed, query.source.as_deref()),
        Filter::day("from", words.get("filter.from"), query.from.as_deref()),
        Filter::day("to", words.get("filter.to"), query.to.as_deref()),
    ]
}

fn table(signed: &Signed, rows: &[ToldFetchView]) -> Table {
    let words = signed.words;
    let row = |row: &ToldFetchView| {
        let case: String = url::form_urlencoded::byte_serialize(row.case_ref.as_str().as_bytes()).collect();
        let document = |item| match signed.person.may("see_data") {
            true => Cell::id_at(item, format!("{PREFIX}/data/{item}")),
            false => Cell::id(item),
        };
        vec![
            Cell::when(row.at, words),
            Cell::Link { href: format!("{PREFIX}/cases/{case}"), text: row.case_ref.to_string() },
            row.source.clone().map_or(Cell::Nothing, |source| Cell::Tags(vec![source])),
            Cell::status(&row.status, words),
            row.item_id.map_or(Cell::Nothing, document),
            remarks_cell(words, row.reason.as_deref(), &row.quality),
        ]
    };
    let columns = ["col.when", "col.case_ref", "col.source", "col.status", "col.document", "col.remarks"];
    Table {
        caption: words.get("nav.fetches").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.iter().map(row).collect(),
        empty: words.get("empty.fetches").to_owned(),
    }
}

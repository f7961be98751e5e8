//! What was done on a day, or is held: the rows behind the numbers of the overview.

use std::sync::Arc;

use axum::response::Response;
use mpp_api::ApiError;
use mpp_api::central::{ActivityQuery, ActivityRowView};

use super::partner_names::PartnerNames;
use crate::export::{self, Rows};
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, ROWS, ROWS_AT_ONCE, Sheet, Table};

const KINDS: [&str; 8] =
    ["given", "fetched", "no_record", "delivered", "erased", "expired", "failed", "held"];

/// Where the rows of a kind are; a day makes no difference to what is held.
pub(super) fn place(what: &str, day: &str) -> String {
    let day = (what != "held").then(|| day.to_owned());
    let query = ActivityQuery { what: Some(what.to_owned()), day, ..ActivityQuery::default() };
    address(&query, None)
}

fn address(query: &ActivityQuery, after: Option<String>) -> String {
    let query = ActivityQuery { after, ..query.clone() };
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query.pairs()).finish();
    format!("{PREFIX}/activity?{pairs}")
}

/// What is asked for when nothing is said: the consents of today.
fn or_usual(signed: &Signed, query: ActivityQuery) -> ActivityQuery {
    let what = query.what.unwrap_or_else(|| "given".to_owned());
    let day = query.day.unwrap_or_else(|| signed.portal.today().to_string());
    ActivityQuery { what: Some(what), day: Some(day), ..query }
}

/// The page.
pub(super) async fn list(signed: Signed, Filters(query): Filters<ActivityQuery>) -> Response {
    let query = ActivityQuery { limit: ROWS, ..or_usual(&signed, query) };
    let read = async { Ok((signed.operator().activity(&query).await?, PartnerNames::load(&signed).await?)) };
    let (page, names) = match read.await {
        Ok(read) => read,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let sheet = Sheet {
        lead: words.get("lead.activity").to_owned(),
        here: "/portal/activity",
        filters: filters(&signed, &query),
        table: table(&signed, &query, &page.items, &names),
        next: page.next.map(|after| address(&query, Some(after))),
        export: Some(Files::of(&signed.portal, &address(&query, None))),
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/", words.get("title.activity")), sheet }.show()
}

/// The rows that the same filters leave, for a file.
pub(super) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let query = or_usual(&signed, export::filter_of(&query)?);
    let read = PartnerNames::load(&signed).await;
    let names = Arc::new(read.map_err(|error: ApiError| Trouble::of(&error))?);
    let filters = filters(&signed, &query);
    let page = move |after| {
        let (signed, names) = (signed.clone(), Arc::clone(&names));
        let query = ActivityQuery { after, limit: ROWS_AT_ONCE, ..query.clone() };
        async move {
            let page = signed.operator().activity(&query).await?;
            Ok((table(&signed, &query, &page.items, &names), page.next))
        }
    };
    Ok(Rows::paged("activity", &filters, page))
}

fn filters(signed: &Signed, query: &ActivityQuery) -> Vec<Filter> {
    let words = signed.words;
    let kinds = KINDS.map(|kind| (kind.to_owned(), words.of("activity", kind)));
    let mut filters = vec![Filter::choices("what", words.get("col.what"), query.what.as_deref(), kinds)];
    if query.what.as_deref() != Some("held") {
        filters.push(Filter::day("day", words.get("col.day"), query.day.as_deref()));
    }
    filters
}

fn table(signed: &Signed, query: &ActivityQuery, rows: &[ActivityRowView], names: &PartnerNames) -> Table {
    let words = signed.words;
    let is_held = query.what.as_deref() == Some("held");
    let mut columns = vec!["col.when", "col.source", "col.case_ref", "col.partner", "col.parcel"];
    if is_held {
        columns.extend(["col.status", "col.until"]);
    }
    let row = |row: &ActivityRowView| {
        let when = |at: Option<_>| at.map_or(Cell::Nothing, |at| Cell::when(at, words));
        let mut cells = vec![
            when(row.at),
            Cell::Tags(vec![row.source.clone()]),
            Cell::Link {
                href: format!("{PREFIX}/requests/{}", row.consent_request_id),
                text: row.case_ref.to_string(),
            },
            names.cell(row.partner_id),
            row.parcel_id.map_or(Cell::Nothing, Cell::id),
        ];
        if is_held {
            cells.push(row.status.as_ref().map_or(Cell::Nothing, |status| Cell::status(status, words)));
            cells.push(when(row.kept_until));
        }
        cells
    };
    Table {
        caption: words.get("title.activity").to_owned(),
        columns: columns.into_iter().map(|name| words.get(name).to_owned()).collect(),
        rows: rows.iter().map(row).collect(),
        empty: words.get(if is_held { "empty.held" } else { "empty.activity" }).to_owned(),
    }
}

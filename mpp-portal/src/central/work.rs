//! Fetches, parked work, sources.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use mpp_api::central::{FetchRowView, FetchSearchQuery, ParkedJobView, RecentFetchesView, SourceView};
use mpp_core::JobId;
use serde::Deserialize;

use super::product_names::ProductNames;
use crate::export::{self, Rows};
use crate::moment::{counted, grouped};
use crate::portal::{OnceForm, PREFIX};
use crate::quality::{quality_filter, remarks_cell};
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, ROWS, ROWS_AT_ONCE, Sheet, Table, shown};
use crate::waiting::{Parked, parked_page};

const FETCH_STATES: [&str; 7] =
    ["scheduled", "running", "waiting", "sealed", "no_record", "failed", "cancelled"];

fn address(path: &str, query: &FetchSearchQuery, after: Option<String>) -> String {
    let query = FetchSearchQuery { after, ..query.clone() };
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query.pairs()).finish();
    format!("{PREFIX}{path}?{pairs}")
}

fn columns<const N: usize>(signed: &Signed, names: [&str; N]) -> Vec<String> {
    names.map(|name| signed.words.get(name).to_owned()).to_vec()
}

/// Fetches from providers.
pub(super) async fn fetches(signed: Signed, Filters(query): Filters<FetchSearchQuery>) -> Response {
    let query = FetchSearchQuery { limit: ROWS, ..query };
    let read = async { Ok((signed.operator().fetches(&query).await?, ProductNames::load(&signed).await?)) };
    let (page, products) = match read.await {
        Ok(read) => read,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let sheet = Sheet {
        lead: words.get("lead.fetches").to_owned(),
        here: "/portal/fetches",
        filters: filters(&signed, &query, &products),
        table: fetch_table(&signed, &page.items),
        next: page.next.map(|after| address("/fetches", &query, Some(after))),
        export: Some(Files::of(&signed.portal, &address("/fetches", &query, None))),
        views: None,
        add: None,
    };
    let sheet = signed.with_views(sheet).await;
    SheetPage { frame: signed.frame("/fetches", words.get("nav.fetches")), sheet }.show()
}

/// The rows that the same filters leave, for a file.
pub(super) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let query = export::filter_of(&query)?;
    // a file says what was filtered by, and needs no suggestions
    let filters = filters(&signed, &query, &ProductNames::default());
    let page = move |after| {
        let (signed, query) =
            (signed.clone(), FetchSearchQuery { after, limit: ROWS_AT_ONCE, ..query.clone() });
        async move {
            let page = signed.operator().fetches(&query).await?;
            Ok((fetch_table(&signed, &page.items), page.next))
        }
    };
    Ok(Rows::paged("fetches", &filters, page))
}

fn filters(signed: &Signed, query: &FetchSearchQuery, products: &ProductNames) -> Vec<Filter> {
    let words = signed.words;
    let states = FETCH_STATES.map(|state| (state.to_owned(), words.of("status", state)));
    vec![
        Filter::choices("status", words.get("col.status"), query.status.as_deref(), states),
        products.source_filter(signed, query.source.as_deref()),
        quality_filter(words, query.quality.as_deref()),
        Filter::day("from", words.get("filter.from"), query.from.as_deref()),
        Filter::day("to", words.get("filter.to"), query.to.as_deref()),
    ]
}

/// Fetches as a table.
pub(super) fn fetch_table(signed: &Signed, rows: &[FetchRowView]) -> Table {
    let words = signed.words;
    let row = |row: &FetchRowView| {
        vec![
            Cell::when(row.at, words),
            Cell::Tags(vec![row.source.clone()]),
            Cell::status(&row.status, words),
            row.attempts.map_or(Cell::Nothing, |attempts| Cell::number(attempts.into())),
            remarks_cell(words, row.reason.as_deref(), &row.quality),
            Cell::id_at(row.consent_request_id, format!("{PREFIX}/requests/{}", row.consent_request_id)),
            Cell::id(row.fetch_id),
        ]
    };
    let names =
        ["col.when", "col.source", "col.status", "col.attempts", "col.remarks", "col.request", "col.fetch"];
    Table {
        caption: words.get("nav.fetches").to_owned(),
        columns: columns(signed, names),
        rows: rows.iter().map(row).collect(),
        empty: words.get("empty.fetches").to_owned(),
    }
}

/// A cursor of a list without filters.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    after: Option<String>,
}

/// Work that waits for a person.
pub(super) async fn parked(signed: Signed, Filters(query): Filters<Onward>) -> Response {
    let page = match signed.operator().parked_jobs(shown(query.after.as_deref())).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let job = |job: ParkedJobView| Parked {
        job: job.job_id,
        queue: job.queue,
        reason: job.reason,
        attempts: job.attempts,
        since: job.parked_at,
    };
    parked_page(&signed, page.items.into_iter().map(job), page.next)
}

/// Does parked work again.
pub(super) async fn replay(signed: Signed, Path(job): Path<String>, Form(form): Form<OnceForm>) -> Response {
    let Ok(job) = job.parse::<JobId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.operator().replay_job(&form.once, job).await {
        Ok(()) => signed.lead_to("/parked", "replayed"),
        Err(error) => signed.refused(&error),
    }
}

/// The providers and how their fetches went.
pub(super) async fn sources(signed: Signed) -> Response {
    let sources = match signed.operator().sources().await {
        Ok(sources) => sources,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let row = |source: &SourceView| {
        let mut cells = vec![Cell::Link {
            href: format!("{PREFIX}/fetches?source={}", source.source),
            text: source.source.clone(),
        }];
        let count = |state: &str| {
            source.by_state.iter().find(|named| named.name == state).map_or(0, |named| named.count)
        };
        cells.extend(recent_cells(source.recent));
        cells.extend(FETCH_STATES.map(|state| Cell::Number(counted(count(state), source.counted_to))));
        cells
    };
    let mut names = vec![words.get("col.source").to_owned()];
    names.extend(
        ["col.success", "col.marked", "col.p_fifty", "col.p_ninety_five", "col.p_ninety_nine"]
            .map(|name| words.get(name).to_owned()),
    );
    names.extend(FETCH_STATES.map(|state| words.of("status", state)));
    let sheet = Sheet {
        lead: words.get("lead.sources").to_owned(),
        here: "/portal/sources",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.sources").to_owned(),
            columns: names,
            rows: sources.iter().map(row).collect(),
            empty: words.get("empty.sources").to_owned(),
        },
        next: None,
        export: None,
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/sources", words.get("nav.sources")), sheet }.show()
}

/// How the newest fetches went: how many of a hundred were answered, of how many documents something is noticeable, and how
/// long the answers took.
fn recent_cells(recent: RecentFetchesView) -> [Cell; 5] {
    let ended = recent.answered.saturating_add(recent.failed);
    let success = recent.answered.saturating_mul(100).checked_div(ended);
    let success = success.map_or(Cell::Number("–".to_owned()), |share| Cell::Number(format!("{share} %")));
    let time = |millis: Option<u64>| {
        millis
            .map_or(Cell::Number("–".to_owned()), |millis| Cell::Number(format!("{} ms", grouped(millis))))
    };
    let marked = Cell::number(recent.marked);
    [success, marked, time(recent.p50_millis), time(recent.p95_millis), time(recent.p99_millis)]
}

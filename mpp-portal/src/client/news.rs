//! Notifications to the application: the list, and doing a range of them again.

use axum::Form;
use axum::response::Response;
use mpp_api::ReplayedRangeView;
use mpp_api::client::{NewsRange, NewsReasonView, NewsRowView, NewsSearchQuery, ReplayNews};

use crate::attempts::attempts_cell;
use crate::export::{self, Rows};
use crate::portal::PREFIX;
use crate::replaying::{Place, RangeQuery, ReplayForm, Seen, replay_page};
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, ROWS, ROWS_AT_ONCE, Sheet, Table};

const STATES: [&str; 4] = ["due", "delivered", "parked", "kept"];
const KINDS: [&str; 13] = [
    "consent.approved",
    "consent.rejected",
    "consent.expired",
    "consent.cancelled",
    "consent.paused",
    "consent.resumed",
    "consent.revoked",
    "data.available",
    "data.no_record",
    "data.failed",
    "data.expired",
    "data.due",
    "data.deleted",
];
const REASONS: [&str; 4] =
    ["receiver_refused", "receiver_timed_out", "receiver_unreachable", "address_forbidden"];
const REPLAY: Place = Place { list: "/news", list_name: "nav.news", here: "/portal/news/replay" };

/// The list.
pub(super) async fn list(signed: Signed, Filters(query): Filters<NewsSearchQuery>) -> Response {
    let query = NewsSearchQuery { limit: ROWS, ..query };
    let page = match signed.staff().news(&query).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let next = page.next.map(|after| address(&query, Some(after)));
    let replay = || (REPLAY.here.to_owned(), words.get("act.replay_range").to_owned());
    let sheet = Sheet {
        lead: words.get("lead.news").to_owned(),
        here: "/portal/news",
        filters: filters(&signed, &query),
        table: table(&signed, &page.items),
        next,
        export: Some(Files::of(&signed.portal, &address(&query, None))),
        views: None,
        add: signed.person.may("replay_work").then(replay),
    };
    let sheet = signed.with_views(sheet).await;
    SheetPage { frame: signed.frame("/news", words.get("nav.news")), sheet }.show()
}

fn address(query: &NewsSearchQuery, after: Option<String>) -> String {
    let query = NewsSearchQuery { after, ..query.clone() };
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query.pairs()).finish();
    format!("{PREFIX}/news?{pairs}")
}

fn filters(signed: &Signed, query: &NewsSearchQuery) -> Vec<Filter> {
    let words = signed.words;
    let states = STATES.map(|state| (state.to_owned(), words.of("status", state)));
    let kinds = KINDS.map(|kind| (kind.to_owned(), words.of("told", kind)));
    vec![
        Filter::choices("type", words.get("col.what"), query.kind.as_deref(), kinds),
        Filter::choices("status", words.get("col.status"), query.status.as_deref(), states),
        Filter::day("from", words.get("filter.from"), query.from.as_deref()),
        Filter::day("to", words.get("filter.to"), query.to.as_deref()),
    ]
}

/// The rows that the same filters leave, for a file.
pub(super) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let query = export::filter_of(&query)?;
    let filters = filters(&signed, &query);
    let page = move |after| {
        let (signed, query) =
            (signed.clone(), NewsSearchQuery { after, limit: ROWS_AT_ONCE, ..query.clone() });
        async move {
            let page = signed.staff().news(&query).await?;
            Ok((table(&signed, &page.items), page.next))
        }
    };
    Ok(Rows::paged("notifications", &filters, page))
}

fn table(signed: &Signed, rows: &[NewsRowView]) -> Table {
    let words = signed.words;
    let row = |row: &NewsRowView| {
        let case: String = url::form_urlencoded::byte_serialize(row.case_ref.as_str().as_bytes()).collect();
        vec![
            Cell::when(row.occurred_at, words),
            Cell::text(words.of("told", &row.kind)),
            Cell::status(&row.status, words),
            attempts_cell(words, &row.attempts),
            row.next_attempt_at.map_or(Cell::Nothing, |at| Cell::when(at, words)),
            Cell::Link { href: format!("{PREFIX}/cases/{case}"), text: row.case_ref.to_string() },
            Cell::id(row.notification_id),
        ]
    };
    let columns = [
        "col.when",
        "col.what",
        "col.status",
        "col.attempts",
        "col.next_attempt",
        "col.case_ref",
        "col.notification",
    ];
    Table {
        caption: words.get("nav.news").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.iter().map(row).collect(),
        empty: words.get("empty.news").to_owned(),
    }
}

/// A range that can be done again.
pub(super) async fn replay(signed: Signed, Filters(range): Filters<RangeQuery>) -> Response {
    replayable(&signed, &range, None).await
}

/// Does a range again that was looked at, and shows what is left of it.
pub(super) async fn replay_confirmed(signed: Signed, Form(form): Form<ReplayForm>) -> Response {
    let range = form.range();
    let (wanted, (as_of, count)) = match (wanted(&range), form.seen()) {
        (Ok(wanted), Ok(seen)) => (wanted, seen),
        (Err(trouble), _) | (_, Err(trouble)) => return trouble.answer(&signed),
    };
    let body = ReplayNews { range: wanted, as_of, count };
    match signed.staff().replay_news(&form.once, &body).await {
        Ok(done) => replayable(&signed, &range, Some(done)).await,
        Err(error) => signed.refused(&error),
    }
}

fn wanted(range: &RangeQuery) -> Result<NewsRange, Trouble> {
    let instants = range.instants()?;
    Ok(NewsRange { from: instants.from, to: instants.to, reason: instants.reason })
}

async fn replayable(signed: &Signed, range: &RangeQuery, done: Option<ReplayedRangeView>) -> Response {
    let wanted = match wanted(range) {
        Ok(wanted) => wanted,
        Err(trouble) => return trouble.answer(signed),
    };
    let held = match signed.staff().preview_replay(&wanted).await {
        Ok(held) => held,
        Err(error) => return signed.refused(&error),
    };
    let mut first = table(signed, &held.first);
    first.caption = signed.words.get("caption.replayed_first").to_owned();
    let seen = Seen {
        as_of: held.as_of,
        count: held.count,
        counted_to: held.counted_to,
        groups: reasons(signed, &held.reasons),
        first,
    };
    replay_page(signed, &REPLAY, (range, range.filters(signed, REASONS)), seen, done)
}

fn reasons(signed: &Signed, reasons: &[NewsReasonView]) -> Table {
    let words = signed.words;
    let row = |reason: &NewsReasonView| {
        vec![Cell::text(words.of("reason", &reason.reason)), Cell::number(reason.count)]
    };
    Table {
        caption: words.get("caption.replayed").to_owned(),
        columns: ["col.reason", "col.count"].map(|name| words.get(name).to_owned()).to_vec(),
        rows: reasons.iter().map(row).collect(),
        empty: words.get("empty.replayed").to_owned(),
    }
}

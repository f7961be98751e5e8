//! Notifications to client servers: the list, the same as a file, and doing a range of them again.

use std::sync::Arc;

use axum::Form;
use axum::response::Response;
use mpp_api::ReplayedRangeView;
use mpp_api::central::{
    DeliveryRange, DeliveryRowView, DeliverySearchQuery, ReplayDeliveries, ReplayGroupView,
};

use super::partner_names::PartnerNames;
use crate::attempts::attempts_cell;
use crate::export::{self, Rows};
use crate::portal::PREFIX;
use crate::replaying::{Place, RangeQuery, ReplayForm, Seen, replay_page};
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, ROWS, ROWS_AT_ONCE, Sheet, Table};

const STATES: [&str; 4] = ["due", "delivered", "parked", "polled"];
const ANSWERS: [&str; 7] = ["2xx", "3xx", "4xx", "5xx", "timed_out", "unreachable", "forbidden_address"];
const REASONS: [&str; 4] = ["refused", "timed_out", "unreachable", "forbidden_address"];
const REPLAY: Place =
    Place { list: "/deliveries", list_name: "nav.deliveries", here: "/portal/deliveries/replay" };

fn address(query: &DeliverySearchQuery, after: Option<String>) -> String {
    let query = DeliverySearchQuery { after, ..query.clone() };
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query.pairs()).finish();
    format!("{PREFIX}/deliveries?{pairs}")
}

/// The list.
pub(super) async fn list(signed: Signed, Filters(query): Filters<DeliverySearchQuery>) -> Response {
    let query = DeliverySearchQuery { limit: ROWS, ..query };
    let page = match signed.operator().deliveries(&query).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let names = match PartnerNames::load(&signed).await {
        Ok(names) => names,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let sheet = Sheet {
        lead: words.get("lead.deliveries").to_owned(),
        here: "/portal/deliveries",
        filters: filters(&signed, &query, &names),
        table: delivery_table(&signed, &page.items, &names),
        next: page.next.map(|after| address(&query, Some(after))),
        export: Some(Files::of(&signed.portal, &address(&query, None))),
        views: None,
        add: signed.person.may("replay_work").then(|| way_to_replay(&signed, &query)),
    };
    let sheet = signed.with_views(sheet).await;
    SheetPage { frame: signed.frame("/deliveries", words.get("nav.deliveries")), sheet }.show()
}

fn filters(signed: &Signed, query: &DeliverySearchQuery, names: &PartnerNames) -> Vec<Filter> {
    let words = signed.words;
    let states = STATES.map(|state| (state.to_owned(), words.of("status", state)));
    let answers = ANSWERS.map(|answer| (answer.to_owned(), words.of("answer", answer)));
    vec![
        Filter::choices("status", words.get("col.status"), query.status.as_deref(), states),
        names.filter(signed, query.partner.as_deref()),
        Filter::choices("answer", words.get("filter.answer"), query.answer.as_deref(), answers),
        Filter::day("from", words.get("filter.from"), query.from.as_deref()),
        Filter::day("to", words.get("filter.to"), query.to.as_deref()),
    ]
}

/// Where a range is chosen, with the partner of the list.
fn way_to_replay(signed: &Signed, query: &DeliverySearchQuery) -> (String, String) {
    let partner = query.partner.as_deref().map(|partner| ("partner", partner));
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(partner).finish();
    let mark = if pairs.is_empty() { "" } else { "?" };
    (format!("{}{mark}{pairs}", REPLAY.here), signed.words.get("act.replay_range").to_owned())
}

/// The rows that the same filters leave, for a file.
pub(super) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let query = export::filter_of(&query)?;
    let names = Arc::new(PartnerNames::load(&signed).await.map_err(|error| Trouble::of(&error))?);
    let filters = filters(&signed, &query, &names);
    let page = move |after| {
        let (signed, names) = (signed.clone(), Arc::clone(&names));
        let query = DeliverySearchQuery { after, limit: ROWS_AT_ONCE, ..query.clone() };
        async move {
            let page = signed.operator().deliveries(&query).await?;
            Ok((delivery_table(&signed, &page.items, &names), page.next))
        }
    };
    Ok(Rows::paged("deliveries", &filters, page))
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
    let body = ReplayDeliveries { range: wanted, as_of, count };
    match signed.operator().replay_deliveries(&form.once, &body).await {
        Ok(done) => replayable(&signed, &range, Some(done)).await,
        Err(error) => signed.refused(&error),
    }
}

fn wanted(range: &RangeQuery) -> Result<DeliveryRange, Trouble> {
    let instants = range.instants()?;
    let partner = range.partner()?;
    Ok(DeliveryRange { partner, from: instants.from, to: instants.to, reason: instants.reason })
}

async fn replayable(signed: &Signed, range: &RangeQuery, done: Option<ReplayedRangeView>) -> Response {
    let wanted = match wanted(range) {
        Ok(wanted) => wanted,
        Err(trouble) => return trouble.answer(signed),
    };
    let held = match signed.operator().preview_replay(&wanted).await {
        Ok(held) => held,
        Err(error) => return signed.refused(&error),
    };
    let names = match PartnerNames::load(signed).await {
        Ok(names) => names,
        Err(error) => return signed.refused(&error),
    };
    let chosen = wanted.partner.map(|partner| partner.to_string());
    let mut filters = vec![names.filter(signed, chosen.as_deref())];
    filters.extend(range.filters(signed, REASONS));
    let mut first = delivery_table(signed, &held.first, &names);
    first.caption = signed.words.get("caption.replayed_first").to_owned();
    let seen = Seen {
        as_of: held.as_of,
        count: held.count,
        counted_to: held.counted_to,
        groups: groups(signed, &held.groups, &names),
        first,
    };
    replay_page(signed, &REPLAY, (range, filters), seen, done)
}

fn groups(signed: &Signed, groups: &[ReplayGroupView], names: &PartnerNames) -> Table {
    let words = signed.words;
    let row = |group: &ReplayGroupView| {
        let reason = Cell::text(words.of("reason", &group.reason));
        vec![names.cell(group.partner_id), reason, Cell::number(group.count)]
    };
    Table {
        caption: words.get("caption.replayed").to_owned(),
        columns: ["col.partner", "col.reason", "col.count"].map(|name| words.get(name).to_owned()).to_vec(),
        rows: groups.iter().map(row).collect(),
        empty: words.get("empty.replayed").to_owned(),
    }
}

/// Notifications as a table, with every attempt.
pub(super) fn delivery_table(signed: &Signed, rows: &[DeliveryRowView], partners: &PartnerNames) -> Table {
    let words = signed.words;
    let row = |row: &DeliveryRowView| {
        let next = row.next_attempt_at.map_or(Cell::Nothing, |at| Cell::when(at, words));
        vec![
            Cell::when(row.occurred_at, words),
            Cell::text(words.of("told", &row.kind)),
            Cell::status(&row.status, words),
            attempts_cell(words, &row.attempts),
            next,
            Cell::Link {
                href: format!("{PREFIX}/requests/{}", row.consent_request_id),
                text: row.case_ref.to_string(),
            },
            partners.cell(row.partner_id),
        ]
    };
    let names = [
        "col.when",
        "col.what",
        "col.status",
        "col.attempts",
        "col.next_attempt",
        "col.case_ref",
        "col.partner",
    ];
    Table {
        caption: words.get("nav.deliveries").to_owned(),
        columns: names.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.iter().map(row).collect(),
        empty: words.get("empty.deliveries").to_owned(),
    }
}

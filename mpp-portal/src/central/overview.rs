//! Today at a glance; every number leads to the rows behind it.

use askama::Template;
use axum::response::Response;
use mpp_api::central::{NamedCount, TodayView};
use url::form_urlencoded::Serializer;

use crate::live;
use crate::moment::{self, counted, grouped};
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, Figure, FiguresPart, OverviewPage};
use crate::view::{Cell, Table};
use crate::waiting::queue_table;
use crate::words::Words;

/// The page.
pub(super) async fn show(signed: Signed) -> Response {
    let today = match signed.operator().today().await {
        Ok(today) => today,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let page = OverviewPage {
        frame: signed.frame("/", words.get("nav.overview")),
        lead: words.with("lead.overview", day_in_words(&today.day, words)),
        figures: part(&signed, &today).render().unwrap_or_default(),
    };
    page.show()
}

/// The day as people write it; what is none stays as it is.
fn day_in_words(day: &str, words: Words) -> String {
    day.parse().map_or_else(|_| day.to_owned(), |day| moment::day(day, words.0))
}

/// The figures as they change.
pub(super) async fn live(signed: Signed) -> Response {
    live::stream(signed, |signed| async move {
        let today = signed.operator().today().await.ok()?;
        part(&signed, &today).render().ok()
    })
}

fn part(signed: &Signed, today: &TodayView) -> FiguresPart {
    let queues = today.queues.iter();
    let queues = queues.map(|queue| (queue.queue.as_str(), queue.waiting, queue.leased, queue.parked));
    FiguresPart {
        figures: figures(signed, today),
        tables: failure_table(signed, today)
            .into_iter()
            .chain([queue_table(signed, queues, today.counted_to)])
            .collect(),
    }
}

/// What could not be fetched today, by source; nothing on a good day.
fn failure_table(signed: &Signed, today: &TodayView) -> Option<Table> {
    let words = signed.words;
    let row = |failed: &NamedCount| {
        let query = Serializer::new(String::new())
            .extend_pairs([
                ("status", "failed"),
                ("source", failed.name.as_str()),
                ("from", today.day.as_str()),
                ("to", today.day.as_str()),
            ])
            .finish();
        let number = grouped(failed.count);
        vec![
            Cell::Tags(vec![failed.name.clone()]),
            Cell::NumberAt { number, href: format!("{PREFIX}/fetches?{query}") },
        ]
    };
    (!today.failures.is_empty()).then(|| Table {
        caption: words.get("caption.failures_today").to_owned(),
        columns: ["col.source", "col.count"].map(|name| words.get(name).to_owned()).to_vec(),
        rows: today.failures.iter().map(row).collect(),
        empty: String::new(),
    })
}

fn figures(signed: &Signed, today: &TodayView) -> Vec<Figure> {
    let words = signed.words;
    let figure = |name: &str, count: u64, place: &str, tone| Figure {
        label: words.get(name).to_owned(),
        value: counted(count, today.counted_to),
        href: format!("{PREFIX}{place}"),
        tone,
    };
    let done = |name: &str| today.done.iter().find(|done| done.name == name).map_or(0, |done| done.count);
    let parked_jobs = today.queues.iter().fold(0_u64, |sum, queue| sum.saturating_add(queue.parked));
    let day = &today.day;
    let trouble = |count: u64| if count > 0 { "bad" } else { "plain" };
    vec![
        figure("figure.requests", today.requests, &format!("/requests?from={day}&to={day}"), "plain"),
        figure("figure.waiting", today.waiting, "/requests?status=placed", "plain"),
        figure(
            "figure.consents",
            today.consents,
            &format!("/requests?status=decided&from={day}&to={day}"),
            "plain",
        ),
        figure(
            "figure.fetched",
            done("fetched"),
            &format!("/fetches?status=sealed&from={day}&to={day}"),
            "plain",
        ),
        figure("figure.delivered", done("delivered"), &format!("/deliveries?from={day}&to={day}"), "plain"),
        figure(
            "figure.erased",
            done("erased"),
            &format!("/audit?action=parcel.erased&from={day}&to={day}"),
            "plain",
        ),
        figure(
            "figure.failed",
            done("failed"),
            &format!("/fetches?status=failed&from={day}&to={day}"),
            trouble(done("failed")),
        ),
        figure(
            "figure.parked",
            today.parked_deliveries,
            "/deliveries?status=parked",
            trouble(today.parked_deliveries),
        ),
        figure("figure.held", today.held, "/requests?status=decided", "plain"),
        figure("figure.jobs", parked_jobs, "/parked", trouble(parked_jobs)),
    ]
}

//! Today at a glance; every number leads to the rows behind it.

use askama::Template;
use axum::response::Response;
use mpp_api::central::{NamedCount, TodayView};
use url::form_urlencoded::Serializer;

use super::activity;
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
    let page = OverviewPage {
        frame: signed.frame("/", signed.words.get("nav.overview")),
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
    let figures = figures(signed, today);
    let all_lead = figures.iter().all(|figure| figure.href.is_some());
    let lead = if all_lead { "lead.overview" } else { "lead.overview_some" };
    FiguresPart {
        lead: signed.words.with(lead, day_in_words(&today.day, signed.words)),
        figures,
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
        let number = if signed.person.may("see_work") {
            Cell::NumberAt { number, href: format!("{PREFIX}/fetches?{query}") }
        } else {
            Cell::Number(number)
        };
        vec![Cell::Tags(vec![failed.name.clone()]), number]
    };
    (!today.failures.is_empty()).then(|| Table {
        caption: words.get("caption.failures_today").to_owned(),
        columns: ["col.source", "col.count"].map(|name| words.get(name).to_owned()).to_vec(),
        rows: today.failures.iter().map(row).collect(),
        empty: String::new(),
    })
}

fn figures(signed: &Signed, today: &TodayView) -> Vec<Figure> {
    let day = &today.day;
    let figure = |name: &str, count: u64, place: (&str, String)| {
        let (needs, href) = place;
        Figure {
            label: signed.words.get(name).to_owned(),
            value: counted(count, today.counted_to),
            href: signed.person.may(needs).then_some(href),
            tone: "plain",
        }
    };
    let requests = |query: &str| ("see_consents", format!("{PREFIX}/requests?{query}"));
    let work = |place: &str| ("see_work", format!("{PREFIX}{place}"));
    let done = |name: &str| today.done.iter().find(|done| done.name == name).map_or(0, |done| done.count);
    let activity = |what: &str| ("see_work", activity::place(what, day));
    let failed = format!("/fetches?status=failed&from={day}&to={day}");
    let parked_jobs = today.queues.iter().fold(0_u64, |sum, queue| sum.saturating_add(queue.parked));
    vec![
        figure("figure.requests", today.requests, requests(&format!("from={day}&to={day}"))),
        figure("figure.unopened", today.unopened, requests("status=placed")),
        figure("figure.opened", today.opened, requests("status=opened")),
        figure("figure.consents", today.consents, activity("given")),
        figure("figure.fetched", done("fetched"), activity("fetched")),
        figure("figure.delivered", done("delivered"), activity("delivered")),
        figure("figure.erased", done("erased"), activity("erased")),
        figure("figure.failed", done("failed"), work(&failed)).bad_when_any(done("failed")),
        figure("figure.parked", today.parked_deliveries, work("/deliveries?status=parked"))
            .bad_when_any(today.parked_deliveries),
        figure("figure.held", today.held, activity("held")),
        figure("figure.jobs", parked_jobs, work("/parked")).bad_when_any(parked_jobs),
    ]
}

//! What is here, at a glance.

use axum::response::Response;
use mpp_api::client::{AtAGlanceView, WaitingView};

use crate::moment::grouped;
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, Figure, OverviewPage};
use crate::view::{Cell, Table};

/// The page.
pub(super) async fn show(signed: Signed) -> Response {
    let glance = match signed.staff().overview().await {
        Ok(glance) => glance,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let lead = if glance.enrolled { "lead.client" } else { "lead.not_enrolled" };
    let page = OverviewPage {
        frame: signed.frame("/", words.get("nav.overview")),
        lead: words.get(lead).to_owned(),
        figures: figures(&signed, &glance),
        tables: vec![queues(&signed, &glance.queues)],
    };
    page.show()
}

fn figures(signed: &Signed, glance: &AtAGlanceView) -> Vec<Figure> {
    let figure = |name: &str, count: u64, place: &str, tone| Figure {
        label: signed.words.get(name).to_owned(),
        value: grouped(count),
        href: format!("{PREFIX}{place}"),
        tone,
    };
    let parked = glance.queues.iter().fold(0_u64, |sum, queue| sum.saturating_add(queue.parked));
    vec![
        figure("figure.cases", glance.cases, "/cases", "plain"),
        figure("figure.held_here", glance.held, "/data?status=held", "plain"),
        figure("figure.purged", glance.purged, "/data?status=purged", "plain"),
        figure("figure.jobs", parked, "/parked", if parked > 0 { "bad" } else { "plain" }),
    ]
}

fn queues(signed: &Signed, queues: &[WaitingView]) -> Table {
    let words = signed.words;
    let columns = ["col.queue", "col.waiting", "col.in_hand", "col.parked"];
    let row = |queue: &WaitingView| {
        vec![
            Cell::text(words.of("queue", &queue.queue)),
            Cell::number(queue.waiting),
            Cell::number(queue.leased),
            Cell::number(queue.parked),
        ]
    };
    Table {
        caption: words.get("caption.queues").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: queues.iter().map(row).collect(),
        empty: words.get("empty.queues").to_owned(),
    }
}

//! What is here, at a glance.

use askama::Template;
use axum::response::Response;
use mpp_api::client::AtAGlanceView;

use crate::live;
use crate::moment::counted;
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, Figure, FiguresPart, OverviewPage};
use crate::waiting::queue_table;

/// The page.
pub(super) async fn show(signed: Signed) -> Response {
    let glance = match signed.staff().overview().await {
        Ok(glance) => glance,
        Err(error) => return signed.refused(&error),
    };
    let page = OverviewPage {
        frame: signed.frame("/", signed.words.get("nav.overview")),
        figures: part(&signed, &glance).render().unwrap_or_default(),
    };
    page.show()
}

/// The figures as they change.
pub(super) async fn live(signed: Signed) -> Response {
    live::stream(signed, |signed| async move {
        let glance = signed.staff().overview().await.ok()?;
        part(&signed, &glance).render().ok()
    })
}

fn part(signed: &Signed, glance: &AtAGlanceView) -> FiguresPart {
    let queues = glance.queues.iter();
    let queues = queues.map(|queue| (queue.queue.as_str(), queue.waiting, queue.leased, queue.parked));
    let figures = figures(signed, glance);
    let all_lead = figures.iter().all(|figure| figure.href.is_some());
    let lead = match (glance.enrolled, all_lead) {
        (false, _) => "lead.not_enrolled",
        (true, true) => "lead.client",
        (true, false) => "lead.client_some",
    };
    FiguresPart {
        lead: signed.words.get(lead).to_owned(),
        figures,
        tables: vec![queue_table(signed, queues, glance.counted_to)],
    }
}

fn figures(signed: &Signed, glance: &AtAGlanceView) -> Vec<Figure> {
    let figure = |name: &str, count: u64, needs: &str, place: &str| Figure {
        label: signed.words.get(name).to_owned(),
        value: counted(count, glance.counted_to),
        href: signed.person.may(needs).then(|| format!("{PREFIX}{place}")),
        tone: "plain",
    };
    let parked = glance.queues.iter().fold(0_u64, |sum, queue| sum.saturating_add(queue.parked));
    let mut figures = vec![
        figure("figure.cases", glance.cases, "see_consents", "/cases"),
        figure("figure.waiting", glance.waiting, "see_consents", "/cases?status=open"),
        figure("figure.held_here", glance.held, "see_data", "/data?status=held"),
        figure("figure.purged", glance.purged, "see_data", "/data?status=purged"),
        figure("figure.jobs", parked, "see_work", "/parked").bad_when_any(parked),
    ];
    if glance.central_log_findings > 0 {
        let breaches = "/audit?action=central_log.breached";
        let found = glance.central_log_findings;
        figures.push(figure("figure.central_log", found, "see_audit", breaches).bad_when_any(found));
    }
    figures
}

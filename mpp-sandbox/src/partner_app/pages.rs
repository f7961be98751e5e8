//! The application's pages.

use axum::extract::State;
use axum::response::Response;

use super::Case;
use crate::guard::hold;
use crate::html::{Page, text};
use crate::world::Shared;

/// All cases.
pub(super) async fn overview(State(world): State<Shared>) -> Response {
    let mut page = Page::new("Partner application");
    let book = hold(&world.partner_app);
    if book.settings.is_none() {
        page.problem("The client server is not configured yet.");
    }
    if book.cases.is_empty() {
        page.paragraph("No cases yet.");
    }
    for (case_ref, case) in &book.cases {
        page.raw(&format!(
            "<article class=\"card\"><a href=\"/partner-app/cases/{0}\">{0}</a><br><small>{1} notifications, {2} items</small></article>",
            text(case_ref),
            case.events.len(),
            case.items.len()
        ));
    }
    page.respond()
}

/// One case.
pub(super) fn case(case_ref: &str, case: &Case) -> Response {
    let mut page = Page::new(&format!("Case {case_ref}"));
    for problem in &case.problems {
        page.problem(problem);
    }
    page.heading("Data received");
    if case.items.is_empty() {
        page.paragraph("Nothing yet.");
    }
    for item in case.items.values() {
        let matches = if item.as_announced { "as announced" } else { "DIFFERS from what was announced" };
        page.facts(&[
            ("Source", item.source.clone()),
            ("What", item.label.clone().unwrap_or_default()),
            ("Type", item.content_type.clone()),
            ("Size", format!("{} bytes", item.size_bytes)),
            ("SHA-256", item.sha256.clone()),
            ("Check", matches.to_owned()),
            ("Fetched", item.fetched_at.to_string()),
        ]);
    }
    page.heading("Notifications");
    for event in &case.events {
        page.facts(&[
            ("Type", event.kind.clone()),
            ("Received", event.received_at.to_string()),
            ("Id", event.id.clone()),
        ]);
    }
    page.respond()
}

//! Notifications to the application, and work that waits for a person.

use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use mpp_api::client::{NewsRowView, ParkedView};
use mpp_core::JobId;
use serde::Deserialize;

use crate::portal::{OnceForm, PREFIX};
use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Sheet, Table};
use crate::waiting::{Parked, parked_page};

/// A cursor of a list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    after: Option<String>,
}

/// What the application was told.
pub(super) async fn news(signed: Signed, Query(query): Query<Onward>) -> Response {
    let page = match signed.staff().news(query.after.as_deref()).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let row = |row: &NewsRowView| {
        let case: String = url::form_urlencoded::byte_serialize(row.case_ref.as_str().as_bytes()).collect();
        vec![
            Cell::when(row.occurred_at, words),
            Cell::text(words.of("told", &row.kind)),
            Cell::status(&row.status, words),
            row.next_attempt_at.map_or(Cell::Nothing, |at| Cell::when(at, words)),
            Cell::Link { href: format!("{PREFIX}/cases/{case}"), text: row.case_ref.to_string() },
            Cell::id(row.notification_id),
        ]
    };
    let columns =
        ["col.when", "col.what", "col.status", "col.next_attempt", "col.case_ref", "col.notification"];
    let sheet = Sheet {
        lead: words.get("lead.news").to_owned(),
        here: "/portal/news",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.news").to_owned(),
            columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
            rows: page.items.iter().map(row).collect(),
            empty: words.get("empty.news").to_owned(),
        },
        next: page.next.map(|after| format!("{PREFIX}/news?after={after}")),
        export: None,
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/news", words.get("nav.news")), sheet }.show()
}

/// Work that waits for a person.
pub(super) async fn parked(signed: Signed, Query(query): Query<Onward>) -> Response {
    let page = match signed.staff().parked(query.after.as_deref()).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let job = |job: ParkedView| Parked {
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
    match signed.staff().replay(&form.once, job).await {
        Ok(()) => signed.lead_to("/parked", "replayed"),
        Err(error) => signed.refused(&error),
    }
}

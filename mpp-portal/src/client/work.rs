//! Work that waits for a person.

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use mpp_api::client::ParkedView;
use mpp_core::JobId;
use serde::Deserialize;

use crate::portal::OnceForm;
use crate::signed::{Filters, Signed};
use crate::trouble::Trouble;
use crate::view::shown;
use crate::waiting::{Parked, parked_page};

/// A cursor of a list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    after: Option<String>,
}

/// Work that waits for a person.
pub(super) async fn parked(signed: Signed, Filters(query): Filters<Onward>) -> Response {
    let page = match signed.staff().parked(shown(query.after.as_deref())).await {
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

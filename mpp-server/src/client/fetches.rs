//! How data came, or why it did not.

use axum::Json;
use axum::extract::State;
use mpp_api::Page;
use mpp_api::client::{ToldFetchQuery, ToldFetchView};
use mpp_services::client::{FetchRow, FetchSearch, FetchStanding};
use mpp_staff::Action;

use super::asked::{Asked, asked, wanted};
use super::refusals::refusal;
use super::routes::{Access, AppState, Group};
use super::staff::on_wire;
use crate::desk::StaffGroup;
use crate::http::{Refusal, page_size};

/// How many fetches a page holds, or some more, unless the caller wants another number.
const PAGE: u32 = 100;

/// The routes with what they take.
pub(super) fn group() -> StaffGroup<AppState, Access> {
    let action = Action::SeeConsents;
    let group = Group::new(Access::Staff(action));
    (
        action,
        group.get("/v1/staff/fetches", "How data came or why it did not, newest first, by filters", fetches),
    )
}

async fn fetches(
    State(state): State<AppState>,
    query: Asked<ToldFetchQuery>,
) -> Result<Json<Page<ToldFetchView>>, Refusal> {
    let query = asked(query)?;
    let search = FetchSearch {
        standing: query.status.as_deref().map(standing_named).transpose()?,
        source: wanted("source", query.source.as_deref())?,
        from: wanted("from", query.from.as_deref())?,
        to: wanted("to", query.to.as_deref())?,
    };
    let after = wanted("after", query.after.as_deref())?;
    let page = state
        .service
        .fetches(&search, after, page_size(query.limit, PAGE))
        .await
        .map_err(|error| refusal(&error))?;
    Ok(Json(on_wire(page, view)))
}

fn standing_named(name: &str) -> Result<FetchStanding, Refusal> {
    FetchStanding::of_name(name).ok_or_else(|| Refusal::invalid_request("status is not valid"))
}

fn view(row: FetchRow) -> ToldFetchView {
    ToldFetchView {
        notification_id: row.notification,
        at: row.at,
        case_ref: row.case_ref,
        consent_request_id: row.request,
        product_id: row.product,
        consent_id: row.consent,
        source: row.source.map(|source| source.to_string()),
        status: row.standing.name().to_owned(),
        reason: row.reason,
        item_id: row.item,
        quality: row.quality,
    }
}

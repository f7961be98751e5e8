//! Finding a case by what people have in hand.

use axum::Json;
use axum::extract::State;
use mpp_api::Page;
use mpp_api::client::{FindCaseQuery, FoundCaseView};
use mpp_services::client::FoundBy;
use mpp_staff::Action;

use super::asked::{Asked, asked};
use super::refusals::refusal;
use super::routes::{Access, AppState, Group};
use super::supervision::case_row;
use crate::desk::StaffGroup;
use crate::http::Refusal;

pub(super) fn group() -> StaffGroup<AppState, Access> {
    let action = Action::SeeConsents;
    let group = Group::new(Access::Staff(action));
    (
        action,
        group.get("/v1/staff/find", "Finds the case of whatever an identifier or a reference names", find),
    )
}

async fn find(
    State(state): State<AppState>,
    query: Asked<FindCaseQuery>,
) -> Result<Json<Page<FoundCaseView>>, Refusal> {
    let FindCaseQuery { text } = asked(query)?;
    let found = state.service.find_case(&text).await.map_err(|error| refusal(&error))?;
    let view = |found: mpp_services::client::FoundCase| FoundCaseView {
        kind: kind_of(found.by).to_owned(),
        case: case_row(found.case),
    };
    Ok(Json(Page { items: found.into_iter().map(view).collect(), next: None }))
}

const fn kind_of(by: FoundBy) -> &'static str {
    match by {
        FoundBy::Reference => "case",
        FoundBy::Request => "request",
        FoundBy::Consent => "consent",
        FoundBy::Document => "document",
        FoundBy::Parcel => "parcel",
    }
}

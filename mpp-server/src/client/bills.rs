//! What this partner pays for: its metered uses and its bills, asked of central and passed on. Nothing of it is kept here.

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::Page;
use mpp_api::central::forms::BillDocument;
use mpp_api::central::{BillRowView, UsageView};
use mpp_core::BillId;
use mpp_services::client::ClientError;
use mpp_staff::Action;

use super::gateway;
use super::refusals::refusal;
use super::routes::{Access, AppState, Group};
use super::staff::ListQuery;
use crate::desk::StaffGroup;
use crate::http::Refusal;

/// The routes by what they take.
pub(super) fn groups() -> Vec<StaffGroup<AppState, Access>> {
    let action = Action::SeeUsage;
    let group = Group::new(Access::Staff(action))
        .get("/v1/staff/usage", "This partner's metered uses, as central has them", usage)
        .get("/v1/staff/bills", "This partner's bills", bills)
        .get("/v1/staff/bills/{bill}", "One bill as a document", bill);
    vec![(action, group)]
}

async fn usage(State(state): State<AppState>, query: ListQuery) -> Result<Json<Page<UsageView>>, Refusal> {
    state.central.usage(query.after()).await.map(Json).map_err(refused)
}

async fn bills(State(state): State<AppState>, query: ListQuery) -> Result<Json<Page<BillRowView>>, Refusal> {
    state.central.bills(query.after()).await.map(Json).map_err(refused)
}

async fn bill(State(state): State<AppState>, Path(id): Path<String>) -> Result<Json<BillDocument>, Refusal> {
    let id: BillId = id.parse().map_err(|_| Refusal::not_found())?;
    match state.central.bill(id).await {
        Err(mpp_api::ApiError::Refused(problem)) if problem.status == 404 => Err(Refusal::not_found()),
        answer => answer.map(Json).map_err(refused),
    }
}

fn refused(error: mpp_api::ApiError) -> Refusal {
    refusal(&ClientError::Central(gateway::refused(error)))
}

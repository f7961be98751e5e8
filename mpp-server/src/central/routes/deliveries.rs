//! Notifications to client servers: the list, and doing a range of them again.

use axum::Json;
use axum::extract::State;
use mpp_api::central::{
    DeliveryRange, DeliveryRowView, DeliverySearchQuery, ReplayDeliveries, ReplayGroupView, ReplayPreviewView,
};
use mpp_api::{Page, ReplayedRangeView};
use mpp_services::central::{DeliverySearch, ReplayGroup, ReplayRange};
use mpp_services::{ParkedRange, ReplayConfirmed};
use mpp_staff::Action;

use super::super::refusals::refuse;
use super::supervision::{delivery_view, look, on_wire, wanted};
use super::{Access, App, Group};
use crate::desk::{StaffCaller, StaffGroup};
use crate::http::{Asked, JsonBody, Refusal};

/// The routes by what they take.
pub(super) fn groups() -> Vec<StaffGroup<App, Access>> {
    let of = |action, routes: fn(Group) -> Group| (action, routes(Group::new(Access::Operator(action))));
    vec![
        of(Action::SeeWork, |group| {
            group
                .get("/v1/operator/deliveries", "Notifications to client servers, newest first", deliveries)
                .get(
                    "/v1/operator/deliveries/replay",
                    "What delivering a range of parked notifications again would do",
                    preview,
                )
        }),
        of(Action::ReplayWork, |group| {
            group.post(
                "/v1/operator/deliveries/replay",
                "Delivers a range of parked notifications again, as previewed",
                replay,
            )
        }),
    ]
}

async fn deliveries(
    State(app): State<App>,
    Asked(query): Asked<DeliverySearchQuery>,
) -> Result<Json<Page<DeliveryRowView>>, Refusal> {
    let search = DeliverySearch {
        partner: wanted("partner", query.partner.as_deref())?,
        status: query.status,
        answer: wanted("answer", query.answer.as_deref())?,
        from: wanted("from", query.from.as_deref())?,
        to: wanted("to", query.to.as_deref())?,
    };
    let page = app
        .service
        .search_deliveries(&search, &look(query.after.as_deref(), query.limit)?)
        .await
        .map_err(refuse)?;
    Ok(Json(on_wire(page, delivery_view)))
}

async fn preview(
    State(app): State<App>,
    Asked(range): Asked<DeliveryRange>,
) -> Result<Json<ReplayPreviewView>, Refusal> {
    let preview = app.service.preview_replay(&range_of(range)).await.map_err(refuse)?;
    let group =
        |ReplayGroup { partner, reason, count }| ReplayGroupView { partner_id: partner, reason, count };
    Ok(Json(ReplayPreviewView {
        as_of: preview.as_of,
        count: preview.count,
        counted_to: preview.counted_to,
        groups: preview.groups.into_iter().map(group).collect(),
        first: preview.first.into_iter().map(delivery_view).collect(),
    }))
}

async fn replay(
    State(app): State<App>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<ReplayDeliveries>,
) -> Result<Json<ReplayedRangeView>, Refusal> {
    let confirmed = ReplayConfirmed { as_of: body.as_of, count: body.count };
    let done = app.service.replay_range(&range_of(body.range), confirmed, &staff.id).await.map_err(refuse)?;
    Ok(Json(ReplayedRangeView { replayed: done.replayed, remaining: done.remaining }))
}

fn range_of(range: DeliveryRange) -> ReplayRange {
    let DeliveryRange { partner, from, to, reason } = range;
    ReplayRange { partner, parked: ParkedRange { from, to, reason } }
}

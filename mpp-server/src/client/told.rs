//! Notifications to the application: the list, and doing a range of them again.

use axum::Json;
use axum::extract::State;
use mpp_api::client::{
    NewsRange, NewsReasonView, NewsReplayView, NewsRowView, NewsSearchQuery, ReplayNews, TestedWebhookView,
};
use mpp_api::{Page, ReplayedRangeView};
use mpp_core::DeliveryState;
use mpp_services::client::{NewsKind, NewsRow, NewsSearch};
use mpp_services::{ParkedRange, ReplayConfirmed};
use mpp_staff::Action;
use serde_json::Value;

use super::asked::{Asked, asked, wanted};
use super::refusals::refusal;
use super::routes::{Access, AppState, Group};
use super::staff::on_wire;
use crate::attempts::attempt_view;
use crate::desk::{StaffCaller, StaffGroup};
use crate::http::{JsonBody, Refusal, page_size};

/// How many notifications a page holds, or some more, unless the caller wants another number.
const PAGE: u32 = 100;

/// The routes by what they take.
pub(super) fn groups() -> Vec<StaffGroup<AppState, Access>> {
    let of = |action, routes: fn(Group) -> Group| (action, routes(Group::new(Access::Staff(action))));
    vec![
        of(Action::SeeWork, |group| {
            group
                .get("/v1/staff/news", "Notifications to the application, newest first, by filters", news)
                .get(
                    "/v1/staff/news/replay",
                    "What delivering a range of parked notifications again would do",
                    preview,
                )
        }),
        of(Action::ReplayWork, |group| {
            group.post(
                "/v1/staff/news/replay",
                "Delivers a range of parked notifications again, as previewed",
                replay,
            )
        }),
    ]
}

async fn news(
    State(state): State<AppState>,
    query: Asked<NewsSearchQuery>,
) -> Result<Json<Page<NewsRowView>>, Refusal> {
    let query = asked(query)?;
    let search = NewsSearch {
        status: query.status,
        kind: query.kind.map(kind_named).transpose()?,
        from: wanted("from", query.from.as_deref())?,
        to: wanted("to", query.to.as_deref())?,
    };
    let after = wanted("after", query.after.as_deref())?;
    let page = state
        .service
        .news_told(&search, after, page_size(query.limit, PAGE))
        .await
        .map_err(|error| refusal(&error))?;
    Ok(Json(on_wire(page, news_row)))
}

/// `POST /v1/staff/webhook/test`.
pub(super) async fn test_webhook(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(_): JsonBody<Value>,
) -> Result<Json<TestedWebhookView>, Refusal> {
    let tested = state.service.test_webhook(&staff.id).await.map_err(|error| refusal(&error))?;
    let (notification_id, attempt) = (tested.notification, attempt_view(tested.attempt));
    Ok(Json(TestedWebhookView { notification_id, attempt }))
}

fn kind_named(name: String) -> Result<NewsKind, Refusal> {
    serde_json::from_value(Value::String(name)).map_err(|_| Refusal::invalid_request("type is not valid"))
}

async fn preview(
    State(state): State<AppState>,
    range: Asked<NewsRange>,
) -> Result<Json<NewsReplayView>, Refusal> {
    let range = range_of(asked(range)?);
    let preview = state.service.preview_replay(&range).await.map_err(|error| refusal(&error))?;
    let reason = |(reason, count)| NewsReasonView { reason, count };
    Ok(Json(NewsReplayView {
        as_of: preview.as_of,
        count: preview.count,
        counted_to: preview.counted_to,
        reasons: preview.reasons.into_iter().map(reason).collect(),
        first: preview.first.into_iter().map(news_row).collect(),
    }))
}

async fn replay(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<ReplayNews>,
) -> Result<Json<ReplayedRangeView>, Refusal> {
    let confirmed = ReplayConfirmed { as_of: body.as_of, count: body.count };
    let done = state.service.replay_range(&range_of(body.range), confirmed, &staff.id).await;
    let done = done.map_err(|error| refusal(&error))?;
    Ok(Json(ReplayedRangeView { replayed: done.replayed, remaining: done.remaining }))
}

fn range_of(NewsRange { from, to, reason }: NewsRange) -> ParkedRange {
    ParkedRange { from, to, reason }
}

fn news_row(row: NewsRow) -> NewsRowView {
    let next_attempt_at = match row.delivery {
        Some(DeliveryState::Due { at, .. }) => Some(at),
        Some(DeliveryState::Delivered { .. } | DeliveryState::Parked { .. }) | None => None,
    };
    let kind = serde_json::to_value(row.news.kind).ok();
    NewsRowView {
        notification_id: row.news.id,
        kind: kind.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
        status: row.standing().to_owned(),
        case_ref: row.news.data.case_ref,
        occurred_at: row.news.occurred_at,
        next_attempt_at,
        attempts: row.attempts.into_iter().map(attempt_view).collect(),
    }
}

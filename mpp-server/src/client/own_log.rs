//! This server's own log of uses, and its signed copy.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, State};
use http::request::Parts;
use mpp_api::Page;
use mpp_api::client::{SendMonth, SentLogView};
use mpp_billing::{BillingMonth, OwnUseRow, UsageLogLine};
use mpp_services::client::SentUsageLog;
use mpp_staff::Action;
use serde::Deserialize;

use super::refusals::refusal;
use super::routes::{Access, AppState, Group};
use super::staff::on_wire;
use crate::desk::{StaffCaller, StaffGroup};
use crate::http::{CompactJws, Document, JsonBody, Refusal, page_size};

/// How many uses a page holds unless the caller wants another number.
const PAGE: u32 = 100;

/// The routes by what they take.
pub(super) fn groups() -> Vec<StaffGroup<AppState, Access>> {
    let seen = Group::new(Access::Staff(Action::SeeUsage))
        .get("/v1/staff/own-uses", "This server's own log of uses of one month", uses)
        .get("/v1/staff/own-uses/counts", "The same, counted by day", counts)
        .get("/v1/staff/usage-log", "The log of one month, signed by this server", signed);
    let sent = Group::new(Access::Staff(Action::ManageBilling)).post(
        "/v1/staff/usage-log",
        "Sends the signed log of one month to central",
        send,
    );
    vec![(Action::SeeUsage, seen), (Action::ManageBilling, sent)]
}

#[cfg(feature = "openapi")]
impl crate::openapi::Input for OfMonth {
    fn describe(operation: &mut crate::openapi::Operation<'_>) {
        operation.asks::<Self>();
    }
}

/// Which uses are wanted.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct OfMonth {
    /// The month, written `yyyy-mm`.
    month: BillingMonth,
    /// The cursor that the page before ended with, for lists.
    #[serde(default)]
    after: Option<String>,
    /// How many entries at most, for lists; 200 at most.
    #[serde(default)]
    limit: Option<u32>,
}

impl<S: Send + Sync> FromRequestParts<S> for OfMonth {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query: Result<Query<Self>, QueryRejection> = Query::from_request_parts(parts, state).await;
        let refused = |_| {
            Refusal::invalid_request(
                "the query names a month, written yyyy-mm, and no more than `after` and `limit`",
            )
        };
        query.map(|Query(query)| query).map_err(refused)
    }
}

async fn uses(State(state): State<AppState>, query: OfMonth) -> Result<Json<Page<UsageLogLine>>, Refusal> {
    let cursor = query.after.as_deref().map(str::parse).transpose();
    let cursor = cursor.map_err(|_| Refusal::invalid_request("`after` is not a cursor of this list"))?;
    let page = state
        .service
        .uses(query.month, cursor, page_size(query.limit, PAGE))
        .await
        .map_err(|error| refusal(&error))?;
    Ok(Json(on_wire(page, |line| line)))
}

async fn counts(State(state): State<AppState>, query: OfMonth) -> Result<Json<Vec<OwnUseRow>>, Refusal> {
    let counts = state.service.use_counts(query.month).await.map_err(|error| refusal(&error))?;
    Ok(Json(counts))
}

async fn signed(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    query: OfMonth,
) -> Result<Document<CompactJws>, Refusal> {
    let log = state.service.sign_usage_log(query.month, &staff.id).await.map_err(|error| refusal(&error))?;
    Ok(Document::new(String::from(log)))
}

async fn send(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<SendMonth>,
) -> Result<Json<SentLogView>, Refusal> {
    let sent = state.service.send_usage_log(body.month, &staff.id).await.map_err(|error| refusal(&error))?;
    Ok(Json(sent_log(&sent)))
}

const fn sent_log(sent: &SentUsageLog) -> SentLogView {
    SentLogView {
        sha256: sent.sha256,
        lines: sent.lines,
        matched: sent.matched,
        missing_at_central: sent.missing_at_central,
        missing_here: sent.missing_here,
        differs: sent.differs,
    }
}

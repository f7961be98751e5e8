//! Notifications to the application, as staff see them, and doing a range of them again.

use std::time::Duration;

use mpp_core::{CaseRef, NotificationId, Timestamp};
use serde::{Deserialize, Serialize};

use super::StaffClient;
use crate::address::{list, present, with_query};
use crate::{ApiError, AttemptView, Page, ReplayedRangeView};

/// Which notifications are wanted (`GET /v1/staff/news`). Every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewsSearchQuery {
    /// `due`, `delivered`, `parked`, or `kept` when there was no address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// That tell this: `consent.approved`, `data.failed`, ...
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// About what happened on this day in India or later, `yyyy-MM-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// About what happened on this day in India or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl NewsSearchQuery {
    /// The parts that say which and where, by name.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        present([
            ("status", &self.status),
            ("type", &self.kind),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
        ])
    }
}

/// A notification to the application (`GET /v1/staff/news`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewsRowView {
    /// The notification.
    pub notification_id: NotificationId,
    /// What it tells.
    #[serde(rename = "type")]
    pub kind: String,
    /// Of which case.
    pub case_ref: CaseRef,
    /// When that happened.
    pub occurred_at: Timestamp,
    /// `due`, `delivered`, `parked`, or `kept` when there was no address.
    pub status: String,
    /// When the next attempt is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// The attempts so far, oldest first.
    #[serde(default)]
    pub attempts: Vec<AttemptView>,
}

/// What became of a notification that tells of nothing (`POST /v1/staff/webhook/test`): its `type` is `test`, its `sequence` 0 and
/// its `data` empty, and it is signed like all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TestedWebhookView {
    /// The notification, as the application was told it.
    pub notification_id: NotificationId,
    /// How it went.
    pub attempt: AttemptView,
}

/// A range of notifications that were given up; every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewsRange {
    /// Given up at this instant or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Given up before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Given up with this reason: `receiver_refused`, `receiver_timed_out`, `receiver_unreachable` or `address_forbidden`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl NewsRange {
    fn address(&self) -> String {
        let parts = [
            ("from", self.from.map(|from| from.to_string())),
            ("to", self.to.map(|to| to.to_string())),
            ("reason", self.reason.clone()),
        ];
        with_query(REPLAY, &present(parts.each_ref().map(|(name, value)| (*name, value))))
    }
}

/// What a range holds (`GET /v1/staff/news/replay`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewsReplayView {
    /// When it was looked at.
    pub as_of: Timestamp,
    /// How many notifications.
    pub count: u64,
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// How many of them were given up why.
    pub reasons: Vec<NewsReasonView>,
    /// The first of them, 20 at most, in the order in which they are done again.
    pub first: Vec<NewsRowView>,
}

/// Notifications of a range that were given up for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NewsReasonView {
    /// Why they were given up.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// `POST /v1/staff/news/replay`: does a range again that was looked at, 1,000 at most in one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayNews {
    /// Which.
    pub range: NewsRange,
    /// When it was looked at: what was given up later is left alone.
    pub as_of: Timestamp,
    /// How many there were: no more than that are done again.
    pub count: u64,
}

const REPLAY: &str = "/v1/staff/news/replay";

impl StaffClient {
    /// Lists notifications to the application.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn news(&self, query: &NewsSearchQuery) -> Result<Page<NewsRowView>, ApiError> {
        self.0.get(&list("/v1/staff/news", &query.pairs(), query.limit), Duration::ZERO).await
    }

    /// Pushes a notification that tells of nothing to where notifications go, and says what became of it.
    ///
    /// # Errors
    /// See [`ApiError`]; `not_found` when there is no address.
    pub async fn test_webhook(&self, idempotency_key: &str) -> Result<TestedWebhookView, ApiError> {
        self.0.post("/v1/staff/webhook/test", idempotency_key, &()).await
    }

    /// What a range of notifications holds that were given up.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn preview_replay(&self, range: &NewsRange) -> Result<NewsReplayView, ApiError> {
        self.0.get(&range.address(), Duration::ZERO).await
    }

    /// Does a range again that was looked at.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn replay_news(
        &self,
        idempotency_key: &str,
        body: &ReplayNews,
    ) -> Result<ReplayedRangeView, ApiError> {
        self.0.post(REPLAY, idempotency_key, body).await
    }
}

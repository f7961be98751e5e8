//! Counts, fetches, deliveries and sources.

use mpp_core::{CaseRef, ConsentId, ConsentRequestId, FetchId, NotificationId, PartnerId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::AttemptView;
use crate::address::present;

/// Counts of a day (`GET /v1/operator/today`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TodayView {
    /// The day in India, `yyyy-MM-dd`.
    pub day: String,
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// Requests placed.
    pub requests: u64,
    /// Consents given.
    pub consents: u64,
    /// What was done under consents: `fetched`, `no_record`, `delivered`, `erased`, `expired`, `failed`.
    pub done: Vec<NamedCount>,
    /// What could not be fetched, by source, the most first: of the newest 500 failures.
    #[serde(default)]
    pub failures: Vec<NamedCount>,
    /// Requests whose link was not opened yet, of any day.
    pub unopened: u64,
    /// Requests that were opened and wait for the customer's decision, of any day.
    pub opened: u64,
    /// Notifications that were given up, of any day.
    pub parked_deliveries: u64,
    /// Parcels whose bytes or keys are still here.
    pub held: u64,
    /// Queues that hold work.
    pub queues: Vec<QueueView>,
}

/// A count and what it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NamedCount {
    /// What is counted.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// A queue that holds work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct QueueView {
    /// Its name.
    pub queue: String,
    /// Jobs that wait.
    pub waiting: u64,
    /// Jobs in hand.
    pub leased: u64,
    /// Jobs that wait for a person.
    pub parked: u64,
}

/// A provider's fetches by state (`GET /v1/operator/sources`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SourceView {
    /// The source.
    pub source: String,
    /// How many fetches are in which state.
    pub by_state: Vec<NamedCount>,
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// How the newest ones went, 200 at most.
    pub recent: RecentFetchesView,
}

/// How a provider's newest fetches went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RecentFetchesView {
    /// Fetches that were answered: with a document, or with "nobody like that".
    pub answered: u64,
    /// Fetches that came to nothing.
    pub failed: u64,
    /// Fetches that brought a document of which something is noticeable.
    #[serde(default)]
    pub marked: u64,
    /// How long the answered attempts took, in milliseconds: the median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_millis: Option<u64>,
    /// 95 of 100 took no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_millis: Option<u64>,
    /// 99 of 100 took no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_millis: Option<u64>,
}

/// Which fetches are wanted (`GET /v1/operator/fetches`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FetchSearchQuery {
    /// From this source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// In this state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// That brought a document of which this is noticeable: `outdated`, `undated`, `inexact_match` or `parts_missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<String>,
    /// That ended, or go on, on this day in India or later, `yyyy-MM-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// That ended, or go on, on this day in India or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl FetchSearchQuery {
    /// The parts that say which and where, by name.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        present([
            ("source", &self.source),
            ("status", &self.status),
            ("quality", &self.quality),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
        ])
    }
}

/// A fetch from a provider (`GET /v1/operator/fetches`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FetchRowView {
    /// The fetch.
    pub fetch_id: FetchId,
    /// The consent it rests on.
    pub consent_id: ConsentId,
    /// The request the consent answers.
    pub consent_request_id: ConsentRequestId,
    /// For whom.
    pub partner_id: PartnerId,
    /// From where.
    pub source: String,
    /// Its state.
    pub status: String,
    /// How often it was tried so far, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// When it ended, or when it goes on.
    pub at: Timestamp,
    /// The stable code of the failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is noticeable about the document that came: `outdated`, `undated`, `inexact_match`, `parts_missing`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<String>,
}

/// A notification to a client server (`GET /v1/operator/deliveries`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DeliveryRowView {
    /// The notification.
    pub notification_id: NotificationId,
    /// To whom.
    pub partner_id: PartnerId,
    /// Its place among the partner's notifications.
    pub sequence: u64,
    /// What it tells.
    #[serde(rename = "type")]
    pub kind: String,
    /// Of which request.
    pub consent_request_id: ConsentRequestId,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// When that happened.
    pub occurred_at: Timestamp,
    /// `due`, `delivered`, `parked`, or `polled` for partners that ask.
    pub status: String,
    /// When the next attempt is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// The attempts so far, oldest first.
    pub attempts: Vec<AttemptView>,
}

//! Notifications to client servers: which are wanted in the list, and doing a range of them again.

use std::time::Duration;

use mpp_core::{PartnerId, Timestamp};
use serde::{Deserialize, Serialize};

use super::DeliveryRowView;
use crate::address::{present, with_query};
use crate::central::OperatorClient;
use crate::{ApiError, ReplayedRangeView};

/// Which deliveries are wanted (`GET /v1/operator/deliveries`). Every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeliverySearchQuery {
    /// To this partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// `due`, `delivered`, `parked`, or `polled` for partners that ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Whose last attempt was answered like this: `2xx`, `3xx`, `4xx`, `5xx`, `timed_out`, `unreachable` or
    /// `forbidden_address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
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

impl DeliverySearchQuery {
    /// The parts that say which and where, by name.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        present([
            ("partner", &self.partner),
            ("status", &self.status),
            ("answer", &self.answer),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
        ])
    }
}

/// A range of notifications that were given up; every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeliveryRange {
    /// To this partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
    /// Given up at this instant or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Given up before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Given up with this reason: `refused`, `timed_out`, `unreachable` or `forbidden_address`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl DeliveryRange {
    fn address(&self) -> String {
        let parts = [
            ("partner", self.partner.map(|partner| partner.to_string())),
            ("from", self.from.map(|from| from.to_string())),
            ("to", self.to.map(|to| to.to_string())),
            ("reason", self.reason.clone()),
        ];
        with_query(REPLAY, &present(parts.each_ref().map(|(name, value)| (*name, value))))
    }
}

/// What a range holds (`GET /v1/operator/deliveries/replay`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReplayPreviewView {
    /// When it was looked at.
    pub as_of: Timestamp,
    /// How many notifications.
    pub count: u64,
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// How many of them to whom, given up why.
    pub groups: Vec<ReplayGroupView>,
    /// The first of them, 20 at most, in the order in which they are done again.
    pub first: Vec<DeliveryRowView>,
}

/// Notifications of a range to one partner that were given up for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReplayGroupView {
    /// To whom.
    pub partner_id: PartnerId,
    /// Why they were given up.
    pub reason: String,
    /// How many.
    pub count: u64,
}

/// `POST /v1/operator/deliveries/replay`: does a range again that was looked at, 1,000 at most in one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplayDeliveries {
    /// Which.
    pub range: DeliveryRange,
    /// When it was looked at: what was given up later is left alone.
    pub as_of: Timestamp,
    /// How many there were: no more than that are done again.
    pub count: u64,
}

const REPLAY: &str = "/v1/operator/deliveries/replay";

impl OperatorClient {
    /// What a range of notifications holds that were given up.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn preview_replay(&self, range: &DeliveryRange) -> Result<ReplayPreviewView, ApiError> {
        self.0.get(&range.address(), Duration::ZERO).await
    }

    /// Does a range again that was looked at.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn replay_deliveries(
        &self,
        idempotency_key: &str,
        body: &ReplayDeliveries,
    ) -> Result<ReplayedRangeView, ApiError> {
        self.0.post(REPLAY, idempotency_key, body).await
    }
}

//! This enterprise's own log of the uses it is billed for.

use std::time::Duration;

use mpp_billing::{BillingMonth, MOST_LOG_BYTES, OwnUseRow, UsageLogLine};
use mpp_core::Sha256Digest;
use serde::{Deserialize, Serialize};

use super::StaffClient;
use crate::{ApiError, Page, Place};

/// `POST /v1/staff/usage-log`: signs the log of a month and sends it to central.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendMonth {
    /// Which month, `yyyy-MM`.
    pub month: BillingMonth,
}

/// What central says of a log that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SentLogView {
    /// The digest of the signed text.
    pub sha256: Sha256Digest,
    /// How many uses it holds.
    pub lines: u64,
    /// How many are the same on both sides.
    pub matched: u64,
    /// How many central does not know.
    pub missing_at_central: u64,
    /// How many only central knows.
    pub missing_here: u64,
    /// How many are on both sides, but not the same.
    pub differs: u64,
}

impl StaffClient {
    /// What was used in a month, by day, product, source and unit, as this server wrote it down
    /// (`GET /v1/staff/own-uses/counts`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn own_use_counts(&self, month: BillingMonth) -> Result<Vec<OwnUseRow>, ApiError> {
        self.0.get(&format!("/v1/staff/own-uses/counts?month={month}"), Duration::ZERO).await
    }

    /// Every use of a month by itself (`GET /v1/staff/own-uses`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn own_uses(
        &self,
        month: BillingMonth,
        place: impl Into<Place<'_>> + Send,
    ) -> Result<Page<UsageLogLine>, ApiError> {
        let month = month.to_string();
        self.0.get(&place.into().on("/v1/staff/own-uses", &[("month", &month)]), Duration::ZERO).await
    }

    /// The log of a month that is over, signed with this server's registered key (`GET /v1/staff/usage-log`): a compact
    /// JWS.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn usage_log(&self, month: BillingMonth) -> Result<bytes::Bytes, ApiError> {
        let response = self.0.get_stream(&format!("/v1/staff/usage-log?month={month}")).await?;
        Ok(response.collect(MOST_LOG_BYTES).await?)
    }

    /// Signs the log of a month and sends it to central.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn send_usage_log(
        &self,
        idempotency_key: &str,
        month: BillingMonth,
    ) -> Result<SentLogView, ApiError> {
        self.0.post("/v1/staff/usage-log", idempotency_key, &SendMonth { month }).await
    }
}

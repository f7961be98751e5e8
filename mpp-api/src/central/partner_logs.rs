//! Signed logs of partners: brought by a partner's client server or by Moneyone's staff, held against central's log.

use std::time::Duration;

use mpp_billing::{BillingMonth, LogEntry, MOST_LOG_BYTES};
use mpp_core::{Kid, PartnerId, Sha256Digest, StaffId, Timestamp};
use serde::{Deserialize, Serialize};

use super::billing::ComparisonView;
use super::{OperatorClient, PartnerClient};
use crate::address::{present, with_query};
use crate::{ApiError, Page};

/// `POST /v1/partners/self/usage-logs`: a client server's log of a month, signed with its registered key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendUsageLog {
    /// Compact JWS by the client server's signing key, `typ` `mpp-usage-log+jwt`, over `UsageLog`.
    pub log: String,
}

impl std::fmt::Debug for SendUsageLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SendUsageLog").field("bytes", &self.log.len()).finish()
    }
}

/// `POST /v1/operator/partner-logs`: the same, brought by staff.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BringPartnerLog {
    /// Whose it must be; whoever signed it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<PartnerId>,
    /// Of which month it must be; of the one it names when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<BillingMonth>,
    /// The compact JWS.
    pub log: String,
}

impl std::fmt::Debug for BringPartnerLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BringPartnerLog")
            .field("partner_id", &self.partner_id)
            .field("month", &self.month)
            .field("bytes", &self.log.len())
            .finish()
    }
}

/// Which signed logs are wanted (`GET /v1/operator/partner-logs`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartnerLogQuery {
    /// Of this partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// Of this month, `yyyy-MM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A signed log that central keeps, and how it stands to central's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PartnerLogView {
    /// Whose.
    pub partner_id: PartnerId,
    /// Of which month.
    pub month: BillingMonth,
    /// The digest of the signed text.
    pub sha256: Sha256Digest,
    /// The partner's key it is signed with.
    pub kid: Kid,
    /// When it was signed, as it says itself.
    pub signed_at: Timestamp,
    /// When it was brought.
    pub taken_at: Timestamp,
    /// The member of Moneyone's staff who brought it; absent when the partner's client server did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<StaffId>,
    /// The length of the signed text.
    pub size_bytes: u64,
    /// How many uses it holds.
    pub lines: u64,
    /// How many are the same on both sides.
    pub matched: u64,
    /// How many only the partner knows.
    pub missing_here: u64,
    /// How many only central knows.
    pub missing_there: u64,
    /// How many are on both sides, but not the same.
    pub differs: u64,
    /// The digest of the log that it replaced, if one was here before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Sha256Digest>,
}

impl PartnerLogView {
    /// Whether both logs say the same.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        self.missing_here == 0 && self.missing_there == 0 && self.differs == 0
    }
}

/// A signed log with every line of both sides (`GET /v1/operator/partner-logs/{partner}/{month}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PartnerLogFileView {
    /// The log.
    pub log: PartnerLogView,
    /// The lines that are the same on both sides.
    pub matched: Vec<LogEntry>,
    /// The others: central's (here) and the partner's (there).
    pub comparison: ComparisonView,
}

impl PartnerClient {
    /// Sends the signed log of a month (`POST /v1/partners/self/usage-logs`). The same log again changes nothing.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn send_usage_log(&self, log: &SendUsageLog) -> Result<PartnerLogView, ApiError> {
        self.0.post("/v1/partners/self/usage-logs", "usage-log", log).await
    }
}

impl OperatorClient {
    /// Brings a partner's signed log. The same log again changes nothing.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn bring_partner_log(&self, log: &BringPartnerLog) -> Result<PartnerLogView, ApiError> {
        self.0.post("/v1/operator/partner-logs", "partner-log", log).await
    }

    /// Lists the signed logs that are kept, the newest first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn partner_logs(&self, query: &PartnerLogQuery) -> Result<Page<PartnerLogView>, ApiError> {
        let pairs = present([("partner", &query.partner), ("month", &query.month), ("after", &query.after)]);
        self.0.get(&with_query("/v1/operator/partner-logs", &pairs), Duration::ZERO).await
    }

    /// One of them, held against central's log.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn partner_log(
        &self,
        partner: PartnerId,
        month: BillingMonth,
    ) -> Result<PartnerLogFileView, ApiError> {
        self.0.get(&format!("/v1/operator/partner-logs/{partner}/{month}"), Duration::ZERO).await
    }

    /// The signed text itself.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn partner_log_text(
        &self,
        partner: PartnerId,
        month: BillingMonth,
    ) -> Result<bytes::Bytes, ApiError> {
        let path = format!("/v1/operator/partner-logs/{partner}/{month}/signed");
        Ok(self.0.get_stream(&path).await?.collect(MOST_LOG_BYTES).await?)
    }
}

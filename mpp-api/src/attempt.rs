//! Attempts at pushing a notification.

use mpp_core::Timestamp;
use serde::{Deserialize, Serialize};

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AttemptView {
    /// When it ended.
    pub at: Timestamp,
    /// `delivered`, `refused`, `timed_out`, `unreachable` or `forbidden_address`.
    pub outcome: String,
    /// The HTTP status, where the receiver answered with another than 2xx.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
}

//! Attempts at pushing a notification, as they are remembered beside it.

use mpp_core::{DeliveryFailure, Timestamp};
use serde::{Deserialize, Serialize};

/// One attempt at pushing a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeliveryAttempt {
    /// When it ended.
    pub at: Timestamp,
    /// Why it failed; absent when the receiver took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<DeliveryFailure>,
}

/// The most attempts that are remembered: three rounds of the schedule.
const MOST: usize = 27;

/// Remembers an attempt; of very many the latest are kept.
pub(crate) fn remember(attempts: &mut Vec<DeliveryAttempt>, attempt: DeliveryAttempt) {
    if attempts.len() >= MOST {
        attempts.remove(0);
    }
    attempts.push(attempt);
}

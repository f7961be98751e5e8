//! What every message has around its content.

use mpp_core::{Span, Timestamp, TxnId};
use serde::{Deserialize, Serialize};

use super::lenient::WireTime;
use crate::account_aggregator::AaErrorCode;

/// The version this adapter speaks.
pub(crate) const VERSION: &str = "2.0.0";

/// How far a message's timestamp may lie from now, either way.
const WINDOW: Span = Span::from_minutes(15);

/// Whether a message of `time` is of `now`.
pub(crate) fn is_of_now(time: Timestamp, now: Timestamp) -> bool {
    time.since(now) <= WINDOW && now.since(time) <= WINDOW
}

/// A request: envelope and content side by side.
#[derive(Serialize)]
pub(crate) struct Envelope<C> {
    ver: &'static str,
    timestamp: Timestamp,
    txnid: String,
    #[serde(flatten)]
    content: C,
}

impl<C> Envelope<C> {
    pub(crate) fn new(now: Timestamp, txnid: TxnId, content: C) -> Self {
        Self { ver: VERSION, timestamp: now, txnid: txnid.to_string(), content }
    }
}

/// The envelope of an answer. The artefact's answer has no timestamp, the heartbeat's no `txnid`.
#[derive(Deserialize)]
pub(crate) struct AnswerHead {
    pub(crate) ver: String,
    #[serde(default)]
    pub(crate) timestamp: Option<WireTime>,
    #[serde(default)]
    pub(crate) txnid: Option<String>,
}

/// The body of a refusal. `errorMsg` is not read: nothing is decided by it, and nobody vouches for what is in it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorBody {
    #[serde(default)]
    pub(crate) timestamp: Option<WireTime>,
    #[serde(default)]
    pub(crate) txnid: Option<String>,
    pub(crate) error_code: AaErrorCode,
}

/// The envelope of a message that came in; every member is checked by hand, in the order of the rules.
#[derive(Deserialize)]
pub(crate) struct InboundHead {
    #[serde(default)]
    pub(crate) ver: Option<String>,
    #[serde(default)]
    pub(crate) timestamp: Option<String>,
    #[serde(default)]
    pub(crate) txnid: Option<String>,
}

/// The answer to a notification that was taken.
#[derive(Serialize)]
pub(crate) struct OkAnswer {
    pub(crate) response: &'static str,
}

/// A refusal of ours.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefusalAnswer {
    pub(crate) ver: &'static str,
    pub(crate) timestamp: Timestamp,
    pub(crate) txnid: String,
    pub(crate) error_code: AaErrorCode,
    pub(crate) error_msg: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_a_quarter_of_an_hour_either_way() {
        let now = Timestamp::from_unix_millis(1_768_469_400_000).unwrap();
        assert!(is_of_now(now.minus(WINDOW), now));
        assert!(is_of_now(now.plus(WINDOW), now));
        assert!(!is_of_now(now.minus(WINDOW).minus(Span::from_millis(1)), now));
        assert!(!is_of_now(now.plus(WINDOW).plus(Span::from_millis(1)), now));
    }
}

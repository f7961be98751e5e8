//! The replay rule of §6.6: the same request again gets the same answer, another request under the same `txnid`
//! is refused.

use std::collections::{BTreeMap, VecDeque};

use axum::http::StatusCode;
use bytes::Bytes;
use mpp_core::{Span, Timestamp};

const REMEMBERED: Span = Span::from_minutes(30);
/// Larger answers are made again instead of kept.
const LARGEST_KEPT_BYTES: usize = 1 << 20;

/// An answer as it went out, before signing.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

#[derive(Debug)]
enum Outcome {
    Underway,
    Answered(Answer),
    NotKept,
}

#[derive(Debug)]
struct Seen {
    digest: [u8; 32],
    outcome: Outcome,
}

/// What the guard says about a request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Not seen before, or cheap to answer again.
    Proceed,
    /// Answered before.
    Repeat(Answer),
    /// The identifier was used for something else, or the first request is still being worked on.
    Conflict,
}

/// The requests seen in the last half hour.
#[derive(Debug, Default)]
pub(crate) struct ReplayGuard {
    seen: BTreeMap<String, Seen>,
    order: VecDeque<(Timestamp, String)>,
}

impl ReplayGuard {
    /// Judges a request of `caller` under `txnid`.
    pub(crate) fn enter(&mut self, caller: &str, txnid: &str, digest: [u8; 32], now: Timestamp) -> Verdict {
        self.forget_old(now);
        let key = format!("{caller} {txnid}");
        match self.seen.get(&key) {
            None => {
                self.order.push_back((now, key.clone()));
                self.seen.insert(key, Seen { digest, outcome: Outcome::Underway });
                Verdict::Proceed
            }
            Some(seen) if seen.digest != digest => Verdict::Conflict,
            Some(Seen { outcome: Outcome::Answered(answer), .. }) => Verdict::Repeat(answer.clone()),
            Some(Seen { outcome: Outcome::NotKept, .. }) => Verdict::Proceed,
            Some(Seen { outcome: Outcome::Underway, .. }) => Verdict::Conflict,
        }
    }

    /// Remembers how the request was answered. Failures of our own are not kept, so that a retry can succeed.
    pub(crate) fn leave(&mut self, caller: &str, txnid: &str, answer: &Answer) {
        if let Some(seen) = self.seen.get_mut(&format!("{caller} {txnid}")) {
            let kept = !answer.status.is_server_error() && answer.body.len() <= LARGEST_KEPT_BYTES;
            seen.outcome = if kept { Outcome::Answered(answer.clone()) } else { Outcome::NotKept };
        }
    }

    fn forget_old(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.order.front() {
            if at.plus(REMEMBERED) > now {
                break;
            }
            if let Some((_, key)) = self.order.pop_front() {
                self.seen.remove(&key);
            }
        }
    }
}

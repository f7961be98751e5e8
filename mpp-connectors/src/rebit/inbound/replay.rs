//! What to do with a message whose `txnid` was seen before (account-aggregator.md §6.6).

use std::collections::BTreeMap;

use mpp_core::{EntityId, Sha256Digest, Span, Timestamp, TxnId};
use serde::{Deserialize, Serialize};

use super::SignedAnswer;

/// How long an answered message is remembered: twice the window of timestamps, both ways.
pub const REPLAY_MEMORY: Span = Span::from_minutes(60);

/// A message that was answered: stored under its caller and `txnid`, in the same write as its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeenExchange {
    /// The digest of the message's bytes.
    pub body_digest: Sha256Digest,
    /// What was answered.
    pub answer: SignedAnswer,
    /// When.
    pub answered_at: Timestamp,
}

/// What to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayDecision<'a> {
    /// It is new: handle it.
    Fresh,
    /// It was answered before: answer the same again and do nothing else.
    Repeat(&'a SignedAnswer),
    /// Its `txnid` was used for other bytes: refuse it with [`super::Rejection::txnid_reused`].
    Conflict,
}

/// Decides about a message by what is remembered under its caller and `txnid`.
#[must_use]
pub fn decide_replay(seen: Option<&SeenExchange>, body_digest: Sha256Digest) -> ReplayDecision<'_> {
    match seen {
        None => ReplayDecision::Fresh,
        Some(seen) if seen.body_digest == body_digest => ReplayDecision::Repeat(&seen.answer),
        Some(_) => ReplayDecision::Conflict,
    }
}

/// Answered messages in memory, for receivers that need no more.
#[derive(Debug, Clone, Default)]
pub struct ReplayLedger {
    seen: BTreeMap<(EntityId, TxnId), SeenExchange>,
}

impl ReplayLedger {
    /// What to do with this message.
    #[must_use]
    pub fn decide(&self, caller: &EntityId, txnid: TxnId, body_digest: Sha256Digest) -> ReplayDecision<'_> {
        decide_replay(self.seen.get(&(caller.clone(), txnid)), body_digest)
    }

    /// Remembers an answered message, and forgets those beyond [`REPLAY_MEMORY`].
    pub fn remember(&mut self, caller: EntityId, txnid: TxnId, exchange: SeenExchange) {
        let now = exchange.answered_at;
        self.seen.retain(|_, seen| now.since(seen.answered_at) < REPLAY_MEMORY);
        self.seen.insert((caller, txnid), exchange);
    }
}

#[cfg(test)]
mod tests {
    use mpp_crypto::sha256;

    use super::*;

    fn exchange(body: &[u8], minute: i64) -> SeenExchange {
        let answer = SignedAnswer { status: 200, signature: "s".into(), body: "{}".into() };
        let answered_at = Timestamp::from_unix_millis(minute * 60_000).unwrap();
        SeenExchange { body_digest: sha256(body), answer, answered_at }
    }

    #[test]
    fn the_same_bytes_get_the_same_answer_and_other_bytes_a_conflict() {
        let mut ledger = ReplayLedger::default();
        let (aa, txnid): (EntityId, _) = ("AA-1".parse().unwrap(), TxnId::from_random([1; 16]));
        assert_eq!(ledger.decide(&aa, txnid, sha256(b"one")), ReplayDecision::Fresh);
        ledger.remember(aa.clone(), txnid, exchange(b"one", 0));
        let answer = exchange(b"one", 0).answer;
        assert_eq!(ledger.decide(&aa, txnid, sha256(b"one")), ReplayDecision::Repeat(&answer));
        assert_eq!(ledger.decide(&aa, txnid, sha256(b"two")), ReplayDecision::Conflict);
        let other = "AA-2".parse().unwrap();
        assert_eq!(ledger.decide(&other, txnid, sha256(b"two")), ReplayDecision::Fresh);
    }

    #[test]
    fn old_messages_are_forgotten() {
        let mut ledger = ReplayLedger::default();
        let aa: EntityId = "AA-1".parse().unwrap();
        let (old, new) = (TxnId::from_random([1; 16]), TxnId::from_random([2; 16]));
        ledger.remember(aa.clone(), old, exchange(b"one", 0));
        ledger.remember(aa.clone(), new, exchange(b"two", 59));
        assert_eq!(ledger.seen.len(), 2);
        ledger.remember(aa.clone(), new, exchange(b"two", 60));
        assert_eq!(ledger.decide(&aa, old, sha256(b"one")), ReplayDecision::Fresh);
    }
}

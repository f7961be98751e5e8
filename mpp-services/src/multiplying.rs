//! Many cases out of one, to see how a server does that holds very many: what central's copies and a client server's have
//! in common. For machines that are measured, and for nothing else.

use std::sync::atomic::{AtomicU64, Ordering};

use mpp_core::{CaseRef, Entropy, Span, Timestamp, draw};

/// How many cases are written in one commit.
pub(crate) const CASES_IN_A_BATCH: u64 = 100;
/// Over how many days the copies are spread, up to the present.
const DAYS: i64 = 300;

/// How much there is now that was not there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Multiplied {
    /// Consent requests.
    pub requests: u64,
    /// Consents.
    pub consents: u64,
    /// What was written of them besides: uses, metered uses, notifications, reads, leaves of the audit log.
    pub events: u64,
}

/// Gives each identifier drawn a greater number in front. The store then adds the copies at the end of its trees, as a loader
/// does, and not a page here and a page there, which takes ten times as long.
#[derive(Debug)]
pub(crate) struct InOrder<'a> {
    entropy: &'a dyn Entropy,
    drawn: AtomicU64,
}

impl<'a> InOrder<'a> {
    /// Begins behind everything drawn before this instant.
    pub(crate) fn from(entropy: &'a dyn Entropy, now: Timestamp) -> Self {
        // more than are drawn in a second, so that what an earlier call drew lies before
        let first = u64::try_from(now.as_unix_seconds()).unwrap_or(0);
        Self { entropy, drawn: AtomicU64::new(first.saturating_mul(1 << 17)) }
    }
}

impl Entropy for InOrder<'_> {
    fn fill(&self, buffer: &mut [u8]) {
        self.entropy.fill(buffer);
        // six bytes: behind them an identifier has its version
        let number = self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes().into_iter().skip(2);
        buffer.iter_mut().zip(number).for_each(|(byte, of_number)| *byte = of_number);
    }
}

/// When the copy of this number happened, of so many up to now.
pub(crate) fn spread(now: Timestamp, number: u64, of: u64) -> Timestamp {
    let whole = Span::from_days(DAYS).as_millis();
    let (number, of) = (i64::try_from(number).unwrap_or(0), i64::try_from(of.max(1)).unwrap_or(1));
    let passed = i128::from(whole).saturating_mul(i128::from(number)) / i128::from(of);
    let passed = i64::try_from(passed).unwrap_or(whole);
    now.minus(Span::from_millis(whole.saturating_sub(passed)))
}

/// The reference of a copy; `None` never, as long as such references may be made of these letters.
pub(crate) fn case_ref(entropy: &dyn Entropy) -> Option<CaseRef> {
    format!("COPY-{}", hex::encode(draw::<8>(entropy))).parse().ok()
}

#[cfg(test)]
mod tests {
    use mpp_testkit::SeededEntropy;

    use super::*;

    #[test]
    fn what_is_drawn_is_in_order_and_behind_what_was_drawn_a_second_before() {
        let entropy = SeededEntropy::new(1);
        let at = |seconds: i64| Timestamp::from_unix_millis(seconds * 1000).unwrap();
        let before = InOrder::from(&entropy, at(1_800_000_000));
        let after = InOrder::from(&entropy, at(1_800_000_001));
        let drawn = [draw::<16>(&before), draw::<16>(&before), draw::<16>(&after), draw::<16>(&after)];
        assert!(drawn.is_sorted(), "{drawn:?}");
        assert_ne!(drawn[0][6..], drawn[1][6..], "the rest is left to chance");
    }

    #[test]
    fn copies_are_spread_evenly_up_to_the_present() {
        let now = Timestamp::from_unix_millis(1_800_000_000_000).unwrap();
        assert_eq!(spread(now, 0, 3), now.minus(Span::from_days(300)));
        assert_eq!(spread(now, 1, 3), now.minus(Span::from_days(200)));
        assert_eq!(spread(now, 3, 3), now);
    }
}

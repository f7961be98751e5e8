//! A clock that stands until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};

use mpp_core::{Clock, Span, Timestamp};

/// A clock that stands until it is moved.
#[derive(Debug)]
pub struct HandClock(AtomicI64);

impl HandClock {
    /// A clock that shows `start`.
    #[must_use]
    pub const fn at_unix_millis(start: i64) -> Self {
        Self(AtomicI64::new(start))
    }

    /// A clock that shows 2026-01-15T09:25:00Z, the morning of the domain notes' examples.
    #[must_use]
    pub const fn new() -> Self {
        Self::at_unix_millis(1_768_469_100_000)
    }

    /// Moves the clock forward.
    pub fn advance(&self, span: Span) {
        self.0.fetch_add(span.as_millis(), Ordering::SeqCst);
    }

    /// Moves the clock back, as a machine's clock may jump.
    pub fn turn_back(&self, span: Span) {
        self.0.fetch_sub(span.as_millis(), Ordering::SeqCst);
    }
}

impl Default for HandClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
            .unwrap_or_else(|_| Timestamp::from_jiff(Default::default()))
    }
}

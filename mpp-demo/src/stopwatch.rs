//! How long things take: the demo's one way to the machine's monotonic clock.

use std::time::Instant;

/// This instant.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "durations are measured, nothing is decided by them")]
pub fn now() -> Instant {
    Instant::now()
}

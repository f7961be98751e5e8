//! The one place where the benchmark asks the machine for the time.

use std::time::Instant;

use mpp_core::Timestamp;

use crate::Failure;

/// A benchmark's own stopwatch.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures; nothing of the product sees it")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The time of day, for due times and leases.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures; nothing of the product sees it")]
pub(crate) fn today() -> Result<Timestamp, Failure> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(Timestamp::from_unix_millis(i64::try_from(since.as_millis())?)?)
}

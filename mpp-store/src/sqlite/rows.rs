//! From columns to values; an impossible value is an inconsistency, never a default.

use mpp_core::Timestamp;

use crate::{Inconsistency, Version};

pub(super) fn version(number: i64) -> Result<Version, Inconsistency> {
    unsigned("version", number).map(Version::from_number)
}

pub(super) fn unsigned(column: &'static str, number: i64) -> Result<u64, Inconsistency> {
    number.try_into().map_err(|_| Inconsistency::ImpossibleColumn { column })
}

pub(super) fn small<T: TryFrom<i64>>(column: &'static str, number: i64) -> Result<T, Inconsistency> {
    number.try_into().map_err(|_| Inconsistency::ImpossibleColumn { column })
}

pub(super) fn instant(column: &'static str, millis: i64) -> Result<Timestamp, Inconsistency> {
    Timestamp::from_unix_millis(millis).map_err(|_| Inconsistency::ImpossibleColumn { column })
}

pub(super) fn id<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T, Inconsistency> {
    text.parse().map_err(|_| Inconsistency::ImpossibleColumn { column })
}

/// A number for SQLite, which has signed ones only; larger ones cannot occur and are cut.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

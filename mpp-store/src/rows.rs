//! From columns to values; an impossible value is an inconsistency, never a default.

use mpp_core::Timestamp;

use crate::{Inconsistency, Version};

pub(crate) fn version(number: i64) -> Result<Version, Inconsistency> {
    unsigned("version", number).map(Version::from_number)
}

pub(crate) fn unsigned(column: &'static str, number: i64) -> Result<u64, Inconsistency> {
    number.try_into().map_err(|_| Inconsistency::ImpossibleColumn { column })
}

pub(crate) fn small<T: TryFrom<i64>>(column: &'static str, number: i64) -> Result<T, Inconsistency> {
    number.try_into().map_err(|_| Inconsistency::ImpossibleColumn { column })
}

pub(crate) fn instant(column: &'static str, millis: i64) -> Result<Timestamp, Inconsistency> {
    Timestamp::from_unix_millis(millis).map_err(|_| Inconsistency::ImpossibleColumn { column })
}

pub(crate) fn id<T: std::str::FromStr>(column: &'static str, text: &str) -> Result<T, Inconsistency> {
    text.parse().map_err(|_| Inconsistency::ImpossibleColumn { column })
}

/// A number for a database, which has signed ones only; larger ones cannot occur and are cut.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

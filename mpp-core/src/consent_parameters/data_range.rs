//! From when to when data reaches.

use serde::{Deserialize, Serialize};

use super::InvalidConsentParameters;
use crate::Timestamp;

/// From when to when the data reaches; `from` lies before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "RangeForm", into = "RangeForm")]
pub struct DataRange {
    from: Timestamp,
    to: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct RangeForm {
    from: Timestamp,
    to: Timestamp,
}

impl DataRange {
    /// The range between two instants.
    ///
    /// # Errors
    /// When `from` does not lie before `to`.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, InvalidConsentParameters> {
        if from < to { Ok(Self { from, to }) } else { Err(InvalidConsentParameters::RangeNotForward) }
    }

    /// The first instant of the range.
    #[must_use]
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// The last instant of the range.
    #[must_use]
    pub const fn to(self) -> Timestamp {
        self.to
    }

    /// Whether `other` lies wholly within this range.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

impl TryFrom<RangeForm> for DataRange {
    type Error = InvalidConsentParameters;

    fn try_from(form: RangeForm) -> Result<Self, InvalidConsentParameters> {
        Self::new(form.from, form.to)
    }
}

impl From<DataRange> for RangeForm {
    fn from(range: DataRange) -> Self {
        Self { from: range.from, to: range.to }
    }
}

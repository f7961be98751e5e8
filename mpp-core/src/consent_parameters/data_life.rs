//! How long a recipient may keep data.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A unit of `DataLife`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum DataLifeUnit {
    /// Calendar days.
    Day,
    /// Calendar months.
    Month,
    /// Calendar years.
    Year,
    /// Without end; the value is zero.
    Inf,
}

/// How long the recipient may keep the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DataLife {
    /// The unit.
    pub unit: DataLifeUnit,
    /// How many of the unit.
    pub value: u32,
}

impl DataLife {
    /// When data received at `received` must be gone; `None` when it may stay without end.
    #[must_use]
    pub fn ends(self, received: Timestamp) -> Option<Timestamp> {
        match self.unit {
            DataLifeUnit::Day => Some(received.plus_calendar(0, self.value)),
            DataLifeUnit::Month => Some(received.plus_calendar(self.value, 0)),
            DataLifeUnit::Year => Some(received.plus_calendar(self.value.saturating_mul(12), 0)),
            DataLifeUnit::Inf => None,
        }
    }
}

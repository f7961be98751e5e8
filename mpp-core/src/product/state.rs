//! The states of a product version; the table stands in the module above.

use serde::{Deserialize, Serialize};

use crate::{InvalidTransition, StaffId, Timestamp};

/// Where a product version stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ProductState {
    /// Written, not yet offered.
    Draft {
        /// By whom.
        author: StaffId,
    },
    /// Offered.
    Approved {
        /// Who wrote it.
        author: StaffId,
        /// Who else approved it.
        approver: StaffId,
        /// When.
        at: Timestamp,
    },
    /// No longer offered.
    Retired {
        /// Who wrote it.
        author: StaffId,
        /// Who approved it, where somebody did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approver: Option<StaffId>,
        /// Since when.
        at: Timestamp,
    },
}

impl ProductState {
    /// The machine's name.
    pub const MACHINE: &'static str = "product";
    /// Every state.
    pub const STATES: [&'static str; 3] = ["draft", "approved", "retired"];
    /// Every event.
    pub const EVENTS: [&'static str; 2] = ["approve", "retire"];

    /// The state's name.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self {
            Self::Draft { .. } => "draft",
            Self::Approved { .. } => "approved",
            Self::Retired { .. } => "retired",
        }
    }

    /// Who wrote the version.
    #[must_use]
    pub const fn author(&self) -> &StaffId {
        match self {
            Self::Draft { author } | Self::Approved { author, .. } | Self::Retired { author, .. } => author,
        }
    }

    /// Whether requests may be placed for the version.
    #[must_use]
    pub const fn is_approved(&self) -> bool {
        matches!(self, Self::Approved { .. })
    }

    pub(super) const fn is_draft(&self) -> bool {
        matches!(self, Self::Draft { .. })
    }

    pub(super) fn approve(self, approver: StaffId, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Draft { author } => Ok(Self::Approved { author, approver, at: now }),
            Self::Approved { .. } | Self::Retired { .. } => Err(self.refuse("approve")),
        }
    }

    pub(super) fn retire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Draft { author } => Ok(Self::Retired { author, approver: None, at: now }),
            Self::Approved { author, approver, .. } => {
                Ok(Self::Retired { author, approver: Some(approver), at: now })
            }
            Self::Retired { .. } => Err(self.refuse("retire")),
        }
    }

    const fn refuse(&self, event: &'static str) -> InvalidTransition {
        InvalidTransition::new(Self::MACHINE, self.state_name(), event)
    }
}

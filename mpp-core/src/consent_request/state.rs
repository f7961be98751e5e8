//! The states of a consent request; the table stands in the module above.

use serde::{Deserialize, Serialize};

use super::ItemDecision;
use crate::{DeviceId, InvalidTransition, Timestamp};

/// Where a consent request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ConsentRequestState {
    /// The link is waiting for the customer.
    Placed {
        /// From when on it no longer opens.
        expires_at: Timestamp,
    },
    /// The customer is looking at it.
    Opened {
        /// On which device.
        device: DeviceId,
        /// Since when.
        at: Timestamp,
        /// From when on it can no longer be decided.
        expires_at: Timestamp,
    },
    /// The customer has answered every item.
    Decided {
        /// On which device.
        device: DeviceId,
        /// The answers.
        decisions: Vec<ItemDecision>,
        /// When.
        at: Timestamp,
    },
    /// Run out undecided.
    Expired {
        /// On which device it was open, where it was opened: that device is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceId>,
        /// When this was noticed.
        at: Timestamp,
    },
    /// Taken back by the partner.
    Cancelled {
        /// On which device it was open, where it was opened: that device is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceId>,
        /// When.
        at: Timestamp,
    },
}

impl ConsentRequestState {
    /// The machine's name.
    pub const MACHINE: &'static str = "consent_request";
    /// Every state.
    pub const STATES: [&'static str; 5] = ["placed", "opened", "decided", "expired", "cancelled"];
    /// Every event.
    pub const EVENTS: [&'static str; 4] = ["open", "decide", "expire", "cancel"];

    /// The state's name.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self {
            Self::Placed { .. } => "placed",
            Self::Opened { .. } => "opened",
            Self::Decided { .. } => "decided",
            Self::Expired { .. } => "expired",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// The answers; empty before the decision.
    #[must_use]
    pub fn decisions(&self) -> &[ItemDecision] {
        match self {
            Self::Decided { decisions, .. } => decisions,
            Self::Placed { .. } | Self::Opened { .. } | Self::Expired { .. } | Self::Cancelled { .. } => &[],
        }
    }

    /// The customer opens the request on a device.
    ///
    /// # Errors
    /// When it has run out, was decided or cancelled, or is open on another device.
    pub fn open(self, device: DeviceId, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Placed { expires_at } | Self::Opened { expires_at, .. } if now >= expires_at => {
                Err(Self::refuse("expired", "open"))
            }
            Self::Placed { expires_at } => Ok(Self::Opened { device, at: now, expires_at }),
            Self::Opened { device: holder, .. } if holder == device => Ok(self),
            Self::Opened { .. } | Self::Decided { .. } | Self::Expired { .. } | Self::Cancelled { .. } => {
                Err(Self::refuse(self.state_name(), "open"))
            }
        }
    }

    pub(super) fn decide(
        self,
        decisions: Vec<ItemDecision>,
        now: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        match self {
            Self::Opened { expires_at, .. } if now >= expires_at => Err(Self::refuse("expired", "decide")),
            Self::Opened { device, .. } => Ok(Self::Decided { device, decisions, at: now }),
            Self::Placed { .. } | Self::Decided { .. } | Self::Expired { .. } | Self::Cancelled { .. } => {
                Err(Self::refuse(self.state_name(), "decide"))
            }
        }
    }

    /// Writes down that the request's time has run out.
    ///
    /// # Errors
    /// Before its expiry, and when it was decided or cancelled.
    pub fn expire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Placed { expires_at } if now >= expires_at => Ok(Self::Expired { device: None, at: now }),
            Self::Opened { device, expires_at, .. } if now >= expires_at => {
                Ok(Self::Expired { device: Some(device), at: now })
            }
            Self::Placed { .. }
            | Self::Opened { .. }
            | Self::Decided { .. }
            | Self::Expired { .. }
            | Self::Cancelled { .. } => Err(Self::refuse(self.state_name(), "expire")),
        }
    }

    /// The partner takes the request back.
    ///
    /// # Errors
    /// When it was decided, has run out or was cancelled before.
    pub fn cancel(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Placed { .. } => Ok(Self::Cancelled { device: None, at: now }),
            Self::Opened { device, .. } => Ok(Self::Cancelled { device: Some(device), at: now }),
            Self::Decided { .. } | Self::Expired { .. } | Self::Cancelled { .. } => {
                Err(Self::refuse(self.state_name(), "cancel"))
            }
        }
    }

    const fn refuse(state: &'static str, event: &'static str) -> InvalidTransition {
        InvalidTransition::new(Self::MACHINE, state, event)
    }
}

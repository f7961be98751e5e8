//! The states of a parcel; the table stands in the module above.

use serde::{Deserialize, Serialize};

use crate::{ErasureCause, ErasureReceiptId, InvalidTransition, Timestamp};

/// Where a parcel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ParcelState {
    /// Nothing has come yet.
    Expected,
    /// A part has come.
    Uploading {
        /// How many bytes.
        received_bytes: u64,
    },
    /// Complete; the partner has not been told yet.
    Available {
        /// Since when.
        at: Timestamp,
    },
    /// Complete, and the partner has been told.
    Notified {
        /// When.
        at: Timestamp,
    },
    /// The partner has acknowledged; to be erased.
    Collected {
        /// When.
        at: Timestamp,
    },
    /// Not collected in time; to be erased.
    Expired {
        /// When this was noticed.
        at: Timestamp,
    },
    /// The consent was withdrawn; to be erased.
    Revoked {
        /// When.
        at: Timestamp,
    },
    /// Gone for ever.
    Erased {
        /// The receipt that says so.
        receipt: ErasureReceiptId,
        /// Why.
        cause: ErasureCause,
        /// When.
        at: Timestamp,
    },
}

impl ParcelState {
    /// The machine's name.
    pub const MACHINE: &'static str = "parcel";
    /// Every state.
    pub const STATES: [&'static str; 8] =
        ["expected", "uploading", "available", "notified", "collected", "expired", "revoked", "erased"];
    /// Every event.
    pub const EVENTS: [&'static str; 8] =
        ["receive", "discard", "complete", "notify", "collect", "expire", "revoke", "erase"];

    /// The state's name.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Uploading { .. } => "uploading",
            Self::Available { .. } => "available",
            Self::Notified { .. } => "notified",
            Self::Collected { .. } => "collected",
            Self::Expired { .. } => "expired",
            Self::Revoked { .. } => "revoked",
            Self::Erased { .. } => "erased",
        }
    }

    /// Since when it stands so, once all of it has come.
    #[must_use]
    pub const fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Expected | Self::Uploading { .. } => None,
            Self::Available { at }
            | Self::Notified { at }
            | Self::Collected { at }
            | Self::Expired { at }
            | Self::Revoked { at }
            | Self::Erased { at, .. } => Some(*at),
        }
    }

    /// Whether the partner may download the parcel.
    #[must_use]
    pub const fn may_be_handed_out(&self) -> bool {
        matches!(self, Self::Available { .. } | Self::Notified { .. })
    }

    /// Why the parcel is to be erased or was; `None` while it is kept.
    #[must_use]
    pub const fn erasure_cause(&self) -> Option<ErasureCause> {
        match self {
            Self::Expected | Self::Uploading { .. } | Self::Available { .. } | Self::Notified { .. } => None,
            Self::Collected { .. } => Some(ErasureCause::Acknowledged),
            Self::Expired { .. } => Some(ErasureCause::Expired),
            Self::Revoked { .. } => Some(ErasureCause::Withdrawn),
            Self::Erased { cause, .. } => Some(*cause),
        }
    }

    pub(super) const fn may_still_grow(&self) -> bool {
        matches!(self, Self::Expected | Self::Uploading { .. })
    }

    /// More bytes have come: `received_bytes` of them so far.
    ///
    /// # Errors
    /// Unless expected or uploading.
    pub fn receive(self, received_bytes: u64) -> Result<Self, InvalidTransition> {
        match self {
            Self::Expected | Self::Uploading { .. } => Ok(Self::Uploading { received_bytes }),
            Self::Available { .. }
            | Self::Notified { .. }
            | Self::Collected { .. }
            | Self::Expired { .. }
            | Self::Revoked { .. }
            | Self::Erased { .. } => Err(self.refuse("receive")),
        }
    }

    /// The bytes that came are of no use: the upload begins anew.
    ///
    /// # Errors
    /// Unless uploading.
    pub fn discard(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Uploading { .. } => Ok(Self::Expected),
            Self::Expected
            | Self::Available { .. }
            | Self::Notified { .. }
            | Self::Collected { .. }
            | Self::Expired { .. }
            | Self::Revoked { .. }
            | Self::Erased { .. } => Err(self.refuse("discard")),
        }
    }

    /// All bytes are here. (What central seals itself goes from expected to available in one step.)
    ///
    /// # Errors
    /// Unless expected or uploading.
    pub fn complete(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Expected | Self::Uploading { .. } => Ok(Self::Available { at: now }),
            Self::Available { .. }
            | Self::Notified { .. }
            | Self::Collected { .. }
            | Self::Expired { .. }
            | Self::Revoked { .. }
            | Self::Erased { .. } => Err(self.refuse("complete")),
        }
    }

    /// The partner has been told.
    ///
    /// # Errors
    /// Unless available.
    pub fn notify(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Available { .. } => Ok(Self::Notified { at: now }),
            Self::Expected
            | Self::Uploading { .. }
            | Self::Notified { .. }
            | Self::Collected { .. }
            | Self::Expired { .. }
            | Self::Revoked { .. }
            | Self::Erased { .. } => Err(self.refuse("notify")),
        }
    }

    /// The partner acknowledged. (A partner that polls may do so before it was told.)
    ///
    /// # Errors
    /// Unless available or notified.
    pub fn collect(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Available { .. } | Self::Notified { .. } => Ok(Self::Collected { at: now }),
            Self::Expected
            | Self::Uploading { .. }
            | Self::Collected { .. }
            | Self::Expired { .. }
            | Self::Revoked { .. }
            | Self::Erased { .. } => Err(self.refuse("collect")),
        }
    }

    /// The parcel's time has run out.
    ///
    /// # Errors
    /// When it is collected, expired, revoked or erased.
    pub fn expire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Expected | Self::Uploading { .. } | Self::Available { .. } | Self::Notified { .. } => {
                Ok(Self::Expired { at: now })
            }
            Self::Collected { .. } | Self::Expired { .. } | Self::Revoked { .. } | Self::Erased { .. } => {
                Err(self.refuse("expire"))
            }
        }
    }

    /// The consent behind the parcel was withdrawn.
    ///
    /// # Errors
    /// When it is collected, expired, revoked or erased.
    pub fn revoke(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Expected | Self::Uploading { .. } | Self::Available { .. } | Self::Notified { .. } => {
                Ok(Self::Revoked { at: now })
            }
            Self::Collected { .. } | Self::Expired { .. } | Self::Revoked { .. } | Self::Erased { .. } => {
                Err(self.refuse("revoke"))
            }
        }
    }

    /// Keys and bytes are gone.
    ///
    /// # Errors
    /// Unless collected, expired or revoked.
    pub fn erase(self, receipt: ErasureReceiptId, now: Timestamp) -> Result<Self, InvalidTransition> {
        let cause = match self {
            Self::Collected { .. } => ErasureCause::Acknowledged,
            Self::Expired { .. } => ErasureCause::Expired,
            Self::Revoked { .. } => ErasureCause::Withdrawn,
            Self::Expected
            | Self::Uploading { .. }
            | Self::Available { .. }
            | Self::Notified { .. }
            | Self::Erased { .. } => return Err(self.refuse("erase")),
        };
        Ok(Self::Erased { receipt, cause, at: now })
    }

    const fn refuse(&self, event: &'static str) -> InvalidTransition {
        InvalidTransition::new(Self::MACHINE, self.state_name(), event)
    }
}

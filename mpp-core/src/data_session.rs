//! A data session at an Account Aggregator: from the request for financial information to its collection.
//!
//! | state | open | ready | partly_ready | fetch | fail | expire |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | requested | open | - | - | - | failed | expired |
//! | open | - | ready | partial | - | failed | expired |
//! | partial | - | ready | partial | fetched | failed | expired |
//! | ready | - | - | - | fetched | failed | expired |
//! | fetched | - | - | - | - | - | - |
//! | failed | - | - | - | - | - | - |
//! | expired | - | - | - | - | - | - |
//!
//! `ready` means that every account is ready or denied; `partly_ready` that some are and others still pend.

use serde::{Deserialize, Serialize};

use crate::{DataSessionId, InvalidTransition, Timestamp};

/// Why a data session came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSessionFailure {
    /// The Account Aggregator did not take the request.
    RequestRefused,
    /// The Account Aggregator reports the session as failed.
    SessionFailed,
    /// Every provider denied its accounts.
    AllDenied,
    /// No notification came within the hour the network allows.
    NoNotification,
    /// The key material ran out before the data came.
    KeyExpired,
    /// The data could not be opened or is not what was asked for.
    Unusable,
}

/// Where a data session stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum DataSessionState {
    /// The Account Aggregator has not answered yet.
    Requested {
        /// Since when.
        at: Timestamp,
    },
    /// The Account Aggregator is collecting.
    Open {
        /// What it calls the session.
        session: DataSessionId,
        /// Since when.
        at: Timestamp,
    },
    /// Some accounts are ready.
    Partial {
        /// What the Account Aggregator calls the session.
        session: DataSessionId,
        /// Since when.
        at: Timestamp,
    },
    /// Every account is ready or denied.
    Ready {
        /// What the Account Aggregator calls the session.
        session: DataSessionId,
        /// Since when.
        at: Timestamp,
    },
    /// The data is on the phone.
    Fetched {
        /// What the Account Aggregator called the session.
        session: DataSessionId,
        /// When.
        at: Timestamp,
    },
    /// Came to nothing.
    Failed {
        /// Why.
        reason: DataSessionFailure,
        /// When.
        at: Timestamp,
    },
    /// The data was not collected in time.
    Expired {
        /// When.
        at: Timestamp,
    },
}

impl DataSessionState {
    /// The machine's name.
    pub const MACHINE: &'static str = "data_session";
    /// Every state.
    pub const STATES: [&'static str; 7] =
        ["requested", "open", "partial", "ready", "fetched", "failed", "expired"];
    /// Every event.
    pub const EVENTS: [&'static str; 6] = ["open", "ready", "partly_ready", "fetch", "fail", "expire"];

    /// The state's name.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "requested",
            Self::Open { .. } => "open",
            Self::Partial { .. } => "partial",
            Self::Ready { .. } => "ready",
            Self::Fetched { .. } => "fetched",
            Self::Failed { .. } => "failed",
            Self::Expired { .. } => "expired",
        }
    }

    /// What the Account Aggregator calls the session, where it is known.
    #[must_use]
    pub const fn session(&self) -> Option<&DataSessionId> {
        match self {
            Self::Open { session, .. }
            | Self::Partial { session, .. }
            | Self::Ready { session, .. }
            | Self::Fetched { session, .. } => Some(session),
            Self::Requested { .. } | Self::Failed { .. } | Self::Expired { .. } => None,
        }
    }

    /// The Account Aggregator took the request.
    ///
    /// # Errors
    /// Unless requested.
    pub fn open(self, session: DataSessionId, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Requested { .. } => Ok(Self::Open { session, at: now }),
            Self::Open { .. }
            | Self::Partial { .. }
            | Self::Ready { .. }
            | Self::Fetched { .. }
            | Self::Failed { .. }
            | Self::Expired { .. } => Err(self.refuse("open")),
        }
    }

    /// Every account is ready or denied.
    ///
    /// # Errors
    /// Unless open or partial.
    pub fn ready(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Open { session, .. } | Self::Partial { session, .. } => {
                Ok(Self::Ready { session, at: now })
            }
            Self::Requested { .. }
            | Self::Ready { .. }
            | Self::Fetched { .. }
            | Self::Failed { .. }
            | Self::Expired { .. } => Err(self.refuse("ready")),
        }
    }

    /// Some accounts are ready, others still pend.
    ///
    /// # Errors
    /// Unless open or partial.
    pub fn partly_ready(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Open { session, .. } | Self::Partial { session, .. } => {
                Ok(Self::Partial { session, at: now })
            }
            Self::Requested { .. }
            | Self::Ready { .. }
            | Self::Fetched { .. }
            | Self::Failed { .. }
            | Self::Expired { .. } => Err(self.refuse("partly_ready")),
        }
    }

    /// The data was collected; what was not ready by then stays behind.
    ///
    /// # Errors
    /// Unless partial or ready.
    pub fn fetch(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Partial { session, .. } | Self::Ready { session, .. } => {
                Ok(Self::Fetched { session, at: now })
            }
            Self::Requested { .. }
            | Self::Open { .. }
            | Self::Fetched { .. }
            | Self::Failed { .. }
            | Self::Expired { .. } => Err(self.refuse("fetch")),
        }
    }

    /// The session came to nothing.
    ///
    /// # Errors
    /// When it is fetched, failed or expired.
    pub fn fail(self, reason: DataSessionFailure, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Requested { .. } | Self::Open { .. } | Self::Partial { .. } | Self::Ready { .. } => {
                Ok(Self::Failed { reason, at: now })
            }
            Self::Fetched { .. } | Self::Failed { .. } | Self::Expired { .. } => Err(self.refuse("fail")),
        }
    }

    /// The data was not collected in time.
    ///
    /// # Errors
    /// When it is fetched, failed or expired.
    pub fn expire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Requested { .. } | Self::Open { .. } | Self::Partial { .. } | Self::Ready { .. } => {
                Ok(Self::Expired { at: now })
            }
            Self::Fetched { .. } | Self::Failed { .. } | Self::Expired { .. } => Err(self.refuse("expire")),
        }
    }

    const fn refuse(&self, event: &'static str) -> InvalidTransition {
        InvalidTransition::new(Self::MACHINE, self.state_name(), event)
    }
}

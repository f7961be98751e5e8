//! The states of a fetch; the table stands in the module above.

use serde::{Deserialize, Serialize};

use super::{FetchFailure, ResumeToken};
use crate::{InvalidTransition, ParcelId, Timestamp};

/// Where a fetch stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ProviderFetchState {
    /// To be done.
    Scheduled {
        /// How many attempts there were before.
        attempts: u32,
        /// From when on.
        due: Timestamp,
    },
    /// Being done.
    Running {
        /// The number of this attempt, from 1.
        attempt: u32,
        /// Since when.
        since: Timestamp,
        /// What the provider gave for asking again, where it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<ResumeToken>,
    },
    /// The provider has taken the request and answers later.
    Waiting {
        /// How many attempts there were.
        attempts: u32,
        /// What to ask again with.
        token: ResumeToken,
        /// From when on to ask again.
        until: Timestamp,
    },
    /// The answer is sealed in a parcel.
    Sealed {
        /// Which.
        parcel: ParcelId,
        /// When.
        at: Timestamp,
    },
    /// The provider knows nobody with these particulars.
    NoRecord {
        /// When.
        at: Timestamp,
    },
    /// Came to nothing.
    Failed {
        /// Why.
        reason: FetchFailure,
        /// When.
        at: Timestamp,
    },
    /// No longer wanted, because the consent was withdrawn or ran out.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

impl ProviderFetchState {
    /// The machine's name.
    pub const MACHINE: &'static str = "provider_fetch";
    /// Every state.
    pub const STATES: [&'static str; 7] =
        ["scheduled", "running", "waiting", "sealed", "no_record", "failed", "cancelled"];
    /// Every event.
    pub const EVENTS: [&'static str; 7] =
        ["start", "seal", "find_nothing", "wait", "retry", "fail", "cancel"];

    /// A fetch not tried yet.
    #[must_use]
    pub const fn scheduled(due: Timestamp) -> Self {
        Self::Scheduled { attempts: 0, due }
    }

    /// The state's name.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self {
            Self::Scheduled { .. } => "scheduled",
            Self::Running { .. } => "running",
            Self::Waiting { .. } => "waiting",
            Self::Sealed { .. } => "sealed",
            Self::NoRecord { .. } => "no_record",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// A worker begins an attempt, or asks again.
    ///
    /// # Errors
    /// Unless scheduled or waiting.
    pub fn start(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Scheduled { attempts, .. } => {
                Ok(Self::Running { attempt: attempts.saturating_add(1), since: now, token: None })
            }
            Self::Waiting { attempts, token, .. } => {
                Ok(Self::Running { attempt: attempts.saturating_add(1), since: now, token: Some(token) })
            }
            Self::Running { .. }
            | Self::Sealed { .. }
            | Self::NoRecord { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => Err(self.refuse("start")),
        }
    }

    /// The answer was sealed into a parcel while it was read.
    ///
    /// # Errors
    /// Unless running.
    pub fn seal(self, parcel: ParcelId, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Running { .. } => Ok(Self::Sealed { parcel, at: now }),
            Self::Scheduled { .. }
            | Self::Waiting { .. }
            | Self::Sealed { .. }
            | Self::NoRecord { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => Err(self.refuse("seal")),
        }
    }

    /// The provider knows nobody with these particulars.
    ///
    /// # Errors
    /// Unless running.
    pub fn find_nothing(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Running { .. } => Ok(Self::NoRecord { at: now }),
            Self::Scheduled { .. }
            | Self::Waiting { .. }
            | Self::Sealed { .. }
            | Self::NoRecord { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => Err(self.refuse("find_nothing")),
        }
    }

    /// The provider answers later: to be asked again with `token` from `until` on.
    ///
    /// # Errors
    /// Unless running.
    pub fn wait(self, token: ResumeToken, until: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Running { attempt, .. } => Ok(Self::Waiting { attempts: attempt, token, until }),
            Self::Scheduled { .. }
            | Self::Waiting { .. }
            | Self::Sealed { .. }
            | Self::NoRecord { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => Err(self.refuse("wait")),
        }
    }

    /// The attempt failed in a way that may pass: to be done again from `due` on.
    ///
    /// # Errors
    /// Unless running.
    pub fn retry(self, due: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Running { attempt, token: None, .. } => Ok(Self::Scheduled { attempts: attempt, due }),
            // the provider has the request: asking it anew could count as a second enquiry
            Self::Running { attempt, token: Some(token), .. } => {
                Ok(Self::Waiting { attempts: attempt, token, until: due })
            }
            Self::Scheduled { .. }
            | Self::Waiting { .. }
            | Self::Sealed { .. }
            | Self::NoRecord { .. }
            | Self::Failed { .. }
            | Self::Cancelled { .. } => Err(self.refuse("retry")),
        }
    }

    /// The fetch came to nothing.
    ///
    /// # Errors
    /// Unless scheduled, running or waiting.
    pub fn fail(self, reason: FetchFailure, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Scheduled { .. } | Self::Running { .. } | Self::Waiting { .. } => {
                Ok(Self::Failed { reason, at: now })
            }
            Self::Sealed { .. } | Self::NoRecord { .. } | Self::Failed { .. } | Self::Cancelled { .. } => {
                Err(self.refuse("fail"))
            }
        }
    }

    /// The fetch is no longer wanted.
    ///
    /// # Errors
    /// Unless scheduled, running or waiting.
    pub fn cancel(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Scheduled { .. } | Self::Running { .. } | Self::Waiting { .. } => {
                Ok(Self::Cancelled { at: now })
            }
            Self::Sealed { .. } | Self::NoRecord { .. } | Self::Failed { .. } | Self::Cancelled { .. } => {
                Err(self.refuse("cancel"))
            }
        }
    }

    const fn refuse(&self, event: &'static str) -> InvalidTransition {
        InvalidTransition::new(Self::MACHINE, self.state_name(), event)
    }
}

//! The events of the machine; the table stands in the module above.

use super::{AaConsentFailure, AaConsentState, SignedConsent};
use crate::{AaConsentId, ConsentHandle, InvalidTransition, Timestamp};

impl AaConsentState {
    /// The Account Aggregator took the request.
    ///
    /// # Errors
    /// Unless drafted.
    pub fn raise(self, handle: ConsentHandle) -> Result<Self, InvalidTransition> {
        match self {
            Self::Drafted => Ok(Self::Pending { handle }),
            Self::Pending { .. }
            | Self::Granted { .. }
            | Self::Active { .. }
            | Self::Paused { .. }
            | Self::Revoked { .. }
            | Self::Expired { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. } => Err(self.refuse("raise")),
        }
    }

    /// The handle became ready: the customer has approved.
    ///
    /// # Errors
    /// Unless pending.
    pub fn grant(self, id: AaConsentId) -> Result<Self, InvalidTransition> {
        match self {
            Self::Pending { handle } => Ok(Self::Granted { handle, id }),
            Self::Drafted
            | Self::Granted { .. }
            | Self::Active { .. }
            | Self::Paused { .. }
            | Self::Revoked { .. }
            | Self::Expired { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. } => Err(self.refuse("grant")),
        }
    }

    /// The artefact was fetched and verified.
    ///
    /// # Errors
    /// Unless granted.
    pub fn activate(self, signed_consent: SignedConsent) -> Result<Self, InvalidTransition> {
        match self {
            Self::Granted { id, .. } => Ok(Self::Active { id, signed_consent }),
            Self::Drafted
            | Self::Pending { .. }
            | Self::Active { .. }
            | Self::Paused { .. }
            | Self::Revoked { .. }
            | Self::Expired { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. } => Err(self.refuse("activate")),
        }
    }

    /// The customer suspended the consent.
    ///
    /// # Errors
    /// Unless active.
    pub fn pause(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Active { id, signed_consent } => Ok(Self::Paused { id, signed_consent, at: now }),
            Self::Drafted
            | Self::Pending { .. }
            | Self::Granted { .. }
            | Self::Paused { .. }
            | Self::Revoked { .. }
            | Self::Expired { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. } => Err(self.refuse("pause")),
        }
    }

    /// The customer let the consent hold again.
    ///
    /// # Errors
    /// Unless paused.
    pub fn resume(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Paused { id, signed_consent, .. } => Ok(Self::Active { id, signed_consent }),
            Self::Drafted
            | Self::Pending { .. }
            | Self::Granted { .. }
            | Self::Active { .. }
            | Self::Revoked { .. }
            | Self::Expired { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. } => Err(self.refuse("resume")),
        }
    }

    /// The consent was withdrawn for ever, by the customer or because its account was delinked.
    ///
    /// # Errors
    /// Unless granted, active or paused.
    pub fn revoke(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Granted { id, .. } | Self::Active { id, .. } | Self::Paused { id, .. } => {
                Ok(Self::Revoked { id, at: now })
            }
            Self::Drafted
            | Self::Pending { .. }
            | Self::Revoked { .. }
            | Self::Expired { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. } => Err(self.refuse("revoke")),
        }
    }

    /// The request or the consent ran out.
    ///
    /// # Errors
    /// Unless pending, granted, active or paused.
    pub fn expire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Pending { .. } | Self::Granted { .. } | Self::Active { .. } | Self::Paused { .. } => {
                Ok(Self::Expired { at: now })
            }
            Self::Drafted
            | Self::Revoked { .. }
            | Self::Expired { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. } => Err(self.refuse("expire")),
        }
    }

    /// The customer said no.
    ///
    /// # Errors
    /// Unless pending.
    pub fn reject(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Pending { .. } => Ok(Self::Rejected { at: now }),
            Self::Drafted
            | Self::Granted { .. }
            | Self::Active { .. }
            | Self::Paused { .. }
            | Self::Revoked { .. }
            | Self::Expired { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. } => Err(self.refuse("reject")),
        }
    }

    /// The request came to nothing, or the artefact cannot be trusted.
    ///
    /// # Errors
    /// Unless drafted, pending or granted.
    pub fn fail(self, reason: AaConsentFailure, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Drafted | Self::Pending { .. } | Self::Granted { .. } => {
                Ok(Self::Failed { reason, at: now })
            }
            Self::Active { .. }
            | Self::Paused { .. }
            | Self::Revoked { .. }
            | Self::Expired { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. } => Err(self.refuse("fail")),
        }
    }
}

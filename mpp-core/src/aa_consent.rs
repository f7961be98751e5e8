//! A consent at an Account Aggregator as the private share service tracks it. The handle of the request is
//! not the consent: an approved handle stays ready for ever, whatever becomes of the consent
//! (account-aggregator.md §7).
//!
//! | state | raise | grant | activate | pause | resume | revoke | expire | reject | fail |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | drafted | pending | - | - | - | - | - | - | - | failed |
//! | pending | - | granted | - | - | - | - | expired | rejected | failed |
//! | granted | - | - | active | - | - | revoked | expired | - | failed |
//! | active | - | - | - | paused | - | revoked | expired | - | - |
//! | paused | - | - | - | - | active | revoked | expired | - | - |
//! | revoked | - | - | - | - | - | - | - | - | - |
//! | expired | - | - | - | - | - | - | - | - | - |
//! | rejected | - | - | - | - | - | - | - | - | - |
//! | failed | - | - | - | - | - | - | - | - | - |
//!
//! A granted consent whose artefact is not yet here cannot be paused: fetch the artefact first, its answer
//! tells whether it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AaConsentId, ConsentHandle, InvalidTransition, Timestamp};

/// The Account Aggregator's signed consent, a compact JWS. It names the customer and the accounts, so it is
/// stored sealed only and `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignedConsent(String);

impl SignedConsent {
    /// The signed consent with this JWS text.
    #[must_use]
    pub const fn new(jws: String) -> Self {
        Self(jws)
    }

    /// The compact JWS.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The third part of the JWS, which a data request names as the consent's `digitalSignature`.
    #[must_use]
    pub fn signature_part(&self) -> Option<&str> {
        self.0.rsplit_once('.').map(|(_, signature)| signature)
    }
}

impl fmt::Debug for SignedConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedConsent(hidden)")
    }
}

/// Why a consent at an Account Aggregator came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AaConsentFailure {
    /// The Account Aggregator did not take the request.
    RequestRefused,
    /// The Account Aggregator reports the handle as failed.
    HandleFailed,
    /// What came back is not what was asked: another consumer, wider terms, or a signature that does not hold.
    ArtefactUntrusted,
}

/// Where a consent at an Account Aggregator stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum AaConsentState {
    /// Not yet sent to the Account Aggregator.
    Drafted,
    /// The customer has not decided.
    Pending {
        /// What the Account Aggregator calls the request.
        handle: ConsentHandle,
    },
    /// Approved; the signed artefact is still to be fetched and verified.
    Granted {
        /// What the Account Aggregator calls the request.
        handle: ConsentHandle,
        /// What it calls the consent.
        id: AaConsentId,
    },
    /// The verified artefact is here; data may be requested.
    Active {
        /// What the Account Aggregator calls the consent.
        id: AaConsentId,
        /// The verified artefact.
        signed_consent: SignedConsent,
    },
    /// Suspended by the customer.
    Paused {
        /// What the Account Aggregator calls the consent.
        id: AaConsentId,
        /// The verified artefact.
        signed_consent: SignedConsent,
        /// Since when.
        at: Timestamp,
    },
    /// Withdrawn for ever.
    Revoked {
        /// What the Account Aggregator calls the consent.
        id: AaConsentId,
        /// When.
        at: Timestamp,
    },
    /// Run out, before or after the approval.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The customer said no.
    Rejected {
        /// When.
        at: Timestamp,
    },
    /// Came to nothing.
    Failed {
        /// Why.
        reason: AaConsentFailure,
        /// When.
        at: Timestamp,
    },
}

impl AaConsentState {
    /// The machine's name.
    pub const MACHINE: &'static str = "aa_consent";
    /// Every state.
    pub const STATES: [&'static str; 9] =
        ["drafted", "pending", "granted", "active", "paused", "revoked", "expired", "rejected", "failed"];
    /// Every event.
    pub const EVENTS: [&'static str; 9] =
        ["raise", "grant", "activate", "pause", "resume", "revoke", "expire", "reject", "fail"];

    /// The state's name.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Pending { .. } => "pending",
            Self::Granted { .. } => "granted",
            Self::Active { .. } => "active",
            Self::Paused { .. } => "paused",
            Self::Revoked { .. } => "revoked",
            Self::Expired { .. } => "expired",
            Self::Rejected { .. } => "rejected",
            Self::Failed { .. } => "failed",
        }
    }

    /// What the Account Aggregator calls the consent, once it is approved and while it can be withdrawn.
    #[must_use]
    pub const fn consent_id(&self) -> Option<&AaConsentId> {
        match self {
            Self::Granted { id, .. }
            | Self::Active { id, .. }
            | Self::Paused { id, .. }
            | Self::Revoked { id, .. } => Some(id),
            Self::Drafted
            | Self::Pending { .. }
            | Self::Expired { .. }
            | Self::Rejected { .. }
            | Self::Failed { .. } => None,
        }
    }

    const fn refuse(&self, event: &'static str) -> InvalidTransition {
        InvalidTransition::new(Self::MACHINE, self.state_name(), event)
    }
}

mod transitions;

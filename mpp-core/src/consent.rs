//! A consent of MPP's own: one customer, one partner, one source.
//!
//! | state | pause | resume | revoke | expire |
//! | --- | --- | --- | --- | --- |
//! | active | paused | - | revoked | expired |
//! | paused | - | active | revoked | expired |
//! | revoked | - | - | - | - |
//! | expired | - | - | - | - |
//!
//! On a [`Consent`], `expire` is refused before the consent's expiry, and `pause` and `resume` from then on;
//! withdrawing stays possible until the expiry has been written down.

use serde::{Deserialize, Serialize};

use crate::{
    ConsentArtefact, ConsentId, ConsentRequestId, FetchIntent, FetchPermit, InvalidTransition, PartnerId,
    ScopeViolation, Source, Timestamp,
};

/// Where a consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ConsentState {
    /// Data may be fetched within the terms.
    Active,
    /// The customer has suspended it; nothing may be fetched until it is resumed.
    Paused {
        /// Since when.
        at: Timestamp,
    },
    /// Withdrawn for ever.
    Revoked {
        /// When.
        at: Timestamp,
    },
    /// Run out.
    Expired {
        /// When this was noticed.
        at: Timestamp,
    },
}

impl ConsentState {
    /// The machine's name.
    pub const MACHINE: &'static str = "consent";
    /// Every state.
    pub const STATES: [&'static str; 4] = ["active", "paused", "revoked", "expired"];
    /// Every event.
    pub const EVENTS: [&'static str; 4] = ["pause", "resume", "revoke", "expire"];

    /// The state's name.
    #[must_use]
    pub const fn state_name(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused { .. } => "paused",
            Self::Revoked { .. } => "revoked",
            Self::Expired { .. } => "expired",
        }
    }

    /// The customer suspends the consent.
    ///
    /// # Errors
    /// Unless active.
    pub fn pause(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Active => Ok(Self::Paused { at: now }),
            Self::Paused { .. } | Self::Revoked { .. } | Self::Expired { .. } => Err(self.refuse("pause")),
        }
    }

    /// The customer lets the consent hold again.
    ///
    /// # Errors
    /// Unless paused.
    pub fn resume(self) -> Result<Self, InvalidTransition> {
        match self {
            Self::Paused { .. } => Ok(Self::Active),
            Self::Active | Self::Revoked { .. } | Self::Expired { .. } => Err(self.refuse("resume")),
        }
    }

    /// The consent is withdrawn for ever.
    ///
    /// # Errors
    /// Unless active or paused.
    pub fn revoke(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Active | Self::Paused { .. } => Ok(Self::Revoked { at: now }),
            Self::Revoked { .. } | Self::Expired { .. } => Err(self.refuse("revoke")),
        }
    }

    /// The consent's time has run out.
    ///
    /// # Errors
    /// Unless active or paused.
    pub fn expire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self {
            Self::Active | Self::Paused { .. } => Ok(Self::Expired { at: now }),
            Self::Revoked { .. } | Self::Expired { .. } => Err(self.refuse("expire")),
        }
    }

    const fn refuse(self, event: &'static str) -> InvalidTransition {
        InvalidTransition::new(Self::MACHINE, self.state_name(), event)
    }
}

/// A consent as central keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consent {
    /// The consent.
    pub id: ConsentId,
    /// The request it answers.
    pub request: ConsentRequestId,
    /// Who asked.
    pub partner: PartnerId,
    /// From where.
    pub source: Source,
    /// What was consented; it never changes, a change of terms is a new consent.
    pub artefact: ConsentArtefact,
    /// Where it stands.
    pub state: ConsentState,
}

impl Consent {
    /// The active consent that `artefact` gives.
    #[must_use]
    pub fn granted(request: ConsentRequestId, partner: PartnerId, artefact: ConsentArtefact) -> Self {
        let (id, source) = (artefact.consent, artefact.source.clone());
        Self { id, request, partner, source, artefact, state: ConsentState::Active }
    }

    /// Asks for permission to fetch; see [`ConsentArtefact::authorise`].
    ///
    /// # Errors
    /// What puts the intent outside the consent.
    pub fn authorise(
        &self,
        intent: &FetchIntent,
        uses_so_far: &[Timestamp],
        now: Timestamp,
    ) -> Result<FetchPermit, ScopeViolation> {
        self.artefact.authorise(&self.state, intent, uses_so_far, now)
    }

    /// Whether the consent's time has run out at `now`, written down or not.
    #[must_use]
    pub fn lapsed(&self, now: Timestamp) -> bool {
        now >= self.artefact.parameters.form().consent_expiry
    }

    /// The customer suspends the consent.
    ///
    /// # Errors
    /// Unless active and not run out.
    pub fn pause(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        self.refuse_if_lapsed("pause", now)?;
        Ok(Self { state: self.state.pause(now)?, ..self })
    }

    /// The customer lets the consent hold again.
    ///
    /// # Errors
    /// Unless paused and not run out.
    pub fn resume(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        self.refuse_if_lapsed("resume", now)?;
        Ok(Self { state: self.state.resume()?, ..self })
    }

    /// The consent is withdrawn for ever.
    ///
    /// # Errors
    /// When it already is withdrawn or expired.
    pub fn revoke(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.revoke(now)?, ..self })
    }

    /// Writes down that the consent's time has run out.
    ///
    /// # Errors
    /// Before its expiry, and when it already is withdrawn or expired.
    pub fn expire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        if !self.lapsed(now) {
            return Err(self.state.refuse("expire"));
        }
        Ok(Self { state: self.state.expire(now)?, ..self })
    }

    fn refuse_if_lapsed(&self, event: &'static str, now: Timestamp) -> Result<(), InvalidTransition> {
        match self.state {
            ConsentState::Active | ConsentState::Paused { .. } if self.lapsed(now) => {
                Err(InvalidTransition::new(ConsentState::MACHINE, "expired", event))
            }
            ConsentState::Active
            | ConsentState::Paused { .. }
            | ConsentState::Revoked { .. }
            | ConsentState::Expired { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::samples::{consent, intent, onetime_terms, start};

    #[test]
    fn a_lapsed_consent_can_be_withdrawn_but_not_paused_or_resumed() {
        let end = onetime_terms().consent_expiry;
        let paused = consent(onetime_terms()).pause(start()).unwrap();
        let refusal = InvalidTransition { machine: "consent", state: "expired", event: "resume" };
        assert_eq!(paused.clone().resume(end), Err(refusal));
        assert_eq!(consent(onetime_terms()).pause(end).unwrap_err().state, "expired");
        assert_eq!(paused.revoke(end).unwrap().state, ConsentState::Revoked { at: end });
    }

    #[test]
    fn a_consent_does_not_expire_early() {
        let early = onetime_terms().consent_expiry.minus(crate::Span::from_millis(1));
        assert_eq!(consent(onetime_terms()).expire(early).unwrap_err().state, "active");
    }

    #[test]
    fn a_resumed_consent_permits_again() {
        let terms = onetime_terms();
        let resumed = consent(terms.clone()).pause(start()).unwrap().resume(start()).unwrap();
        assert!(resumed.authorise(&intent(&terms), &[], start()).is_ok());
    }
}

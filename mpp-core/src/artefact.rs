//! The consent artefact: what one customer allowed, for one source and one recipient; and the only way to a
//! [`FetchPermit`].

mod permit;
mod scope;

use serde::{Deserialize, Serialize};

use crate::{
    AaConsentId, ArtefactId, ConsentId, ConsentParameters, ConsentState, CustomerRef, DeviceId, FetchType,
    Kid, PartnerId, PublicJwk, Source, Timestamp,
};

pub use permit::FetchPermit;
pub use scope::{FetchIntent, ScopeViolation};

/// Who may open the data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Recipient {
    /// A partner, by the key everything is sealed to.
    Partner {
        /// The partner.
        id: PartnerId,
        /// The name of the partner's envelope key. Another key is another recipient.
        envelope_kid: Kid,
    },
    /// The customer himself (a self consent, ReBIT's `DataConsumer` of type `USER`).
    Customer,
}

/// What a customer consented to; signed by central when issued and never changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentArtefact {
    /// The artefact.
    pub id: ArtefactId,
    /// The consent it gives.
    pub consent: ConsentId,
    /// From where data may be fetched.
    pub source: Source,
    /// Who may open it.
    pub recipient: Recipient,
    /// Whose data it is.
    pub customer: CustomerRef,
    /// The terms.
    pub parameters: ConsentParameters,
    /// The version of the notice that was shown.
    pub notice_version: u32,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The device on which it was approved, where it was approved on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// That device's public key, which vouches for what the device seals under this consent. An artefact of before does
    /// not name it, and neither does one that was not approved on a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<PublicJwk>,
    /// The Account Aggregator's own consent behind it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aa_consent: Option<AaConsentId>,
}

impl ConsentArtefact {
    /// Decides whether `intent` lies within this consent at `now`. `standing` is where the consent stands;
    /// `uses_so_far` are the times of all earlier fetches under it, in any order. This is the only way to a
    /// [`FetchPermit`].
    ///
    /// # Errors
    /// The first thing that puts the intent outside the consent: what can never change again first, what
    /// may pass with time last.
    pub fn authorise(
        &self,
        standing: &ConsentState,
        intent: &FetchIntent,
        uses_so_far: &[Timestamp],
        now: Timestamp,
    ) -> Result<FetchPermit, ScopeViolation> {
        self.check_standing(standing, now)?;
        self.check_scope(intent)?;
        self.check_uses(uses_so_far, now)?;
        Ok(FetchPermit::grant(self, intent, now))
    }

    fn check_standing(&self, standing: &ConsentState, now: Timestamp) -> Result<(), ScopeViolation> {
        let terms = self.parameters.form();
        let lapsed = now >= terms.consent_expiry;
        match standing {
            ConsentState::Revoked { .. } => Err(ScopeViolation::Revoked),
            ConsentState::Expired { .. } => Err(ScopeViolation::Expired),
            ConsentState::Active | ConsentState::Paused { .. } if lapsed => Err(ScopeViolation::Expired),
            ConsentState::Paused { .. } => Err(ScopeViolation::Paused),
            ConsentState::Active if now < terms.consent_start => Err(ScopeViolation::NotYetStarted),
            ConsentState::Active => Ok(()),
        }
    }

    fn check_scope(&self, intent: &FetchIntent) -> Result<(), ScopeViolation> {
        let terms = self.parameters.form();
        if intent.source != self.source {
            return Err(ScopeViolation::WrongSource);
        }
        if intent.recipient != self.recipient {
            return Err(ScopeViolation::WrongRecipient);
        }
        if intent.purpose != terms.purpose.code {
            return Err(ScopeViolation::PurposeDiffers);
        }
        if intent.consent_types.is_empty() || !intent.consent_types.is_subset(&terms.consent_types) {
            return Err(ScopeViolation::TypeNotConsented);
        }
        if !terms.data_range.covers(intent.range) {
            return Err(ScopeViolation::RangeTooWide);
        }
        Ok(())
    }

    fn check_uses(&self, uses_so_far: &[Timestamp], now: Timestamp) -> Result<(), ScopeViolation> {
        let terms = self.parameters.form();
        match terms.fetch_type {
            FetchType::Onetime if !uses_so_far.is_empty() => Err(ScopeViolation::AlreadyUsed),
            FetchType::Onetime => Ok(()),
            FetchType::Periodic => match terms.frequency.blocked_until(uses_so_far, now) {
                Some(again_at) => Err(ScopeViolation::TooFrequent { again_at }),
                None => Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests;

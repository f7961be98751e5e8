//! Permission to fetch, as a value nobody can make, copy or read from somewhere.

use std::collections::BTreeSet;

use super::{ConsentArtefact, FetchIntent, Recipient};
use crate::{
    AaConsentId, ArtefactId, ConsentId, ConsentParameters, ConsentType, CustomerRef, DataRange, Source, Span,
    Timestamp,
};

/// Permission for one fetch, at once. [`ConsentArtefact::authorise`] is its only constructor, and every call
/// that fetches or releases data takes one: an unconsented fetch does not compile.
///
/// It cannot be kept for later: not cloned,
/// ```compile_fail,E0599
/// fn twice(permit: mpp_core::FetchPermit) -> [mpp_core::FetchPermit; 2] {
///     [permit.clone(), permit]
/// }
/// ```
/// not read from a store or a message,
/// ```compile_fail,E0277
/// let permit: mpp_core::FetchPermit = serde_json::from_str("{}").unwrap();
/// ```
/// and not made by hand.
/// ```compile_fail,E0451
/// fn widen(permit: mpp_core::FetchPermit, range: mpp_core::DataRange) -> mpp_core::FetchPermit {
///     mpp_core::FetchPermit { range, ..permit }
/// }
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct FetchPermit {
    artefact: ArtefactId,
    consent: ConsentId,
    source: Source,
    recipient: Recipient,
    customer: CustomerRef,
    range: DataRange,
    consent_types: BTreeSet<ConsentType>,
    parameters: ConsentParameters,
    aa_consent: Option<AaConsentId>,
    granted_at: Timestamp,
    good_until: Timestamp,
}

impl FetchPermit {
    /// How long a permit is good: long enough to start a fetch, too short to outlive a withdrawal by much.
    pub const LIFETIME: Span = Span::from_minutes(5);

    pub(super) fn grant(artefact: &ConsentArtefact, intent: &FetchIntent, now: Timestamp) -> Self {
        let good_until = now.plus(Self::LIFETIME).min(artefact.parameters.form().consent_expiry);
        Self {
            artefact: artefact.id,
            consent: artefact.consent,
            source: artefact.source.clone(),
            recipient: artefact.recipient.clone(),
            customer: artefact.customer.clone(),
            range: intent.range,
            consent_types: intent.consent_types.clone(),
            parameters: artefact.parameters.clone(),
            aa_consent: artefact.aa_consent.clone(),
            granted_at: now,
            good_until,
        }
    }

    /// The artefact it rests on.
    #[must_use]
    pub const fn artefact(&self) -> ArtefactId {
        self.artefact
    }

    /// The consent it rests on.
    #[must_use]
    pub const fn consent(&self) -> ConsentId {
        self.consent
    }

    /// From where may be fetched.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// For whom.
    #[must_use]
    pub const fn recipient(&self) -> &Recipient {
        &self.recipient
    }

    /// Whose data.
    #[must_use]
    pub const fn customer(&self) -> &CustomerRef {
        &self.customer
    }

    /// From when to when the data may reach: the range asked for, not the wider one consented.
    #[must_use]
    pub const fn range(&self) -> DataRange {
        self.range
    }

    /// Which parts of the data: those asked for.
    #[must_use]
    pub const fn consent_types(&self) -> &BTreeSet<ConsentType> {
        &self.consent_types
    }

    /// The terms of the consent.
    #[must_use]
    pub const fn parameters(&self) -> &ConsentParameters {
        &self.parameters
    }

    /// The Account Aggregator's own consent, where there is one.
    #[must_use]
    pub const fn aa_consent(&self) -> Option<&AaConsentId> {
        self.aa_consent.as_ref()
    }

    /// When it was granted.
    #[must_use]
    pub const fn granted_at(&self) -> Timestamp {
        self.granted_at
    }

    /// The first instant at which it no longer is good.
    #[must_use]
    pub const fn good_until(&self) -> Timestamp {
        self.good_until
    }

    /// Whether it may still be used at `now`.
    #[must_use]
    pub fn still_good(&self, now: Timestamp) -> bool {
        self.granted_at <= now && now < self.good_until
    }
}

//! Consents: what is asked, what the customer gave.

use std::fmt;

use mpp_core::{
    AaConsentId, ConsentHandle, ConsentParameters, EntityId, FiType, FipId, LinkRefNumber, MobileNumber,
    SignedConsent, Timestamp, Vua,
};

/// Who receives the data (`DataConsumer`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consumer {
    /// The customer himself, at his own address: a self consent (type `USER`).
    Customer(Vua),
    /// A regulated receiver (type `FIU`).
    Fiu(EntityId),
}

/// A consent to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentDetail {
    consumer: Consumer,
    vua: Option<Vua>,
    mobile: Option<MobileNumber>,
    parameters: ConsentParameters,
}

impl ConsentDetail {
    /// A consent by which the customer at `vua` receives the data himself.
    #[must_use]
    pub fn self_consent(vua: Vua, parameters: ConsentParameters) -> Self {
        Self { consumer: Consumer::Customer(vua.clone()), mobile: vua.mobile(), vua: Some(vua), parameters }
    }

    /// A consent by which `fiu` receives the data of the customer at `vua`.
    #[must_use]
    pub fn for_fiu(fiu: EntityId, vua: Vua, parameters: ConsentParameters) -> Self {
        Self { consumer: Consumer::Fiu(fiu), mobile: vua.mobile(), vua: Some(vua), parameters }
    }

    /// A consent by which `fiu` receives the data of the customer with this number, whose address the
    /// Account Aggregator will tell.
    #[must_use]
    pub const fn for_fiu_by_mobile(
        fiu: EntityId,
        mobile: MobileNumber,
        parameters: ConsentParameters,
    ) -> Self {
        Self { consumer: Consumer::Fiu(fiu), mobile: Some(mobile), vua: None, parameters }
    }

    /// Who receives the data.
    #[must_use]
    pub const fn consumer(&self) -> &Consumer {
        &self.consumer
    }

    /// The customer's address, when it is known.
    #[must_use]
    pub const fn vua(&self) -> Option<&Vua> {
        self.vua.as_ref()
    }

    /// The customer's mobile number, when it is known.
    #[must_use]
    pub const fn mobile(&self) -> Option<&MobileNumber> {
        self.mobile.as_ref()
    }

    /// The terms.
    #[must_use]
    pub const fn parameters(&self) -> &ConsentParameters {
        &self.parameters
    }
}

/// A consent request the Account Aggregator took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedConsent {
    /// What the Account Aggregator calls the request.
    pub handle: ConsentHandle,
    /// The customer's address at the Account Aggregator.
    pub vua: Vua,
}

/// What became of a consent request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandleStatus {
    /// The customer has not decided.
    Pending,
    /// The customer approved: the consent has an id (READY or APPROVED).
    Ready {
        /// What the Account Aggregator calls the consent.
        consent: AaConsentId,
    },
    /// The customer said no.
    Rejected,
    /// The Account Aggregator could not complete the request.
    Failed,
    /// The customer did not decide in time.
    Expired,
}

/// Where a consent stands at the Account Aggregator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AaConsentStatus {
    /// Data may be requested.
    Active,
    /// Suspended.
    Paused,
    /// Withdrawn for ever.
    Revoked,
    /// Run out.
    Expired,
}

/// A change of a consent that its receiver may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsentChange {
    /// Suspend it.
    Pause,
    /// Let it hold again after a pause.
    Resume,
    /// Withdraw it for ever.
    Revoke,
}

/// An account the customer chose.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentedAccount {
    /// What kind of data it holds.
    pub fi_type: FiType,
    /// Who keeps it.
    pub fip: FipId,
    /// The kind of account, as the FIP names it (SAVINGS, CURRENT, ...).
    pub account_type: String,
    /// Its name at the Account Aggregator.
    pub link_ref: LinkRefNumber,
    /// Its number with most digits hidden.
    pub masked_number: String,
}

impl fmt::Debug for ConsentedAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentedAccount")
            .field("fi_type", &self.fi_type)
            .field("fip", &self.fip)
            .finish_non_exhaustive()
    }
}

/// A consent whose signature by the Account Aggregator holds and whose terms lie within what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedAaConsent {
    /// What the Account Aggregator calls it.
    pub id: AaConsentId,
    /// Where it stands now.
    pub status: AaConsentStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// The signed consent as it came, for keeping as evidence.
    pub signed_consent: SignedConsent,
    /// The third part of the signed consent, which every data request names.
    pub digital_signature: String,
    /// The customer.
    pub vua: Vua,
    /// The accounts the customer chose; may span FIPs.
    pub accounts: Vec<ConsentedAccount>,
    /// The terms as signed.
    pub parameters: ConsentParameters,
}

impl VerifiedAaConsent {
    /// Whether data may be requested under it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == AaConsentStatus::Active
    }
}

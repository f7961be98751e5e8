//! Why the client server refuses or cannot do something.

use mpp_core::{ApprovalError, Fault, InvalidProduct, InvalidTransition, Persistence};
use mpp_crypto::envelope::EnvelopeError;
use mpp_crypto::jws::JwsError;
use mpp_store::StoreError;

use super::gateway::GatewayError;
use super::normalised::NotNormalisable;
use super::origin::OriginFault;
use super::used::UsageLogTrouble;

/// The one error of the client role. Texts never name a customer and never repeat data.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The caller did not prove who it is.
    #[error("the caller did not prove who it is")]
    Unauthenticated,
    /// The caller's key may not do this.
    #[error("this key does not have the scope {0}")]
    ScopeMissing(&'static str),
    /// There is no such thing, or not for this caller.
    #[error("there is no such thing")]
    NotFound,
    /// A value is not what the interface asks for.
    #[error("{0} is not valid")]
    Invalid(&'static str),
    /// This server has enrolled no keys yet.
    #[error("this server is not enrolled at central yet")]
    NotEnrolled,
    /// This server has keys already: new ones take two persons.
    #[error("this server is enrolled: new keys are proposed by one person and approved by another")]
    KeysTakeTwo,
    /// Other new keys were proposed than those the caller saw.
    #[error("other new keys have been proposed meanwhile")]
    RotationMovedOn,
    /// The keys could not be enrolled.
    #[error("the enrolment does not hold: {0}")]
    Enrolment(EnrolmentFault),
    /// The product cannot be offered.
    #[error(transparent)]
    Product(#[from] InvalidProduct),
    /// The product version cannot be approved.
    #[error(transparent)]
    Approval(ApprovalError),
    /// Somebody else has drafted a version of the product meanwhile.
    #[error("somebody else has drafted a version of this product meanwhile")]
    ProductMovedOn,
    /// A newer version of the product is approved already.
    #[error("a newer version of this product is approved already")]
    ProductSuperseded,
    /// There is no approved version of the product that central knows.
    #[error("there is no approved version of this product that central knows")]
    ProductNotApproved,
    /// The product was retired.
    #[error("this product is retired")]
    ProductRetired,
    /// The customer has answered: the request can no longer be taken back.
    #[error("the customer has decided already")]
    RequestDecided,
    /// The request has run out: there is nothing to take back.
    #[error("the request has run out")]
    RequestExpired,
    /// The case reference belongs to another request.
    #[error("this case reference belongs to another request")]
    CaseRefTaken,
    /// The data was there and is no longer.
    #[error("the data was purged")]
    DataGone,
    /// The document has no normalised form.
    #[error(transparent)]
    NotNormalisable(#[from] NotNormalisable),
    /// The address must not be called.
    #[error("the address may not be used: {0}")]
    ForbiddenAddress(&'static str),
    /// A pushed notification is not from central, too old, or not understood.
    #[error("the notification is not accepted: {0}")]
    Notification(&'static str),
    /// A parcel is not what was announced.
    #[error("the parcel is not accepted: {0}")]
    Parcel(ParcelFault),
    /// Central's receipt of erasure does not hold.
    #[error("the erasure receipt does not hold: {0}")]
    Receipt(&'static str),
    /// There is no signed log of the month.
    #[error(transparent)]
    UsageLog(#[from] UsageLogTrouble),
    /// Central refused or did not answer.
    #[error(transparent)]
    Central(#[from] GatewayError),
    /// A record's state does not allow the step.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// Something could not be signed.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// The store did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The storage of documents did not do its part.
    #[error("the storage of documents: {0}")]
    Documents(DocumentsFault),
    /// A sealed field or key does not open.
    #[error("{0} cannot be sealed or opened")]
    Sealing(&'static str),
    /// What is stored contradicts itself.
    #[error("what is stored of {0} contradicts itself")]
    Inconsistent(&'static str),
}

/// Why an enrolment does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentFault {
    /// The challenge does not open with the key it should be sealed to.
    #[error("the challenge does not open")]
    Challenge,
    /// The key record is not signed by a key of central this server trusts.
    #[error("the key record is not signed by a trusted key of central")]
    Signer,
    /// The key record names another partner or key, or is not valid now.
    #[error("the key record does not fit this server's key")]
    KeyRecord,
}

/// Why a parcel is not accepted. It stays at central, is not acknowledged, and its job is parked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParcelFault {
    /// The bytes do not have the digest central gave.
    #[error("its bytes do not have the announced digest")]
    Digest,
    /// Its header names another partner, consent, parcel, source or purpose.
    #[error("its header names another {0} than announced")]
    Mismatch(&'static str),
    /// It does not open.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// It is not proven who sealed it.
    #[error(transparent)]
    Origin(#[from] OriginFault),
    /// The document inside is larger than this server takes.
    #[error("the document inside is too large")]
    TooLarge,
}

/// What went wrong with the storage of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentsFault {
    /// It does not answer.
    #[error("it does not answer")]
    Unavailable,
    /// What it holds is not what was stored.
    #[error("what it holds is not what was stored")]
    Damaged,
}

impl From<ApprovalError> for ClientError {
    fn from(error: ApprovalError) -> Self {
        match error {
            ApprovalError::Product(product) => Self::Product(product),
            other @ (ApprovalError::Transition(_) | ApprovalError::OwnWork) => Self::Approval(other),
        }
    }
}

impl From<ParcelFault> for ClientError {
    fn from(fault: ParcelFault) -> Self {
        Self::Parcel(fault)
    }
}

impl From<OriginFault> for ClientError {
    fn from(fault: OriginFault) -> Self {
        Self::Parcel(ParcelFault::Origin(fault))
    }
}

impl From<EnvelopeError> for ClientError {
    fn from(error: EnvelopeError) -> Self {
        Self::Parcel(ParcelFault::Envelope(error))
    }
}

impl From<EnrolmentFault> for ClientError {
    fn from(fault: EnrolmentFault) -> Self {
        Self::Enrolment(fault)
    }
}

impl ParcelFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Digest => "parcel_digest_differs",
            Self::Mismatch(_) => "parcel_of_another_context",
            Self::Envelope(EnvelopeError::UnknownKey { .. }) => "parcel_key_unknown",
            Self::Envelope(EnvelopeError::NotAnEnvelope | EnvelopeError::UnknownVersion) => {
                "parcel_not_an_envelope"
            }
            Self::Envelope(_) => "parcel_does_not_open",
            Self::Origin(fault) => fault.code(),
            Self::TooLarge => "document_too_large",
        }
    }
}

impl ClientError {
    /// The stable code for callers and for people looking at parked jobs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::ScopeMissing(_) => "scope_missing",
            Self::NotFound => "not_found",
            Self::Invalid(_) | Self::Store(StoreError::InvalidCursor) => "invalid_request",
            Self::NotEnrolled => "not_enrolled",
            Self::KeysTakeTwo => "keys_take_two",
            Self::RotationMovedOn => "rotation_moved_on",
            Self::Enrolment(_) => "enrolment_failed",
            Self::Product(error) => error.code(),
            Self::Approval(ApprovalError::OwnWork) => "same_person",
            Self::Approval(error) => error.code(),
            Self::ProductMovedOn => "product_moved_on",
            Self::ProductSuperseded => "product_superseded",
            Self::ProductNotApproved => "product_not_approved",
            Self::ProductRetired => "product_retired",
            Self::RequestDecided => "request_decided",
            Self::RequestExpired => "request_expired",
            Self::CaseRefTaken => "case_ref_taken",
            Self::DataGone => "data_gone",
            Self::NotNormalisable(_) => "not_normalisable",
            Self::ForbiddenAddress(_) => "address_forbidden",
            Self::Notification(_) => "notification_not_accepted",
            Self::Parcel(fault) => fault.code(),
            Self::Receipt(_) => "erasure_receipt_invalid",
            Self::UsageLog(trouble) => trouble.code(),
            Self::Central(error) => error.code(),
            Self::Transition(error) => error.code(),
            Self::Jws(_) | Self::Store(_) | Self::Documents(_) | Self::Sealing(_) | Self::Inconsistent(_) => {
                "internal"
            }
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Central(error) => error.persistence(),
            Self::Jws(error) => error.persistence(),
            Self::Documents(DocumentsFault::Unavailable) => Persistence::Temporary,
            // the caller's decision was made on what has changed since: deciding again may succeed
            Self::Store(error) if error.is_conflict() => Persistence::Temporary,
            Self::Store(error) => error.persistence(),
            Self::Unauthenticated
            | Self::ScopeMissing(_)
            | Self::NotFound
            | Self::Invalid(_)
            | Self::NotEnrolled
            | Self::KeysTakeTwo
            | Self::RotationMovedOn
            | Self::Enrolment(_)
            | Self::Product(_)
            | Self::Approval(_)
            | Self::ProductMovedOn
            | Self::ProductSuperseded
            | Self::ProductNotApproved
            | Self::ProductRetired
            | Self::RequestDecided
            | Self::RequestExpired
            | Self::CaseRefTaken
            | Self::DataGone
            | Self::NotNormalisable(_)
            | Self::ForbiddenAddress(_)
            | Self::Notification(_)
            | Self::Parcel(_)
            | Self::Receipt(_)
            | Self::UsageLog(_)
            | Self::Transition(_)
            | Self::Documents(DocumentsFault::Damaged)
            | Self::Sealing(_)
            | Self::Inconsistent(_) => Persistence::Permanent,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Central(_) | Self::Parcel(_) | Self::Receipt(_) | Self::Enrolment(_) => Fault::Peer,
            Self::Jws(_) | Self::Store(_) | Self::Documents(_) | Self::Sealing(_) | Self::Inconsistent(_) => {
                Fault::Ourselves
            }
            Self::Unauthenticated
            | Self::ScopeMissing(_)
            | Self::NotFound
            | Self::Invalid(_)
            | Self::NotEnrolled
            | Self::KeysTakeTwo
            | Self::RotationMovedOn
            | Self::Product(_)
            | Self::Approval(_)
            | Self::ProductMovedOn
            | Self::ProductSuperseded
            | Self::ProductNotApproved
            | Self::ProductRetired
            | Self::RequestDecided
            | Self::RequestExpired
            | Self::CaseRefTaken
            | Self::DataGone
            | Self::NotNormalisable(_)
            | Self::ForbiddenAddress(_)
            | Self::Notification(_)
            | Self::UsageLog(_)
            | Self::Transition(_) => Fault::Caller,
        }
    }

    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

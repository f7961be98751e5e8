//! Why central refuses or cannot do something.

use mpp_core::{
    DecisionError, Fault, InvalidGstin, InvalidProduct, InvalidTransition, Persistence, ScopeViolation,
};
use mpp_crypto::jws::JwsError;
use mpp_store::StoreError;

use super::billing::BillingRefusal;

/// The one error of the central role. Texts never name a customer.
#[derive(Debug, thiserror::Error)]
pub enum CentralError {
    /// There is no such thing, or not for this caller. Which of the two is not told.
    #[error("there is no such thing, or not for this caller")]
    NotFound,
    /// A value is not what the interface asks for.
    #[error("{0} is not valid")]
    Invalid(&'static str),
    /// The tax registration number is not one.
    #[error(transparent)]
    Gstin(#[from] InvalidGstin),
    /// The enrolment token is unknown, used or too old.
    #[error("the enrolment token is not valid")]
    EnrolmentToken,
    /// The offered keys do not prove themselves.
    #[error("the offered keys do not prove themselves")]
    EnrolmentProof,
    /// The challenge is unknown or too old, or the answer is wrong.
    #[error("the challenge was not met")]
    EnrolmentChallenge,
    /// A key of this name is enrolled already.
    #[error("a key of this name is enrolled already")]
    KeyTaken,
    /// The partner is suspended.
    #[error("the partner is suspended")]
    PartnerSuspended,
    /// The partner has enrolled no keys yet.
    #[error("the partner has enrolled no keys yet")]
    PartnerNotEnrolled,
    /// The partner's envelope key is no longer valid.
    #[error("the partner's envelope key is no longer valid")]
    PartnerKeyExpired,
    /// The product cannot be offered.
    #[error(transparent)]
    Product(#[from] InvalidProduct),
    /// The product version is not approved by a second person.
    #[error("the product version is not approved")]
    ProductNotApproved,
    /// The product version was published before with other content, or a newer one was.
    #[error("the product version was published before with other content, or a newer one was")]
    ProductVersionTaken,
    /// There is no approved version of the product.
    #[error("there is no approved version of this product")]
    ProductUnknown,
    /// The product was retired: nobody is asked for it any more.
    #[error("the product is retired: ask under another product")]
    ProductRetired,
    /// The product names a source central does not know.
    #[error("the product names a source central does not know")]
    SourceUnknown,
    /// The customer's particulars lack something a source needs.
    #[error("the customer's particulars lack the {0} that a source needs")]
    ParticularsMissing(&'static str),
    /// The partner used this case reference for another request.
    #[error("this case reference belongs to another request")]
    CaseRefTaken,
    /// The link is unknown.
    #[error("the link is not known")]
    LinkUnknown,
    /// The link was opened on another device.
    #[error("the link was used on another device")]
    LinkUsed,
    /// The link is too old.
    #[error("the link has expired")]
    LinkExpired,
    /// The partner took the request back.
    #[error("the enterprise has taken this request back")]
    RequestCancelled,
    /// The customer has answered: the request can no longer be taken back.
    #[error("the customer has decided already: ask the customer to withdraw the consent")]
    RequestDecided,
    /// The request has run out: there is nothing to take back.
    #[error("the request has run out: there is nothing to take back")]
    RequestExpired,
    /// The device's proof of its key does not hold.
    #[error("the device's proof of its key does not hold")]
    DeviceProof,
    /// The approval is not signed by the device the request is open on, or is for something else.
    #[error("the approval does not hold: {0}")]
    Approval(ApprovalFault),
    /// The decisions do not fit the request.
    #[error(transparent)]
    Decision(#[from] DecisionError),
    /// The request was decided otherwise.
    #[error("the request was decided otherwise")]
    AlreadyDecided,
    /// The consent does not cover it.
    #[error(transparent)]
    Scope(#[from] ScopeViolation),
    /// The step is not possible as things stand.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// The parcel was announced before with other content.
    #[error("the parcel was announced before with other content")]
    ParcelDiffers,
    /// The parcel is larger than central takes.
    #[error("a parcel may have {limit_bytes} bytes at most")]
    ParcelTooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// The parcel is sealed to another key than the consent names.
    #[error("the parcel is sealed to another key than the consent names")]
    ParcelKey,
    /// The parcel is not complete yet.
    #[error("the parcel is not complete yet")]
    ParcelNotReady,
    /// The parcel is no longer here.
    #[error("the parcel is no longer here")]
    ParcelGone,
    /// The bytes do not begin where the upload stands.
    #[error("the upload stands at byte {expected}")]
    UploadOffset {
        /// The next byte expected.
        expected: u64,
    },
    /// More bytes in one request than central takes, or more than announced.
    #[error("too many bytes in one request, or more than announced")]
    UploadTooLarge,
    /// The upload ended before all announced bytes came.
    #[error("the upload ended before all announced bytes came")]
    UploadTruncated,
    /// The bytes do not have the announced digest; the upload begins anew.
    #[error("the bytes do not have the announced digest; the upload begins anew")]
    UploadDigest,
    /// The bytes are not an envelope for this partner, consent and parcel; the upload begins anew.
    #[error("the bytes are not an envelope for this parcel; the upload begins anew")]
    UploadEnvelope,
    /// The device does not say that it sealed this very parcel, as the consent's artefact asks for.
    #[error("the device's statement that it sealed the parcel is missing or does not hold")]
    SenderStatement,
    /// The acknowledgement is not signed by the partner, or is for something else.
    #[error("the acknowledgement does not hold")]
    Acknowledgement,
    /// The notification address may not be called.
    #[error("the notification address may not be called")]
    NotificationAddress,
    /// A partner needs one to twenty contacts, each an address of electronic mail.
    #[error("contacts are one to twenty e-mail addresses")]
    ContactAddress,
    /// Prices, bills or the comparison of logs.
    #[error(transparent)]
    Billing(#[from] BillingRefusal),
    /// The notification was not given up.
    #[error("only a notification that was given up can be replayed")]
    NotParked,
    /// What is stored does not fit together.
    #[error("what is stored does not fit together: {0}")]
    Inconsistent(&'static str),
    /// The store refuses or does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The storage of parcels or their keys does not answer.
    #[error("the parcel storage failed")]
    Parcels(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something could not be signed, sealed or written.
    #[error("cryptography failed: {0}")]
    Crypto(&'static str),
}

/// What is wrong with an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalFault {
    /// It is not signed by this device.
    #[error("it is not signed by this device")]
    Signature,
    /// It is for another request or names another device.
    #[error("it is for another request or device")]
    Subject,
    /// It is for another screen than the one that was sent.
    #[error("it is for another screen")]
    Screen,
    /// It is for another version of the notice.
    #[error("it is for another notice")]
    Notice,
    /// Its time is too far from now.
    #[error("its time is too far from now")]
    Time,
}

impl ApprovalFault {
    const fn code(self) -> &'static str {
        match self {
            Self::Signature => "approval_signature_invalid",
            Self::Subject => "approval_subject_differs",
            Self::Screen => "approval_screen_differs",
            Self::Notice => "approval_notice_differs",
            Self::Time => "approval_time_differs",
        }
    }
}

impl CentralError {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Invalid(_) => "invalid_request",
            Self::Gstin(_) => "gstin_invalid",
            Self::EnrolmentToken => "enrolment_token_invalid",
            Self::EnrolmentProof => "enrolment_proof_invalid",
            Self::EnrolmentChallenge => "enrolment_challenge_failed",
            Self::KeyTaken => "key_taken",
            Self::PartnerSuspended => "partner_suspended",
            Self::PartnerNotEnrolled => "partner_not_enrolled",
            Self::PartnerKeyExpired => "partner_key_expired",
            Self::Product(error) => error.code(),
            Self::ProductNotApproved => "product_not_approved",
            Self::ProductVersionTaken => "product_version_taken",
            Self::ProductUnknown => "product_unknown",
            Self::ProductRetired => "product_retired",
            Self::SourceUnknown => "source_unknown",
            Self::ParticularsMissing(_) => "particulars_missing",
            Self::CaseRefTaken => "case_ref_taken",
            Self::LinkUnknown => "link_unknown",
            Self::LinkUsed => "link_used",
            Self::LinkExpired => "link_expired",
            Self::RequestCancelled => "request_cancelled",
            Self::RequestDecided => "request_decided",
            Self::RequestExpired => "request_expired",
            Self::DeviceProof => "device_proof_invalid",
            Self::Approval(fault) => fault.code(),
            Self::Decision(error) => error.code(),
            Self::AlreadyDecided => "already_decided",
            Self::Scope(violation) => violation.code(),
            Self::Transition(error) => error.code(),
            Self::ParcelDiffers => "parcel_differs",
            Self::ParcelTooLarge { .. } => "parcel_too_large",
            Self::ParcelKey => "parcel_key_differs",
            Self::ParcelNotReady => "parcel_not_ready",
            Self::ParcelGone => "parcel_gone",
            Self::UploadOffset { .. } => "upload_offset_differs",
            Self::UploadTooLarge => "upload_too_large",
            Self::UploadTruncated => "upload_truncated",
            Self::UploadDigest => "upload_digest_differs",
            Self::UploadEnvelope => "upload_envelope_differs",
            Self::SenderStatement => "sender_statement_invalid",
            Self::Acknowledgement => "acknowledgement_invalid",
            Self::NotificationAddress => "notification_address_forbidden",
            Self::ContactAddress => "contact_address_invalid",
            Self::NotParked => "not_parked",
            Self::Billing(refusal) => refusal.code(),
            Self::Store(_) | Self::Parcels(_) => "storage_failed",
            Self::Inconsistent(_) | Self::Crypto(_) => "internal",
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Store(error) if error.is_conflict() => Persistence::Temporary,
            Self::Store(error) => error.persistence(),
            Self::Parcels(_) => Persistence::Temporary,
            Self::Scope(violation) => violation.persistence(),
            _ => Persistence::Permanent,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Store(_) | Self::Parcels(_) | Self::Inconsistent(_) | Self::Crypto(_) => Fault::Ourselves,
            _ => Fault::Caller,
        }
    }

    /// Whether somebody else changed what this was decided on: to be read and decided again.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }

    pub(super) fn parcels(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Parcels(source.into())
    }
}

impl From<JwsError> for CentralError {
    /// For what central signs itself; what others signed has errors of its own.
    fn from(_: JwsError) -> Self {
        Self::Crypto("a document could not be signed")
    }
}

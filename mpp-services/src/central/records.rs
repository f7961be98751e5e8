//! What central keeps, beside the model's own types. Who a customer is stands in sealed fields only.

mod billing;
mod consent;
mod enrolment;
mod feed;
mod fetch;
mod own_keys;
mod parcel;
mod partner;
mod product;
mod request;

pub use billing::PlanState;
pub(super) use billing::{
    BillRecord, BillingAddressRecord, PartnerLogPieceRecord, PartnerLogRecord, PricePlanRecord, SeriesRecord,
    UsageDayRecord, invoice_of,
};
pub use consent::UseKind;
pub(super) use consent::{ConsentRecord, ConsentUseRecord, Pausing};
pub(super) use enrolment::{ChallengeRecord, EnrolmentTokenRecord};
pub(super) use feed::{FeedRecord, NotificationRecord, PhoneEventRecord};
pub(super) use fetch::FetchRecord;
pub(super) use own_keys::OwnKeysRecord;
pub(super) use parcel::{ParcelRecord, Receipt, UploadRecord};
pub(super) use partner::{PartnerKeysRecord, PartnerRecord};
pub(super) use product::{ProductHeadRecord, ProductRecord};
pub(super) use request::{DeviceRecord, Evidence, RequestRecord};

use mpp_store::KnownKind;

use crate::retention::FeedFloorRecord;

/// The kinds of all records of central.
pub const KINDS: [KnownKind; 25] = [
    KnownKind::of::<BillRecord>(),
    KnownKind::of::<BillingAddressRecord>(),
    KnownKind::of::<ChallengeRecord>(),
    KnownKind::of::<ConsentRecord>(),
    KnownKind::of::<ConsentUseRecord>(),
    KnownKind::of::<DeviceRecord>(),
    KnownKind::of::<EnrolmentTokenRecord>(),
    KnownKind::of::<FeedFloorRecord>(),
    KnownKind::of::<FeedRecord>(),
    KnownKind::of::<FetchRecord>(),
    KnownKind::of::<NotificationRecord>(),
    KnownKind::of::<OwnKeysRecord>(),
    KnownKind::of::<ParcelRecord>(),
    KnownKind::of::<PartnerKeysRecord>(),
    KnownKind::of::<PartnerLogPieceRecord>(),
    KnownKind::of::<PartnerLogRecord>(),
    KnownKind::of::<PartnerRecord>(),
    KnownKind::of::<PhoneEventRecord>(),
    KnownKind::of::<PricePlanRecord>(),
    KnownKind::of::<ProductHeadRecord>(),
    KnownKind::of::<ProductRecord>(),
    KnownKind::of::<RequestRecord>(),
    KnownKind::of::<SeriesRecord>(),
    KnownKind::of::<UploadRecord>(),
    KnownKind::of::<UsageDayRecord>(),
];

/// The index names, written to disk and never renamed.
pub(super) mod index {
    use mpp_store::IndexName;

    /// By partner.
    pub(in crate::central) const PARTNER: IndexName = IndexName::new("partner");
    /// By consent.
    pub(in crate::central) const CONSENT: IndexName = IndexName::new("consent");
    /// By the request a consent answers.
    pub(in crate::central) const REQUEST: IndexName = IndexName::new("request");
    /// By device.
    pub(in crate::central) const DEVICE: IndexName = IndexName::new("device");
    /// By the digest of a secret.
    pub(in crate::central) const SECRET: IndexName = IndexName::new("secret");
    /// By partner and case reference.
    pub(in crate::central) const CASE: IndexName = IndexName::new("case");
    /// By the name of a signing key.
    pub(in crate::central) const SIGNER: IndexName = IndexName::new("signer");
    /// By the name of the present state.
    pub(in crate::central) const STATUS: IndexName = IndexName::new("status");
    /// By partner and the name of the present state.
    pub(in crate::central) const PARTNER_STATUS: IndexName = IndexName::new("partner-status");
    /// By source.
    pub(in crate::central) const SOURCE: IndexName = IndexName::new("source");
    /// By source and the name of the present state.
    pub(in crate::central) const SOURCE_STATUS: IndexName = IndexName::new("source-status");
    /// By what is noticeable about the document.
    pub(in crate::central) const QUALITY: IndexName = IndexName::new("quality");
    /// By the day in India it began.
    pub(in crate::central) const DAY: IndexName = IndexName::new("day");
    /// By the day in India and what was done.
    pub(in crate::central) const DAY_DONE: IndexName = IndexName::new("day-done");
    /// By the case reference alone, whoever's it is.
    pub(in crate::central) const CASE_REF: IndexName = IndexName::new("case-ref");
    /// By the customer, as central names one.
    pub(in crate::central) const CUSTOMER: IndexName = IndexName::new("customer");
    /// By the billed month.
    pub(in crate::central) const MONTH: IndexName = IndexName::new("month");
    /// By partner and month, of invoices that stand: there is one at most.
    pub(in crate::central) const INVOICE: IndexName = IndexName::new("invoice");
    /// By the number of a document.
    pub(in crate::central) const NUMBER: IndexName = IndexName::new("number");
    /// By whether bytes or keys are still here.
    pub(in crate::central) const KEPT: IndexName = IndexName::new("kept");
}

//! What the client server keeps. Documents are not in here; what says who the customer is stands in sealed fields only.

use mpp_store::{KnownKind, SealedKind};

use crate::retention::FeedFloorRecord;

mod access;
mod case;
mod central_log;
mod collection;
mod feed;
mod identity;
mod indexed;
mod item;
mod life;
mod product;
mod proof;
mod used;

pub(super) use access::{AccessRecord, ApiKeyRecord, EndpointRecord, RevokedKey};
pub use case::CaseStanding;
pub(super) use case::{CaseRecord, CaseSecret, ConsentRecord, RequestEnd, RequestEnded, Standing, TakenBack};
pub(super) use central_log::CentralLogRecord;
pub use central_log::{LogBreach, LogBreachKind};
pub(super) use collection::{CollectionRecord, CollectionState};
pub(super) use feed::{FeedRecord, NewsRecord, TakenRecord};
pub(super) use identity::{
    IdentityRecord, KeyBackupRecord, KeyEnrolment, KeyRecord, KeyUse, OfferRecord, RotationRecord,
};
pub(super) use indexed::IndexedRecord;
pub use item::ItemSlice;
pub(super) use item::{ItemRecord, ItemState, LifeEnd};
pub(super) use life::{LifeDay, LifeDayRecord};
pub(super) use proof::{ConsentProofRecord, Origin, Sender};

/// The kinds of the client server's records with sealed fields.
pub const SEALED_KINDS: [SealedKind; 5] = [
    SealedKind::of::<CaseRecord>(),
    SealedKind::of::<KeyRecord>(),
    SealedKind::of::<RotationRecord>(),
    SealedKind::of::<ItemRecord>(),
    SealedKind::of::<AccessRecord>(),
];

/// The kinds of all records of the client server.
pub const KINDS: [KnownKind; 24] = [
    KnownKind::of::<AccessRecord>(),
    KnownKind::of::<ApiKeyRecord>(),
    KnownKind::of::<CaseRecord>(),
    KnownKind::of::<CentralLogRecord>(),
    KnownKind::of::<CollectionRecord>(),
    KnownKind::of::<ConsentProofRecord>(),
    KnownKind::of::<ConsentRecord>(),
    KnownKind::of::<EndpointRecord>(),
    KnownKind::of::<FeedFloorRecord>(),
    KnownKind::of::<FeedRecord>(),
    KnownKind::of::<IdentityRecord>(),
    KnownKind::of::<IndexedRecord>(),
    KnownKind::of::<ItemRecord>(),
    KnownKind::of::<KeyBackupRecord>(),
    KnownKind::of::<KeyRecord>(),
    KnownKind::of::<LifeDayRecord>(),
    KnownKind::of::<NewsRecord>(),
    KnownKind::of::<OfferRecord>(),
    KnownKind::of::<ProductRecord>(),
    KnownKind::of::<RetirementRecord>(),
    KnownKind::of::<RotationRecord>(),
    KnownKind::of::<TakenRecord>(),
    KnownKind::of::<UseDayRecord>(),
    KnownKind::of::<UseRecord>(),
];

pub(super) use product::{ProductRecord, RetirementRecord};
pub(super) use used::{UseDayRecord, UseRecord};

/// The index names, written to disk and never renamed.
pub(super) mod index {
    use mpp_store::IndexName;

    /// By case reference.
    pub(in crate::client) const CASE: IndexName = IndexName::new("case");
    /// By consent.
    pub(in crate::client) const CONSENT: IndexName = IndexName::new("consent");
    /// By consent request.
    pub(in crate::client) const REQUEST: IndexName = IndexName::new("request");
    /// By product.
    pub(in crate::client) const PRODUCT: IndexName = IndexName::new("product");
    /// By the digest of a secret.
    pub(in crate::client) const SECRET: IndexName = IndexName::new("secret");
    /// By item.
    pub(in crate::client) const ITEM: IndexName = IndexName::new("item");
    /// By the name of the present state.
    pub(in crate::client) const STATUS: IndexName = IndexName::new("status");
    /// By the storage a document lies in.
    pub(in crate::client) const STORAGE: IndexName = IndexName::new("storage");
    /// By billing month.
    pub(in crate::client) const MONTH: IndexName = IndexName::new("month");
    /// By the end of a data life, of what is still here: day, month, and day with product and source.
    pub(in crate::client) const LIFE_END: IndexName = IndexName::new("life-end");
    /// By the envelope key a document was sealed to.
    pub(in crate::client) const KEY: IndexName = IndexName::new("key");
    /// By the day of the purge: alone, and with product and source.
    pub(in crate::client) const PURGED: IndexName = IndexName::new("purged");
    /// By source.
    pub(in crate::client) const SOURCE: IndexName = IndexName::new("source");
    /// By product and source.
    pub(in crate::client) const SLICE: IndexName = IndexName::new("slice");
    /// By day in India.
    pub(in crate::client) const DAY: IndexName = IndexName::new("day");
    /// By whether a link is still kept.
    pub(in crate::client) const LINK: IndexName = IndexName::new("link");
}

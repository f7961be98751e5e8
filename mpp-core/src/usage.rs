//! Metered uses, by which partners are billed.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    ConsentId, FetchId, ParcelId, PartnerId, ProductId, Source, SourceKind, Timestamp, UsageEventId,
};

/// What is counted (obligations.md §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum UsageUnit {
    /// One delivered fetch of financial information, however many accounts.
    DataFetch,
    /// One delivered credit report.
    BureauReport,
    /// A bureau that knows nobody with the particulars; many bureaus charge for it.
    BureauNoRecord,
    /// One delivered telecom profile.
    TelecomLookup,
    /// An operator that knows nobody with the particulars.
    TelecomNoRecord,
    /// One delivered document of another provider.
    OtherDocument,
    /// Another provider that knows nobody with the particulars.
    OtherNoRecord,
}

impl UsageUnit {
    /// What a delivery from this kind of source counts as.
    #[must_use]
    pub const fn delivered(kind: SourceKind) -> Self {
        match kind {
            SourceKind::FinancialInformation => Self::DataFetch,
            SourceKind::CreditBureau => Self::BureauReport,
            SourceKind::Telecom => Self::TelecomLookup,
            SourceKind::Other => Self::OtherDocument,
        }
    }

    /// What "nobody with these particulars" counts as; financial information is not counted then.
    #[must_use]
    pub const fn no_record(kind: SourceKind) -> Option<Self> {
        match kind {
            SourceKind::FinancialInformation => None,
            SourceKind::CreditBureau => Some(Self::BureauNoRecord),
            SourceKind::Telecom => Some(Self::TelecomNoRecord),
            SourceKind::Other => Some(Self::OtherNoRecord),
        }
    }
}

/// What was used. One subject is counted once, however often it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "snake_case")]
pub enum UsageSubject {
    /// A parcel fetched from a provider.
    Parcel(ParcelId),
    /// A fetch of several parcels through a phone, or one that was answered without a document.
    Fetch(FetchId),
}

/// One metered use. Written in the same commit as what it counts, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageEvent {
    /// The event.
    pub id: UsageEventId,
    /// Who is billed.
    pub partner: PartnerId,
    /// For which product.
    pub product: ProductId,
    /// From where the data came.
    pub source: Source,
    /// The consent it rests on.
    pub consent: ConsentId,
    /// What was used.
    pub subject: UsageSubject,
    /// As what it counts.
    pub unit: UsageUnit,
    /// The billing day, in India.
    pub day: Date,
    /// When exactly.
    pub at: Timestamp,
}

/// Whose use of what, before it is dated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Who is billed.
    pub partner: PartnerId,
    /// For which product.
    pub product: ProductId,
    /// From where the data came.
    pub source: Source,
    /// The consent it rests on.
    pub consent: ConsentId,
    /// What was used.
    pub subject: UsageSubject,
    /// As what it counts.
    pub unit: UsageUnit,
}

impl UsageEvent {
    /// The event for a use at `at`; its billing day is the day in India.
    #[must_use]
    pub fn new(id: UsageEventId, usage: Usage, at: Timestamp) -> Self {
        let Usage { partner, product, source, consent, subject, unit } = usage;
        Self { id, partner, product, source, consent, subject, unit, day: at.day_in_india(), at }
    }
}

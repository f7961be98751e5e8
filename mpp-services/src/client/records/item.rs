//! Received documents.

use jiff::civil::Date;
use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, DataItemId, Kid, ParcelId, ProductId, Sha256Digest, Source,
    Timestamp,
};
use mpp_crypto::at_rest::SealedField;
use mpp_store::{IndexEntry, IndexValue, Record, RecordKey, RecordKind, SealedRecord};
use serde::{Deserialize, Serialize};

use super::{Origin, index};
use crate::client::collection::LABEL;
use crate::client::purge::PurgeCause;

/// Whether a document is here.
///
/// | state | withdraw or outlive | finish |
/// | --- | --- | --- |
/// | held | purging | - |
/// | purging | - | purged |
/// | purged | - | - |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(in crate::client) enum ItemState {
    /// It can be read.
    Held,
    /// It can no longer be read; key and bytes are being destroyed.
    Purging { cause: PurgeCause, since: Timestamp },
    /// Key and bytes are gone.
    Purged { cause: PurgeCause, at: Timestamp },
}

impl ItemState {
    /// The state's name.
    pub(in crate::client) const fn name(&self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Purging { .. } => "purging",
            Self::Purged { .. } => "purged",
        }
    }
}

/// In milliseconds. A day begins with one of them, in India, too.
const TEN_MINUTES: i64 = 600_000;

/// When a document's data life ends, as the index of what is still here has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum LifeEnd {
    /// On this day in India.
    On(Date),
    /// Some day of the month that begins on this day in India.
    Within(Date),
    /// Some moment of the ten minutes that begin with this many of them since 1970.
    During(i64),
    /// Not by a clock: it is held until the consent is withdrawn.
    Never,
}

impl LifeEnd {
    /// The value of the index.
    pub(in crate::client) fn value(self) -> IndexValue {
        match self {
            Self::On(day) => IndexValue::new(day),
            Self::Within(month) => IndexValue::new(month.strftime("%Y-%m")),
            Self::During(number) => IndexValue::new(format_args!("ten minutes {number}")),
            Self::Never => IndexValue::from("never"),
        }
    }

    /// The ten minutes an instant is in.
    pub(in crate::client) fn ten_minutes_of(at: Timestamp) -> i64 {
        at.as_unix_millis().div_euclid(TEN_MINUTES)
    }
}

/// What documents of a day are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemSlice {
    /// The product; absent where the case was not placed here.
    pub product: Option<ProductId>,
    /// The source.
    pub source: Source,
}

impl ItemSlice {
    /// The value of the index for documents of no product.
    pub(in crate::client) const NO_PRODUCT: &str = "-";

    /// The value of the index for all of its documents.
    pub(in crate::client) fn whole(&self) -> IndexValue {
        match self.product {
            Some(product) => IndexValue::new(format_args!("{product} {}", self.source)),
            None => IndexValue::new(format_args!("{} {}", Self::NO_PRODUCT, self.source)),
        }
    }

    /// The value of the index for all documents of a product.
    pub(in crate::client) fn of_product(product: Option<ProductId>) -> IndexValue {
        product.map_or_else(|| IndexValue::from(Self::NO_PRODUCT), IndexValue::new)
    }

    /// The value of the index for the documents of a day.
    pub(in crate::client) fn on(&self, day: Date) -> IndexValue {
        match self.product {
            Some(product) => IndexValue::new(format_args!("{day} {product} {}", self.source)),
            None => IndexValue::new(format_args!("{day} {} {}", Self::NO_PRODUCT, self.source)),
        }
    }
}

/// A received document; its bytes lie encrypted in storage of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct ItemRecord {
    pub(in crate::client) item: DataItemId,
    pub(in crate::client) parcel: ParcelId,
    pub(in crate::client) consent: ConsentId,
    pub(in crate::client) request: ConsentRequestId,
    pub(in crate::client) case_ref: CaseRef,
    /// For which product; absent where the case was not placed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) product: Option<ProductId>,
    pub(in crate::client) source: Source,
    /// What account the document is about, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) label: Option<SealedField>,
    pub(in crate::client) content_type: String,
    /// The digest of the document.
    pub(in crate::client) sha256: Sha256Digest,
    pub(in crate::client) size_bytes: u64,
    pub(in crate::client) received_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) purge_by: Option<Timestamp>,
    /// The envelope key it was sealed to; absent where a program of before did not write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) kid: Option<Kid>,
    /// Who sealed it; absent where a program of before did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) origin: Option<Origin>,
    /// Where the bytes lie, and the name of their key.
    pub(in crate::client) storage: ParcelId,
    pub(in crate::client) state: ItemState,
    /// Whether it is in the sums of its day; a program of before did not sum.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::client) is_counted: bool,
}

impl ItemRecord {
    pub(in crate::client) fn key_of(item: DataItemId) -> RecordKey {
        RecordKey::new(item)
    }

    /// In the index by key, of documents that do not say to which they were sealed.
    pub(in crate::client) const UNKNOWN_KEY: &str = "unknown";

    /// Whether the document may be read at `now`.
    pub(in crate::client) fn is_readable(&self, now: Timestamp) -> bool {
        self.state == ItemState::Held && self.purge_by.is_none_or(|purge_by| now < purge_by)
    }

    /// What it is counted by.
    pub(in crate::client) fn slice(&self) -> ItemSlice {
        ItemSlice { product: self.product, source: self.source.clone() }
    }

    /// By the day on which its data life ends, while it is here, or ended.
    fn life_entries(&self) -> Vec<IndexEntry> {
        let ends = |end: LifeEnd| IndexEntry::shared(index::LIFE_END, end.value().as_str());
        match (self.state, self.purge_by) {
            (ItemState::Held, None) => vec![ends(LifeEnd::Never)],
            (ItemState::Held, Some(end)) => {
                let day = end.day_in_india();
                vec![
                    ends(LifeEnd::On(day)),
                    ends(LifeEnd::Within(day)),
                    ends(LifeEnd::During(LifeEnd::ten_minutes_of(end))),
                    IndexEntry::shared(index::LIFE_END, self.slice().on(day).as_str()),
                ]
            }
            (ItemState::Purging { .. }, _) => Vec::new(),
            (ItemState::Purged { at, .. }, _) => {
                let day = at.day_in_india();
                vec![
                    IndexEntry::shared(index::PURGED, day),
                    IndexEntry::shared(index::PURGED, self.slice().on(day).as_str()),
                ]
            }
        }
    }
}

impl Record for ItemRecord {
    const KIND: RecordKind = RecordKind::new("client-item");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.item)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let mut entries = vec![
            IndexEntry::shared(index::CASE, &self.case_ref),
            IndexEntry::shared(index::CONSENT, self.consent),
            IndexEntry::unique(index::STORAGE, self.storage),
            IndexEntry::shared(index::STATUS, self.state.name()),
            IndexEntry::shared(index::PRODUCT, ItemSlice::of_product(self.product).as_str()),
            IndexEntry::shared(index::SOURCE, &self.source),
            IndexEntry::shared(index::SLICE, self.slice().whole().as_str()),
            IndexEntry::shared(index::KEY, self.kid.as_ref().map_or(Self::UNKNOWN_KEY, Kid::as_str)),
        ];
        entries.extend(self.life_entries());
        entries
    }
}

impl SealedRecord for ItemRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        self.label.as_mut().map(|label| (LABEL, label)).into_iter().collect()
    }
}

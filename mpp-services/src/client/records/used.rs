//! This server's own evidence of the uses central bills.

use jiff::civil::Date;
use mpp_billing::{BillingMonth, OwnUseRow, Quantity, Reference, UsageLogLine};
use mpp_core::{ConsentId, ProductId, Sha256Digest, Source, Timestamp, UsageSubject, UsageUnit};
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;

/// One use that central meters, as this server saw it: a parcel, a fetch of several parcels, or a fetch whose source had
/// nothing. Names no customer and no case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct UseRecord {
    pub(in crate::client) subject: UsageSubject,
    pub(in crate::client) consent: ConsentId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) product: Option<ProductId>,
    pub(in crate::client) source: Source,
    pub(in crate::client) unit: UsageUnit,
    /// When the first of it was ready at central, as announced; decides the billing day.
    pub(in crate::client) at: Timestamp,
    /// When the last of it was stored here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) received_at: Option<Timestamp>,
    /// The length of the documents, in bytes.
    pub(in crate::client) bytes: u64,
    /// The digests of the sealed parcels, in ascending order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::client) sealed: Vec<Sha256Digest>,
    /// Whether it is in the sums of its day; a program of before did not sum.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::client) is_summed: bool,
}

impl UseRecord {
    pub(in crate::client) fn key_of(subject: UsageSubject) -> RecordKey {
        RecordKey::new(Reference::of_subject(subject))
    }

    /// Its billing day.
    pub(in crate::client) fn day(&self) -> Date {
        self.at.day_in_india()
    }

    /// Its billing month.
    pub(in crate::client) fn month(&self) -> BillingMonth {
        BillingMonth::of(self.day())
    }

    /// As a line of the signed log.
    pub(in crate::client) fn line(&self) -> UsageLogLine {
        let sha256 = match self.sealed.as_slice() {
            [] => None,
            [one] => Some(*one),
            many => {
                let bytes: Vec<u8> =
                    many.iter().flat_map(|digest| digest.as_bytes().iter().copied()).collect();
                Some(mpp_crypto::sha256(&bytes))
            }
        };
        UsageLogLine {
            reference: Reference::of_subject(self.subject),
            consent: self.consent,
            product: self.product,
            source: self.source.clone(),
            unit: self.unit,
            at: self.at,
            received_at: self.received_at,
            parcels: u32::try_from(self.sealed.len()).unwrap_or(u32::MAX),
            bytes: self.bytes,
            sha256,
        }
    }
}

impl Record for UseRecord {
    const KIND: RecordKind = RecordKind::new("client-use");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.subject)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(index::MONTH, self.month())]
    }
}

/// How many uses of a billing day there are, by product, source and unit: what a month is shown by without reading its uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct UseDayRecord {
    pub(in crate::client) day: Date,
    pub(in crate::client) sums: Vec<UseSum>,
}

/// How many uses of one sort there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct UseSum {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) product: Option<ProductId>,
    pub(in crate::client) source: Source,
    pub(in crate::client) unit: UsageUnit,
    pub(in crate::client) quantity: u64,
}

impl UseSum {
    fn is_of(&self, used: &UseRecord) -> bool {
        self.product == used.product && self.source == used.source && self.unit == used.unit
    }
}

impl UseDayRecord {
    /// A day without uses.
    pub(in crate::client) const fn empty(day: Date) -> Self {
        Self { day, sums: Vec::new() }
    }

    pub(in crate::client) fn key_of(day: Date) -> RecordKey {
        RecordKey::new(day)
    }

    /// With one use more.
    pub(in crate::client) fn add(&mut self, used: &UseRecord) {
        match self.sums.iter_mut().find(|sum| sum.is_of(used)) {
            Some(sum) => sum.quantity = sum.quantity.saturating_add(1),
            None => self.sums.push(UseSum {
                product: used.product,
                source: used.source.clone(),
                unit: used.unit,
                quantity: 1,
            }),
        }
    }

    /// With one use less.
    pub(in crate::client) fn take(&mut self, used: &UseRecord) {
        for sum in self.sums.iter_mut().filter(|sum| sum.is_of(used)) {
            sum.quantity = sum.quantity.saturating_sub(1);
        }
        self.sums.retain(|sum| sum.quantity > 0);
    }

    /// The day as rows.
    pub(in crate::client) fn rows(self) -> impl Iterator<Item = OwnUseRow> {
        let day = self.day;
        self.sums.into_iter().map(move |sum| OwnUseRow {
            day,
            product: sum.product,
            source: sum.source,
            unit: sum.unit,
            quantity: Quantity::new(sum.quantity),
        })
    }
}

impl Record for UseDayRecord {
    const KIND: RecordKind = RecordKind::new("client-use-day");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.day)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(index::MONTH, BillingMonth::of(self.day))]
    }
}

//! Sums of documents by day: what the calendar of data lives is shown by without counting documents.

use jiff::civil::Date;
use mpp_core::{DataItemId, ProductId, Source, Timestamp};
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::{ItemRecord, ItemSlice, ItemState, LifeEnd, index};

/// In how many records the sums of a day are kept. A document is always in the same of them, so that two that change at the same
/// moment rarely meet in one (decision 0052).
pub(in crate::client) const PARTS: u8 = 8;

/// Of which documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::client) enum LifeDay {
    /// Those whose data life ends on this day in India, and those that were purged on it.
    On(Date),
    /// Those that stand on no day: without an end, and those that are being destroyed.
    None,
}

/// What a document is, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum LifeCount {
    /// It is here until the day, or until it is withdrawn.
    Held,
    /// It is being destroyed.
    Purging,
    /// It was purged on the day.
    Purged,
}

/// A part of the sums of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct LifeDayRecord {
    pub(in crate::client) of: LifeDay,
    /// Which part, from 0.
    pub(in crate::client) part: u8,
    pub(in crate::client) sums: Vec<LifeSum>,
}

/// How many documents of one product and source there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct LifeSum {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<ProductId>,
    source: Source,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(in crate::client) held: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(in crate::client) purging: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(in crate::client) purged: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl LifeSum {
    fn empty(slice: ItemSlice) -> Self {
        Self { product: slice.product, source: slice.source, held: 0, purging: 0, purged: 0 }
    }

    /// Of what.
    pub(in crate::client) fn slice(&self) -> ItemSlice {
        ItemSlice { product: self.product, source: self.source.clone() }
    }

    const fn count(&mut self, what: LifeCount) -> &mut u64 {
        match what {
            LifeCount::Held => &mut self.held,
            LifeCount::Purging => &mut self.purging,
            LifeCount::Purged => &mut self.purged,
        }
    }
}

impl LifeDay {
    /// Every record with its sums.
    pub(in crate::client) fn keys(self) -> impl Iterator<Item = RecordKey> {
        (0..PARTS).map(move |part| LifeDayRecord::key_of(self, part))
    }
}

impl LifeDayRecord {
    /// A part without documents.
    pub(in crate::client) const fn empty(of: LifeDay, part: u8) -> Self {
        Self { of, part, sums: Vec::new() }
    }

    pub(in crate::client) fn key_of(of: LifeDay, part: u8) -> RecordKey {
        match of {
            LifeDay::On(day) => RecordKey::new(format_args!("{day}.{part}")),
            LifeDay::None => RecordKey::new(format_args!("none.{part}")),
        }
    }

    /// The part a document is counted in.
    pub(in crate::client) fn part_of(item: DataItemId) -> u8 {
        // the beginning of an identifier may be a time
        item.as_bytes().last().map_or(0, |byte| byte % PARTS)
    }

    /// With one document more.
    pub(in crate::client) fn add(&mut self, slice: ItemSlice, what: LifeCount) {
        let known = self.sums.iter().position(|sum| sum.slice() == slice);
        if known.is_none() {
            self.sums.push(LifeSum::empty(slice));
        }
        let sum = match known {
            Some(at) => self.sums.get_mut(at),
            None => self.sums.last_mut(),
        };
        if let Some(count) = sum.map(|sum| sum.count(what)) {
            *count = count.saturating_add(1);
        }
    }

    /// With one document less.
    pub(in crate::client) fn take(&mut self, slice: &ItemSlice, what: LifeCount) {
        for sum in self.sums.iter_mut().filter(|sum| sum.slice() == *slice) {
            let count = sum.count(what);
            *count = count.saturating_sub(1);
        }
        self.sums.retain(|sum| sum.held > 0 || sum.purging > 0 || sum.purged > 0);
    }
}

impl ItemRecord {
    /// Where it is counted, and as what.
    pub(in crate::client) fn life_count(&self) -> (LifeDay, LifeCount) {
        match (self.state, self.purge_by.map(Timestamp::day_in_india)) {
            (ItemState::Held, Some(day)) => (LifeDay::On(day), LifeCount::Held),
            (ItemState::Held, None) => (LifeDay::None, LifeCount::Held),
            (ItemState::Purging { .. }, _) => (LifeDay::None, LifeCount::Purging),
            (ItemState::Purged { at, .. }, _) => (LifeDay::On(at.day_in_india()), LifeCount::Purged),
        }
    }
}

impl Record for LifeDayRecord {
    const KIND: RecordKind = RecordKind::new("client-life-day");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.of, self.part)
    }

    /// By the month, while something ends on the day that is still here.
    fn index_entries(&self) -> Vec<IndexEntry> {
        match self.of {
            LifeDay::On(day) if self.sums.iter().any(|sum| sum.held > 0) => {
                vec![IndexEntry::shared(index::LIFE_END, LifeEnd::Within(day).value().as_str())]
            }
            LifeDay::On(_) | LifeDay::None => Vec::new(),
        }
    }
}

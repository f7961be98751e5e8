//! Reading records, the audit log and the metered uses.

use std::sync::Arc;

use ::sled::{IVec, Tree};
use async_trait::async_trait;
use mpp_core::Timestamp;

use crate::page::ListOrder;
use crate::port::{LeafIndex, NumberedLeaf, UsageQuery};
use crate::{
    AuditLeaf, AuditLog, Cursor, IndexName, IndexValue, ListQuery, MAX_PAGE, Page, RecordKey, RecordKind,
    RecordReader, StoreError, StoredRecord, UsageEntry, UsageLog,
};

use super::database::Database;
use super::draft::pointed_to;
use super::rows::{Counters, RecordRow, inconsistent, read_usage};
use super::values::Reader;
use super::{SledStore, damaged, from_sled, keys, removal};

#[async_trait]
impl RecordReader for SledStore {
    async fn read(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
        let key = key.clone();
        Database::read(&self.database, move |stored| record(stored, kind, &key)).await
    }

    async fn read_many(
        &self,
        kind: RecordKind,
        keys: &[RecordKey],
    ) -> Result<Vec<Option<StoredRecord>>, StoreError> {
        let keys = keys.to_vec();
        let all = move |stored: &Tree| keys.iter().map(|key| record(stored, kind, key)).collect();
        Database::read(&self.database, all).await
    }

    async fn list(&self, query: ListQuery) -> Result<Page<StoredRecord>, StoreError> {
        let after = query.after.as_ref().map(Cursor::position).transpose()?;
        Database::read(&self.database, move |stored| list(stored, &query, after)).await
    }

    async fn count_up_to(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
        most: u64,
    ) -> Result<u64, StoreError> {
        Database::read(&self.database, move |stored| count(stored, kind, index.as_ref(), most)).await
    }

    async fn mentions(&self, text: &str) -> Result<bool, StoreError> {
        let (text, mut from): (Arc<str>, _) = (text.into(), keys::records().bytes().to_vec());
        loop {
            // in pieces: nobody writes while somebody reads
            let (text, begin) = (Arc::clone(&text), from);
            match Database::read(&self.database, move |stored| search(stored, &text, begin)).await? {
                Searched::Found => return Ok(true),
                Searched::Nothing => return Ok(false),
                Searched::NothingBefore(key) => from = key,
            }
        }
    }
}

fn record(stored: &Tree, kind: RecordKind, key: &RecordKey) -> Result<Option<StoredRecord>, StoreError> {
    let place = keys::record(kind, key);
    let sealed = stored.get(place.bytes()).map_err(from_sled)?;
    let row = sealed.map(|sealed| RecordRow::read(kind, key.as_str(), place.bytes(), &sealed));
    Ok(row.transpose()?.map(|row| row.stored))
}

/// How many records are searched while nobody writes.
const SEARCHED_AT_ONCE: usize = 5_000;

/// What came of searching some records.
enum Searched {
    Found,
    Nothing,
    /// Nothing so far; the rest begins here.
    NothingBefore(Vec<u8>),
}

fn search(stored: &Tree, text: &str, begin: Vec<u8>) -> Result<Searched, StoreError> {
    const RECORD: RecordKind = RecordKind::new("record");
    for (nth, entry) in stored.range(begin..keys::records().behind()).enumerate() {
        let (key, sealed) = entry.map_err(from_sled)?;
        if nth >= SEARCHED_AT_ONCE {
            return Ok(Searched::NothingBefore(key.to_vec()));
        }
        let row = RecordRow::read(RECORD, &hex::encode(&key), &key, &sealed)?;
        if row.stored.data.contains(text) {
            return Ok(Searched::Found);
        }
    }
    Ok(Searched::Nothing)
}

fn list(stored: &Tree, query: &ListQuery, after: Option<u64>) -> Result<Page<StoredRecord>, StoreError> {
    let all = keys::listing(query.kind, query.index.as_ref());
    let size = query.page_size();
    let wanted = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
    let row = |entry: ::sled::Result<(IVec, IVec)>| {
        let (_, target) = entry.map_err(from_sled)?;
        let name = hex::encode(&target);
        RecordRow::read(query.kind, &name, &target, &pointed_to(stored, &target)?)
    };
    let (begin, end) = (all.bytes().to_vec(), all.behind());
    let rows: Result<Vec<RecordRow>, StoreError> = match query.order {
        ListOrder::OldestFirst => {
            let from = after.map_or(begin, |after| all.number(after.saturating_add(1)).into_bytes());
            stored.range(from..end).take(wanted).map(row).collect()
        }
        ListOrder::NewestFirst => {
            let end = after.map_or(end, |after| all.number(after).into_bytes());
            stored.range(begin..end).rev().take(wanted).map(row).collect()
        }
    };
    let page = Page::from_rows(rows?, size, |row| Cursor::at_position(row.position));
    page.try_map(|row| Ok(row.stored))
}

fn count(
    stored: &Tree,
    kind: RecordKind,
    index: Option<&(IndexName, IndexValue)>,
    most: u64,
) -> Result<u64, StoreError> {
    let mut count = 0_u64;
    for entry in stored.scan_prefix(keys::listing(kind, index).bytes()) {
        if count >= most {
            break;
        }
        entry.map_err(from_sled)?;
        count = count.saturating_add(1);
    }
    Ok(count)
}

#[async_trait]
impl AuditLog for SledStore {
    async fn leaves(&self, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
        Database::read(&self.database, move |stored| leaves(stored, from, limit)).await
    }

    async fn size(&self) -> Result<u64, StoreError> {
        Database::read(&self.database, |stored| Counters::of(stored).map(|counters| counters.leaves)).await
    }

    async fn first(&self) -> Result<LeafIndex, StoreError> {
        let first = |stored: &Tree| Counters::of(stored).map(|counters| LeafIndex(counters.first_leaf));
        Database::read(&self.database, first).await
    }

    async fn remove_leaves_before(&self, place: LeafIndex, most: u32) -> Result<u64, StoreError> {
        Database::write(&self.database, move |draft| removal::leaves(draft, place, most)).await
    }
}

pub(super) const LEAF_KIND: RecordKind = RecordKind::new("audit-leaf");

fn leaves(stored: &Tree, from: LeafIndex, limit: u32) -> Result<Vec<NumberedLeaf>, StoreError> {
    let (begin, end) = (keys::leaves().number(from.0), keys::leaves().behind());
    let limit = usize::try_from(limit.min(MAX_PAGE)).unwrap_or(usize::MAX);
    let found = stored.range(begin.bytes()..end.as_slice()).take(limit).map(|entry| {
        let (key, sealed) = entry.map_err(from_sled)?;
        let place = keys::last_number(&key).ok_or_else(|| damaged("place"))?;
        let bytes =
            Reader::open(&key, &sealed).and_then(|mut reader| reader.bytes("bytes").map(<[u8]>::to_vec));
        let bytes = bytes.map_err(|cause| inconsistent(LEAF_KIND, &place.to_string(), cause))?;
        Ok(NumberedLeaf { index: LeafIndex(place), leaf: AuditLeaf::new(bytes) })
    });
    found.collect()
}

#[async_trait]
impl UsageLog for SledStore {
    async fn usage_entries(&self, query: UsageQuery) -> Result<Page<UsageEntry>, StoreError> {
        let after = query.after.as_ref().map(UsageEntry::position_of).transpose()?;
        let all = keys::usage_by_time(query.partner);
        let mut begin = all.clone().instant(query.from).into_bytes();
        if let Some((at, id)) = after {
            let mut behind = keys::usage_at(query.partner, at, id).into_bytes();
            behind.push(0);
            begin = begin.max(behind);
        }
        let end = all.instant(query.to).into_bytes();
        let size = query.page_size();
        Database::read(&self.database, move |stored| usage(stored, begin, end, size)).await
    }

    async fn remove_usage_before(&self, instant: Timestamp, most: u32) -> Result<u64, StoreError> {
        Database::write(&self.database, move |draft| removal::usage(draft, instant, most)).await
    }
}

fn usage(stored: &Tree, begin: Vec<u8>, end: Vec<u8>, size: u32) -> Result<Page<UsageEntry>, StoreError> {
    if begin >= end {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let wanted = usize::try_from(size).unwrap_or(usize::MAX).saturating_add(1);
    let rows = stored.range(begin..end).take(wanted).map(|entry| {
        let (_, target) = entry.map_err(from_sled)?;
        read_usage(&target, &pointed_to(stored, &target)?)
    });
    Ok(Page::from_rows(rows.collect::<Result<Vec<_>, StoreError>>()?, size, UsageEntry::cursor))
}

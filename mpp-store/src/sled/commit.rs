//! Drafts the changes of a batch: guards first, then records one after the other, jobs, leaves, uses.

use crate::batch::{BatchParts, Guard, RecordWrite};
use crate::record::{EncodedRecord, Uniqueness};
use crate::usage::USAGE_KIND;
use crate::{AuditLeaf, RecordKey, RecordKind, StoreError, UsageEntry, Version};

use super::draft::Draft;
use super::rows::{IndexRow, RecordRow, read_usage, seal_usage};
use super::values::Writer;
use super::{jobs, keys};

pub(super) fn draft(draft: &mut Draft<'_>, parts: &BatchParts) -> Result<Version, StoreError> {
    for guard in &parts.guards {
        check_guard(draft, guard)?;
    }
    let counters = draft.counters();
    counters.commits = counters.commits.saturating_add(1);
    let version = Version::from_number(counters.commits);
    for write in &parts.writes {
        write_record(draft, version, write)?;
    }
    for write in &parts.jobs {
        jobs::write(draft, write)?;
    }
    for leaf in &parts.leaves {
        append(draft, leaf);
    }
    for entry in &parts.usage {
        meter(draft, entry)?;
    }
    Ok(version)
}

fn check_guard(draft: &Draft<'_>, guard: &Guard) -> Result<(), StoreError> {
    let found = draft.record(guard.kind, &guard.key)?.map(|row| row.stored.version);
    if found == guard.expected {
        return Ok(());
    }
    Err(StoreError::Conflict { kind: guard.kind, key: guard.key.clone() })
}

fn write_record(draft: &mut Draft<'_>, version: Version, write: &RecordWrite) -> Result<(), StoreError> {
    let (kind, key) = write.subject();
    let (expected, record) = match write {
        RecordWrite::Insert(record) => (None, Some(record)),
        RecordWrite::Update { expected, record, .. } => (Some(*expected), Some(record)),
        RecordWrite::Delete { expected, .. } => (Some(*expected), None),
    };
    let earlier = draft.record(kind, key)?;
    if earlier.as_ref().map(|row| row.stored.version) != expected {
        return Err(write.conflict());
    }
    if let Some(row) = &earlier {
        remove(draft, kind, row);
    }
    let Some(record) = record else { return Ok(()) };
    let position = match earlier {
        Some(row) => row.position,
        None => draft.next_position(),
    };
    if put(draft, position, version, record)? { Ok(()) } else { Err(write.conflict()) }
}

/// Takes a record and all that points to it away.
fn remove(draft: &mut Draft<'_>, kind: RecordKind, row: &RecordRow) {
    draft.remove(keys::record(kind, &row.stored.key));
    draft.remove(keys::by_kind(kind).number(row.position));
    for IndexRow { name, value, uniqueness } in &row.index {
        draft.remove(keys::by_index(kind, name, value).number(row.position));
        if *uniqueness == Uniqueness::Unique {
            draft.remove(keys::unique(kind, name, value));
        }
    }
}

/// Puts a record and all that points to it; `false` when a unique entry has another holder.
pub(super) fn put(
    draft: &mut Draft<'_>,
    position: u64,
    version: Version,
    record: &EncodedRecord,
) -> Result<bool, StoreError> {
    let kind = record.kind;
    let row = RecordRow::of(position, version, record);
    let (key, sealed) = row.seal();
    let target = key.bytes().to_vec();
    draft.put(keys::by_kind(kind).number(position), target.clone());
    for IndexRow { name, value, uniqueness } in &row.index {
        if *uniqueness == Uniqueness::Unique {
            let place = keys::unique(kind, name, value);
            if draft.get(&place)?.is_some() {
                return Ok(false);
            }
            draft.put(place, target.clone());
        }
        draft.put(keys::by_index(kind, name, value).number(position), target.clone());
    }
    draft.put(key, sealed);
    Ok(true)
}

fn append(draft: &mut Draft<'_>, leaf: &AuditLeaf) {
    let counters = draft.counters();
    let place = counters.leaves;
    counters.leaves = place.saturating_add(1);
    let key = keys::leaves().number(place);
    let sealed = Writer::default().bytes(leaf.bytes()).seal(key.bytes());
    draft.put(key, sealed);
}

pub(super) fn meter(draft: &mut Draft<'_>, entry: &UsageEntry) -> Result<(), StoreError> {
    let (key, sealed) = seal_usage(entry);
    if let Some(earlier) = draft.get(&key)? {
        if read_usage(key.bytes(), &earlier)? == *entry {
            return Ok(());
        }
        return Err(StoreError::Conflict { kind: USAGE_KIND, key: RecordKey::new(entry.id) });
    }
    for partner in [None, Some(entry.partner)] {
        draft.put(keys::usage_at(partner, entry.at, entry.id), key.bytes().to_vec());
    }
    draft.put(key, sealed);
    Ok(())
}

//! What a line of the journal says: rows as they are after a commit.

use bytes::Bytes;
use mpp::core::{JobId, PartnerId, Timestamp, UsageEventId};
use mpp::store::{EncodedRecord, RecordKind, Uniqueness};
use mpp::store::{RecordKey, StoredRecord, UsageEntry, Version};
use serde::{Deserialize, Serialize};

/// One row set or, with `None`, taken away. Applying it gives the change that takes it back.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Change {
    Counters(Counters),
    Record(String, String, Option<RecordRow>),
    Job(JobId, Option<JobRow>),
    Leaf(u64, Option<Bytes>),
    Usage(UsageEventId, Option<UsageRow>),
}

/// Numbers that are never used twice.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Counters {
    pub(super) commits: u64,
    pub(super) positions: u64,
    pub(super) leaves: u64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct RecordRow {
    pub(super) position: u64,
    pub(super) version: u64,
    pub(super) form: u16,
    pub(super) data: String,
    pub(super) index: Vec<IndexRow>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct IndexRow {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) unique: bool,
}

impl RecordRow {
    pub(super) fn new(position: u64, version: Version, record: EncodedRecord) -> Self {
        let index = record.index.into_iter().map(|entry| IndexRow {
            name: entry.name.as_str().to_owned(),
            value: entry.value.as_str().to_owned(),
            unique: entry.uniqueness == Uniqueness::Unique,
        });
        Self {
            position,
            version: version.number(),
            form: record.form,
            data: record.data,
            index: index.collect(),
        }
    }

    pub(super) fn to_stored(&self, kind: RecordKind, key: &str) -> StoredRecord {
        StoredRecord {
            kind,
            key: RecordKey::from(key),
            version: Version::from_number(self.version),
            form: self.form,
            data: self.data.clone(),
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct JobRow {
    pub(super) position: u64,
    pub(super) lease_number: u64,
    pub(super) attempt: u32,
    pub(super) queue: String,
    pub(super) order_key: Option<String>,
    pub(super) payload: String,
    pub(super) due_at: Timestamp,
    pub(super) standing: Standing,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Standing {
    Waiting,
    Leased { until: Timestamp },
    Parked { at: Timestamp, reason: String },
}

impl JobRow {
    /// When the job may be taken as far as its own due time or lease is concerned; `None` when parked.
    pub(super) fn ready_at(&self) -> Option<Timestamp> {
        match self.standing {
            Standing::Waiting => Some(self.due_at),
            Standing::Leased { until } => Some(until),
            Standing::Parked { .. } => None,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UsageRow {
    partner: PartnerId,
    at: Timestamp,
    data: String,
}

impl UsageRow {
    pub(super) fn new(entry: UsageEntry) -> (UsageEventId, Self) {
        (entry.id, Self { partner: entry.partner, at: entry.at, data: entry.data })
    }

    pub(super) fn to_entry(&self, id: UsageEventId) -> UsageEntry {
        UsageEntry { id, partner: self.partner, at: self.at, data: self.data.clone() }
    }
}

//! What a record, a job, a use and the counters consist of, and their way to bytes and back.

use ::sled::Tree;
use mpp_core::{JobId, Timestamp};

use crate::error::Inconsistency;
use crate::job::JOB_KIND;
use crate::record::{EncodedRecord, Uniqueness};
use crate::usage::USAGE_KIND;
use crate::{
    LeaseToken, LeasedJob, OrderKey, ParkedJob, Payload, QueueName, Reason, RecordKey, RecordKind,
    StoreError, StoredRecord, UsageEntry, Version,
};

use super::keys::{self, Key};
use super::values::{Reader, Writer};
use super::{damaged, from_sled};

/// The last numbers given out.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) commits: u64,
    pub(super) position: u64,
    /// How many leaves there ever were.
    pub(super) leaves: u64,
    /// Changes of every sort, leases and the like too.
    pub(super) changes: u64,
    /// The place of the first leaf that is kept.
    pub(super) first_leaf: u64,
}

impl Counters {
    const KIND: RecordKind = RecordKind::new("commit-counter");

    /// The counters of a database, zero in a new one.
    pub(super) fn of(stored: &Tree) -> Result<Self, StoreError> {
        let sealed = stored.get(keys::counters().bytes()).map_err(from_sled)?;
        let Some(sealed) = sealed else { return Ok(Self::default()) };
        let read = Self::read(&sealed).map_err(|cause| inconsistent(Self::KIND, Self::KIND.as_str(), cause));
        let (counters, first_leaf) = read?;
        let first_leaf = match first_leaf {
            Some(first_leaf) => first_leaf,
            None => first_leaf_there(stored)?.unwrap_or(counters.leaves),
        };
        Ok(Self { first_leaf, ..counters })
    }

    /// The counters, and the place of the first leaf where it was written down: earlier programs read it off the leaves.
    fn read(sealed: &[u8]) -> Result<(Self, Option<u64>), Inconsistency> {
        let mut reader = Reader::open(keys::counters().bytes(), sealed)?;
        let (commits, position) = (reader.number("commits")?, reader.number("position")?);
        let (leaves, changes) = (reader.number("leaves")?, reader.number("changes")?);
        let first_leaf = if reader.is_at_end() { None } else { Some(reader.number("first_leaf")?) };
        Ok((Self { commits, position, leaves, changes, first_leaf: 0 }, first_leaf))
    }

    pub(super) fn seal(self) -> Vec<u8> {
        let written = Writer::default().number(self.commits).number(self.position).number(self.leaves);
        let written = written.number(self.changes).number(self.first_leaf);
        written.seal(keys::counters().bytes())
    }
}

fn first_leaf_there(stored: &Tree) -> Result<Option<u64>, StoreError> {
    let Some(first) = stored.scan_prefix(keys::leaves().bytes()).next() else { return Ok(None) };
    keys::last_number(&first.map_err(from_sled)?.0).ok_or_else(|| damaged("place")).map(Some)
}

/// An index entry of a stored record.
#[derive(Debug)]
pub(super) struct IndexRow {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) uniqueness: Uniqueness,
}

/// A stored record with its place and its index entries.
#[derive(Debug)]
pub(super) struct RecordRow {
    pub(super) position: u64,
    pub(super) stored: StoredRecord,
    pub(super) index: Vec<IndexRow>,
}

impl RecordRow {
    pub(super) fn of(position: u64, version: Version, record: &EncodedRecord) -> Self {
        let EncodedRecord { kind, key, form, data, index } = record.clone();
        let index = index.into_iter().map(|entry| IndexRow {
            name: entry.name.as_str().to_owned(),
            value: entry.value.as_str().to_owned(),
            uniqueness: entry.uniqueness,
        });
        let stored = StoredRecord { kind, key, version, form, data };
        Self { position, index: index.collect(), stored }
    }

    pub(super) fn seal(&self) -> (Key, Vec<u8>) {
        let key = keys::record(self.stored.kind, &self.stored.key);
        let mut written = Writer::default().text(self.stored.key.as_str()).number(self.position);
        written = written.number(self.stored.version.number()).number(u64::from(self.stored.form));
        written = written.text(&self.stored.data);
        written = written.number(u64::try_from(self.index.len()).unwrap_or(u64::MAX));
        for IndexRow { name, value, uniqueness } in &self.index {
            let unique = u64::from(*uniqueness == Uniqueness::Unique);
            written = written.text(name).text(value).number(unique);
        }
        let sealed = written.seal(key.bytes());
        (key, sealed)
    }

    /// Reads what was kept under a key. In errors the record is named by `name`, as its own name may be damaged.
    pub(super) fn read(kind: RecordKind, name: &str, key: &[u8], sealed: &[u8]) -> Result<Self, StoreError> {
        let read = || {
            let mut reader = Reader::open(key, sealed)?;
            let record_key = RecordKey::from(reader.text("key")?);
            let position = reader.number("position")?;
            let version = reader.version()?;
            let form = reader.small("form")?;
            let data = reader.text("data")?.to_owned();
            let index = reader.several("index", |reader| {
                let (name, value) = (reader.text("index")?.to_owned(), reader.text("index")?.to_owned());
                let unique = reader.number("index")? == 1;
                let uniqueness = if unique { Uniqueness::Unique } else { Uniqueness::Shared };
                Ok(IndexRow { name, value, uniqueness })
            })?;
            let stored = StoredRecord { kind, key: record_key, version, form, data };
            Ok(Self { position, stored, index })
        };
        read().map_err(|cause| inconsistent(kind, name, cause))
    }
}

/// A stored job.
#[derive(Debug)]
pub(super) struct JobRow {
    pub(super) id: JobId,
    pub(super) position: u64,
    pub(super) queue: QueueName,
    pub(super) order_key: Option<OrderKey>,
    pub(super) payload: Payload,
    pub(super) due_at: Timestamp,
    /// From when on the job may be taken: its due time, or the end of its lease.
    pub(super) ready_at: Timestamp,
    /// The fencing number.
    pub(super) lease: u64,
    pub(super) attempt: u32,
    /// Who has the job; nobody when it waits.
    pub(super) worker: Option<String>,
    pub(super) parked_at: Option<Timestamp>,
    /// Why the job was last put back or parked.
    pub(super) reason: Option<String>,
}

impl JobRow {
    pub(super) fn is_held_by(&self, token: LeaseToken) -> bool {
        self.worker.is_some() && self.parked_at.is_none() && self.lease == token.number
    }

    pub(super) fn seal(&self) -> (Key, Vec<u8>) {
        let key = keys::job(self.id);
        let written = Writer::default().text(&self.id.to_string()).number(self.position);
        let written = written.text(self.queue.as_str());
        let written = written.optional(self.order_key.as_ref(), |written, key| written.text(key.as_str()));
        let written = written.text(self.payload.as_json_text()).instant(self.due_at).instant(self.ready_at);
        let written = written.number(self.lease).number(u64::from(self.attempt));
        let written = written.optional(self.worker.as_deref(), Writer::text);
        let written = written.optional(self.parked_at, Writer::instant);
        let written = written.optional(self.reason.as_deref(), Writer::text);
        let sealed = written.seal(key.bytes());
        (key, sealed)
    }

    pub(super) fn read(key: &[u8], sealed: &[u8]) -> Result<Self, StoreError> {
        let read = || {
            let mut reader = Reader::open(key, sealed)?;
            Ok(Self {
                id: reader.parsed("id")?,
                position: reader.number("position")?,
                queue: QueueName::from_text(reader.text("queue")?.to_owned()),
                order_key: reader.optional("order_key", |r| r.text("order_key").map(OrderKey::new))?,
                payload: Payload::from_json_text(reader.text("payload")?.to_owned()),
                due_at: reader.instant("due_at")?,
                ready_at: reader.instant("ready_at")?,
                lease: reader.number("lease")?,
                attempt: reader.small("attempt")?,
                worker: reader.optional("worker", |r| r.text("worker").map(str::to_owned))?,
                parked_at: reader.optional("parked_at", |r| r.instant("parked_at"))?,
                reason: reader.optional("reason", |r| r.text("reason").map(str::to_owned))?,
            })
        };
        read().map_err(|cause| inconsistent(JOB_KIND, &hex::encode(key.get(1..).unwrap_or_default()), cause))
    }

    pub(super) fn leased(&self) -> LeasedJob {
        LeasedJob {
            token: LeaseToken { job: self.id, number: self.lease },
            queue: self.queue.clone(),
            order_key: self.order_key.clone(),
            payload: self.payload.clone(),
            attempt: self.attempt,
            due_at: self.due_at,
            leased_until: self.ready_at,
        }
    }

    pub(super) fn parked(&self) -> Option<ParkedJob> {
        Some(ParkedJob {
            id: self.id,
            queue: self.queue.clone(),
            order_key: self.order_key.clone(),
            payload: self.payload.clone(),
            attempt: self.attempt,
            parked_at: self.parked_at?,
            reason: Reason::new(self.reason.as_deref().unwrap_or_default()),
        })
    }
}

/// A use with its checksum.
pub(super) fn seal_usage(entry: &UsageEntry) -> (Key, Vec<u8>) {
    let key = keys::usage(entry.id);
    let written = Writer::default().text(&entry.id.to_string()).text(&entry.partner.to_string());
    let sealed = written.instant(entry.at).text(&entry.data).seal(key.bytes());
    (key, sealed)
}

/// The use that was kept under a key.
pub(super) fn read_usage(key: &[u8], sealed: &[u8]) -> Result<UsageEntry, StoreError> {
    let read = || {
        let mut reader = Reader::open(key, sealed)?;
        let (id, partner) = (reader.parsed("id")?, reader.parsed("partner")?);
        Ok(UsageEntry { id, partner, at: reader.instant("at")?, data: reader.text("data")?.to_owned() })
    };
    read().map_err(|cause| inconsistent(USAGE_KIND, &hex::encode(key.get(1..).unwrap_or_default()), cause))
}

pub(super) fn inconsistent(kind: RecordKind, key: &str, cause: Inconsistency) -> StoreError {
    StoreError::Inconsistent { kind, key: RecordKey::from(key), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counters as programs wrote them that read the first leaf off the leaves.
    #[test]
    fn counters_of_earlier_programs_begin_where_the_leaves_do() {
        let db = ::sled::Config::new().temporary(true).open().unwrap();
        let tree = db.open_tree("store").unwrap();
        assert_eq!(Counters::of(&tree).unwrap(), Counters::default());
        let earlier = Writer::default().number(9).number(8).number(7).number(6);
        tree.insert(keys::counters().bytes(), earlier.seal(keys::counters().bytes())).unwrap();
        let expected = Counters { commits: 9, position: 8, leaves: 7, changes: 6, first_leaf: 7 };
        assert_eq!(Counters::of(&tree).unwrap(), expected, "nothing is kept");
        for place in [5, 6] {
            tree.insert(keys::leaves().number(place).bytes(), b"leaf").unwrap();
        }
        let expected = Counters { first_leaf: 5, ..expected };
        assert_eq!(Counters::of(&tree).unwrap(), expected);
        tree.insert(keys::counters().bytes(), expected.seal()).unwrap();
        tree.remove(keys::leaves().number(5).bytes()).unwrap();
        assert_eq!(Counters::of(&tree).unwrap(), expected, "from now on a lost one is missed");
    }
}

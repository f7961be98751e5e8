//! The form of an entry in a file.

use bytes::Bytes;

use super::entry::{SnapshotCounters, SnapshotEntry, SnapshotJob, SnapshotRecord};
use crate::fields::{Reader, Writer, impossible};
use crate::record::{EncodedRecord, IndexEntry, Uniqueness};
use crate::{
    AuditLeaf, Inconsistency, IndexName, IndexValue, MAX_KEY_BYTES, OrderKey, Payload, QueueName, Reason,
    RecordKey, RecordKind, UsageEntry, WorkerName,
};

const COUNTERS: u8 = b'c';
const RECORD: u8 = b'r';
const JOB: u8 = b'j';
const LEAF: u8 = b'l';
const USAGE: u8 = b'u';
/// The last entry, which is none: how many there are of each sort.
pub(super) const END: u8 = b'e';

/// The tag of an entry and what follows it.
pub(super) fn written(entry: &SnapshotEntry) -> (u8, Vec<u8>) {
    let (tag, writer) = match entry {
        SnapshotEntry::Counters(counters) => (COUNTERS, write_counters(*counters)),
        SnapshotEntry::Record(record) => (RECORD, write_record(record)),
        SnapshotEntry::Job(job) => (JOB, write_job(job)),
        SnapshotEntry::Leaf(leaf) => (LEAF, Writer::default().bytes(leaf.bytes())),
        SnapshotEntry::Usage(entry) => (USAGE, write_usage(entry)),
    };
    (tag, writer.0)
}

/// The entry of a tag and what follows it.
pub(super) fn read(tag: u8, bytes: &[u8]) -> Result<SnapshotEntry, Inconsistency> {
    let mut reader = Reader::of(bytes);
    let entry = match tag {
        COUNTERS => SnapshotEntry::Counters(read_counters(&mut reader)?),
        RECORD => SnapshotEntry::Record(read_record(&mut reader)?),
        JOB => SnapshotEntry::Job(read_job(&mut reader)?),
        LEAF => SnapshotEntry::Leaf(AuditLeaf::new(Bytes::copy_from_slice(reader.bytes("bytes")?))),
        USAGE => SnapshotEntry::Usage(read_usage(&mut reader)?),
        _ => return Err(impossible("tag")),
    };
    if reader.is_at_end() { Ok(entry) } else { Err(impossible("length")) }
}

/// How many entries there are of each sort.
pub(super) fn written_end(counts: [u64; 4]) -> Vec<u8> {
    counts.into_iter().fold(Writer::default(), Writer::number).0
}

fn write_counters(counters: SnapshotCounters) -> Writer {
    let SnapshotCounters { commits, last_record, last_job, leaves, first_leaf } = counters;
    let writer = Writer::default().number(commits).number(last_record).number(last_job);
    writer.number(leaves).number(first_leaf)
}

fn read_counters(reader: &mut Reader<'_>) -> Result<SnapshotCounters, Inconsistency> {
    Ok(SnapshotCounters {
        commits: reader.number("commits")?,
        last_record: reader.number("last_record")?,
        last_job: reader.number("last_job")?,
        leaves: reader.number("leaves")?,
        first_leaf: reader.number("first_leaf")?,
    })
}

fn write_record(record: &SnapshotRecord) -> Writer {
    let SnapshotRecord { position, version, record } = record;
    let mut writer = Writer::default().number(*position).text(record.kind.as_str()).text(record.key.as_str());
    writer = writer.number(version.number()).number(u64::from(record.form)).text(&record.data);
    writer = writer.number(u64::try_from(record.index.len()).unwrap_or(u64::MAX));
    for IndexEntry { name, value, uniqueness } in &record.index {
        let unique = u64::from(*uniqueness == Uniqueness::Unique);
        writer = writer.text(name.as_str()).text(value.as_str()).number(unique);
    }
    writer
}

fn read_record(reader: &mut Reader<'_>) -> Result<SnapshotRecord, Inconsistency> {
    let position = reader.number("position")?;
    let kind = RecordKind::from_text(name(reader, "kind")?);
    let key = RecordKey::from(name(reader, "key")?);
    let version = reader.version()?;
    let form = reader.small("form")?;
    let data = reader.text("data")?.to_owned();
    let index = reader.several("index", |reader| {
        let (entry, value) = (name(reader, "index")?, name(reader, "index")?);
        let uniqueness = match reader.number("index")? {
            0 => Uniqueness::Shared,
            1 => Uniqueness::Unique,
            _ => return Err(impossible("index")),
        };
        Ok(IndexEntry { name: IndexName::from_text(entry), value: IndexValue::from(value), uniqueness })
    })?;
    if !index.is_sorted_by(|a, b| (a.name, &a.value) < (b.name, &b.value)) {
        return Err(impossible("index"));
    }
    Ok(SnapshotRecord { position, version, record: EncodedRecord { kind, key, form, data, index } })
}

/// A text of the length that keys have.
fn name<'a>(reader: &mut Reader<'a>, column: &'static str) -> Result<&'a str, Inconsistency> {
    let text = reader.text(column)?;
    if (1..=MAX_KEY_BYTES).contains(&text.len()) { Ok(text) } else { Err(impossible(column)) }
}

fn write_job(job: &SnapshotJob) -> Writer {
    let writer = Writer::default().number(job.position).text(&job.id.to_string()).text(job.queue.as_str());
    let writer = writer.optional(job.order_key.as_ref(), |writer, key| writer.text(key.as_str()));
    let writer = writer.text(job.payload.as_json_text()).instant(job.due_at).instant(job.ready_at);
    let writer = writer.number(job.lease);
    let writer = writer.optional(job.worker.as_ref(), |writer, worker| writer.text(worker.as_str()));
    let writer = writer.number(u64::from(job.attempt)).optional(job.parked_at, Writer::instant);
    writer.optional(job.reason.as_ref(), |writer, reason| writer.text(reason.as_str()))
}

fn read_job(reader: &mut Reader<'_>) -> Result<SnapshotJob, Inconsistency> {
    Ok(SnapshotJob {
        position: reader.number("position")?,
        id: reader.parsed("id")?,
        queue: QueueName::from_text(reader.text("queue")?.to_owned()),
        order_key: reader.optional("order_key", |reader| reader.text("order_key").map(OrderKey::new))?,
        payload: Payload::from_json_text(reader.text("payload")?.to_owned()),
        due_at: reader.instant("due_at")?,
        ready_at: reader.instant("ready_at")?,
        lease: reader.number("lease")?,
        worker: reader.optional("worker", |reader| reader.text("worker").map(WorkerName::new))?,
        attempt: reader.small("attempt")?,
        parked_at: reader.optional("parked_at", |reader| reader.instant("parked_at"))?,
        reason: reader.optional("reason", |reader| reader.text("reason").map(Reason::new))?,
    })
}

fn write_usage(entry: &UsageEntry) -> Writer {
    let writer = Writer::default().instant(entry.at).text(&entry.id.to_string());
    writer.text(&entry.partner.to_string()).text(&entry.data)
}

fn read_usage(reader: &mut Reader<'_>) -> Result<UsageEntry, Inconsistency> {
    let (at, id) = (reader.instant("at")?, reader.parsed("id")?);
    Ok(UsageEntry { id, partner: reader.parsed("partner")?, at, data: reader.text("data")?.to_owned() })
}

//! Snapshots: taken while nobody writes, restored while nobody reads.

use ::sled::Tree;
use async_trait::async_trait;

use crate::record::{EncodedRecord, IndexEntry};
use crate::snapshot::{
    SnapshotCounters, SnapshotEntry, SnapshotError, SnapshotJob, SnapshotReceiver, SnapshotRecord,
    SnapshotSender, Snapshots,
};
use crate::{AuditLeaf, IndexName, IndexValue, Reason, RecordKind, StoreError, UsageEntry, WorkerName};

use super::database::{Database, Opened};
use super::draft::{Draft, pointed_to};
use super::rows::{Counters, JobRow, RecordRow, inconsistent, read_usage};
use super::values::{Reader, Writer};
use super::{SledStore, commit, damaged, from_sled, jobs, keys};

/// How many entries are written at once.
const TOGETHER: usize = 256;

#[async_trait]
impl Snapshots for SledStore {
    async fn take_snapshot(&self, to: SnapshotSender) -> Result<(), SnapshotError> {
        Database::read(&self.database, move |stored| match take(stored, &to) {
            Err(SnapshotError::Store(error)) => Err(error),
            settled => Ok(settled),
        })
        .await?
    }

    async fn restore_snapshot(&self, mut from: SnapshotReceiver) -> Result<(), SnapshotError> {
        Database::alone(&self.database, move |opened| restore(opened, &mut from)).await
    }
}

fn take(stored: &Tree, to: &SnapshotSender) -> Result<(), SnapshotError> {
    let counters = Counters::of(stored)?;
    to.send_blocking(SnapshotEntry::Counters(SnapshotCounters {
        commits: counters.commits,
        last_record: counters.position,
        last_job: counters.position,
        leaves: counters.leaves,
        first_leaf: counters.first_leaf,
    }))?;
    for kind in kinds(stored)? {
        for entry in stored.scan_prefix(keys::by_kind(kind).bytes()) {
            let (_, target) = entry.map_err(from_sled)?;
            let sealed = pointed_to(stored, &target)?;
            let row = RecordRow::read(kind, &hex::encode(&target), &target, &sealed)?;
            to.send_blocking(SnapshotEntry::Record(record(row)))?;
        }
    }
    for row in all_jobs(stored)? {
        to.send_blocking(SnapshotEntry::Job(job(row)))?;
    }
    for entry in stored.scan_prefix(keys::leaves().bytes()) {
        let (key, sealed) = entry.map_err(from_sled)?;
        let bytes =
            Reader::open(&key, &sealed).and_then(|mut reader| reader.bytes("bytes").map(<[u8]>::to_vec));
        let bytes = bytes.map_err(|cause| inconsistent(super::read::LEAF_KIND, &hex::encode(&key), cause))?;
        to.send_blocking(SnapshotEntry::Leaf(AuditLeaf::new(bytes)))?;
    }
    for entry in stored.scan_prefix(keys::usage_by_time(None).bytes()) {
        let (_, target) = entry.map_err(from_sled)?;
        let entry = read_usage(&target, &pointed_to(stored, &target)?)?;
        to.send_blocking(SnapshotEntry::Usage(entry))?;
    }
    Ok(())
}

/// The kinds that have records, in the order of their names.
pub(super) fn kinds(stored: &Tree) -> Result<Vec<RecordKind>, StoreError> {
    let (mut from, end) = (keys::all_kinds().into_bytes(), keys::all_kinds().behind());
    let mut kinds = Vec::new();
    while let Some(entry) = stored.range(from..end.clone()).next() {
        let (key, _) = entry.map_err(from_sled)?;
        let kind = keys::kind_of(&key).ok_or_else(|| damaged("index"))?;
        from = keys::by_kind(kind).behind();
        kinds.push(kind);
    }
    kinds.sort();
    Ok(kinds)
}

/// By their places, of which none of theirs is kept together: there are never so many at once that they would not fit.
fn all_jobs(stored: &Tree) -> Result<Vec<JobRow>, StoreError> {
    let mut rows = Vec::new();
    for entry in stored.scan_prefix(keys::jobs().bytes()) {
        let (key, sealed) = entry.map_err(from_sled)?;
        rows.push(JobRow::read(&key, &sealed)?);
    }
    rows.sort_by_key(|row| row.position);
    Ok(rows)
}

fn record(row: RecordRow) -> SnapshotRecord {
    let RecordRow { position, stored, index } = row;
    let index = index.into_iter().map(|entry| IndexEntry {
        name: IndexName::from_text(&entry.name),
        value: IndexValue::from(entry.value),
        uniqueness: entry.uniqueness,
    });
    let record = EncodedRecord {
        kind: stored.kind,
        key: stored.key,
        form: stored.form,
        data: stored.data,
        index: index.collect(),
    };
    SnapshotRecord { position, version: stored.version, record }
}

fn job(row: JobRow) -> SnapshotJob {
    SnapshotJob {
        position: row.position,
        id: row.id,
        queue: row.queue,
        order_key: row.order_key,
        payload: row.payload,
        due_at: row.due_at,
        ready_at: row.ready_at,
        lease: row.lease,
        worker: row.worker.map(WorkerName::new),
        attempt: row.attempt,
        parked_at: row.parked_at,
        reason: row.reason.map(Reason::new),
    }
}

/// A mark says that the folder is being filled. Whoever opens it while the mark is there takes everything away again.
fn restore(opened: &mut Opened, from: &mut SnapshotReceiver) -> Result<(), SnapshotError> {
    let Counters { commits, position, leaves, changes, .. } = Counters::of(opened.stored())?;
    if (commits, position, leaves) != (0, 0, 0) {
        return Err(SnapshotError::NotEmpty);
    }
    opened.begin_filling()?;
    let (mut counters, mut together) = (Counters::default(), Vec::with_capacity(TOGETHER));
    while let Some(entry) = from.next_blocking()? {
        if let SnapshotEntry::Counters(counted) = &entry {
            counters.commits = counted.commits;
            counters.position = counted.last_record.max(counted.last_job);
            counters.first_leaf = counted.first_leaf;
            // counts on with each leaf
            counters.leaves = counted.first_leaf;
            continue;
        }
        together.push(entry);
        if together.len() >= TOGETHER {
            fill(opened, &mut counters, &mut together)?;
        }
    }
    fill(opened, &mut counters, &mut together)?;
    counters.changes = changes.saturating_add(1);
    Ok(opened.end_filling(counters)?)
}

fn fill(
    opened: &Opened,
    counters: &mut Counters,
    together: &mut Vec<SnapshotEntry>,
) -> Result<(), SnapshotError> {
    let mut draft = Draft::new(opened.stored())?;
    for entry in together.drain(..) {
        match entry {
            SnapshotEntry::Counters(_) => {}
            SnapshotEntry::Record(record) => put_record(&mut draft, &record)?,
            SnapshotEntry::Job(job) => put_job(&mut draft, job)?,
            SnapshotEntry::Leaf(leaf) => {
                let key = keys::leaves().number(counters.leaves);
                counters.leaves = counters.leaves.saturating_add(1);
                let sealed = Writer::default().bytes(leaf.bytes()).seal(key.bytes());
                draft.put(key, sealed);
            }
            SnapshotEntry::Usage(entry) => put_usage(&mut draft, &entry)?,
        }
    }
    Ok(opened.fill(&draft.into_changes_alone())?)
}

fn put_record(draft: &mut Draft<'_>, snapshot: &SnapshotRecord) -> Result<(), SnapshotError> {
    let SnapshotRecord { position, version, record } = snapshot;
    if draft.get(&keys::record(record.kind, &record.key))?.is_some() {
        return Err(SnapshotError::Contradiction { what: "key" });
    }
    if commit::put(draft, *position, *version, record)? {
        Ok(())
    } else {
        Err(SnapshotError::Contradiction { what: "unique index value" })
    }
}

fn put_job(draft: &mut Draft<'_>, job: SnapshotJob) -> Result<(), SnapshotError> {
    if draft.get(&keys::job(job.id))?.is_some() {
        return Err(SnapshotError::Contradiction { what: "job" });
    }
    let row = JobRow {
        id: job.id,
        position: job.position,
        queue: job.queue,
        order_key: job.order_key,
        payload: job.payload,
        due_at: job.due_at,
        ready_at: job.ready_at,
        lease: job.lease,
        attempt: job.attempt,
        worker: job.worker.map(|worker| worker.as_str().to_owned()),
        parked_at: job.parked_at,
        reason: job.reason.map(|reason| reason.as_str().to_owned()),
    };
    jobs::put(draft, &row);
    Ok(())
}

fn put_usage(draft: &mut Draft<'_>, entry: &UsageEntry) -> Result<(), SnapshotError> {
    if draft.get(&keys::usage(entry.id))?.is_some() {
        return Err(SnapshotError::Contradiction { what: "metered use" });
    }
    Ok(commit::meter(draft, entry)?)
}

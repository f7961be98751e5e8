//! A batch as the JSON text that the function `commit_batches` takes. It is a parameter like any other: nothing in it is ever
//! part of a statement.

use serde::{Serialize, Serializer};

use crate::batch::{BatchParts, Entries, Guard, JobWrite, RecordWrite};
use crate::error::Unencodable;
use crate::job::JOB_KIND;
use crate::record::{EncodedRecord, Uniqueness};
use crate::usage::USAGE_KIND;
use crate::{AuditLeaf, InHand, NewJob, OrderKey, Reason, RecordKind, StoreError, UsageEntry, Version, rows};

use super::is_storable;

/// Whether every text of the batch has a form in PostgreSQL.
///
/// # Errors
/// [`StoreError::Unencodable`] when one has none.
pub(super) fn check(parts: &BatchParts) -> Result<(), StoreError> {
    for guard in &parts.guards {
        storable(guard.kind, guard.key.as_str())?;
    }
    for write in &parts.writes {
        let (kind, key) = write.subject();
        storable(kind, key.as_str())?;
        let (RecordWrite::Insert(record) | RecordWrite::Update { record, .. }) = write else { continue };
        storable(kind, &record.data)?;
        record.index.iter().try_for_each(|entry| storable(kind, entry.value.as_str()).map(drop))?;
    }
    for job in &parts.jobs {
        let JobWrite::Enqueue(job) = job else { continue };
        let worker = job.in_hand.as_ref().map(|hand| hand.worker.as_str());
        let texts = [Some(job.queue.as_str()), job.order_key.as_ref().map(OrderKey::as_str), worker];
        texts.into_iter().flatten().try_for_each(|text| storable(JOB_KIND, text).map(drop))?;
        storable(JOB_KIND, job.payload.as_json_text())?;
    }
    parts.usage.iter().try_for_each(|entry| storable(USAGE_KIND, &entry.data).map(drop))
}

/// The batch as text.
///
/// # Errors
/// As [`check`].
pub(super) fn of(parts: &BatchParts) -> Result<String, StoreError> {
    // texts, numbers and truth values: there is nothing JSON could not hold
    serde_json::to_string(&BatchText::of(parts)?).map_err(StoreError::unavailable)
}

#[derive(Serialize)]
struct BatchText<'a> {
    guards: Vec<GuardText<'a>>,
    writes: Vec<WriteText<'a>>,
    jobs: Vec<JobText<'a>>,
    leaves: Vec<LeafText<'a>>,
    usage: Vec<UsageText<'a>>,
    /// Whether other nodes are told that there may be work.
    rings: bool,
}

impl<'a> BatchText<'a> {
    fn of(parts: &'a BatchParts) -> Result<Self, StoreError> {
        Ok(Self {
            guards: parts.guards.iter().map(guard).collect::<Result<_, _>>()?,
            writes: parts.writes.iter().map(write).collect::<Result<_, _>>()?,
            jobs: parts.jobs.iter().map(job).collect::<Result<_, _>>()?,
            leaves: parts.leaves.iter().map(LeafText).collect(),
            usage: parts.usage.iter().map(used).collect::<Result<_, _>>()?,
            rings: parts
                .jobs
                .iter()
                .any(|job| matches!(job, JobWrite::Enqueue(_) | JobWrite::Release { .. })),
        })
    }
}

/// The bytes in hexadecimal.
struct LeafText<'a>(&'a AuditLeaf);

impl Serialize for LeafText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0.bytes()))
    }
}

#[derive(Serialize)]
struct GuardText<'a> {
    kind: &'a str,
    key: &'a str,
    expected: Option<i64>,
}

/// Without an expected version an insertion, without data a deletion.
#[derive(Serialize)]
struct WriteText<'a> {
    kind: &'a str,
    key: &'a str,
    expected: Option<i64>,
    #[serde(flatten)]
    content: Option<ContentText<'a>>,
}

#[derive(Serialize)]
struct ContentText<'a> {
    form: u16,
    data: &'a str,
    /// Of the entries, in hexadecimal.
    digest: String,
    /// Whether the entries are looked at whatever the digest.
    compared: bool,
    index: Vec<EntryText<'a>>,
}

#[derive(Serialize)]
struct EntryText<'a> {
    name: &'a str,
    value: &'a str,
    unique: bool,
}

#[derive(Serialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum JobText<'a> {
    Enqueue {
        id: String,
        queue: &'a str,
        order_key: Option<&'a str>,
        payload: &'a str,
        due_at: i64,
        ready_at: i64,
        worker: Option<&'a str>,
        lease: i64,
        attempt: i64,
    },
    Complete {
        id: String,
        lease: i64,
    },
    Release {
        id: String,
        lease: i64,
        due_at: i64,
        reason: String,
    },
    Park {
        id: String,
        lease: i64,
        parked_at: i64,
        reason: String,
    },
}

#[derive(Serialize)]
struct UsageText<'a> {
    id: String,
    partner: String,
    at: i64,
    data: &'a str,
}

fn guard(guard: &Guard) -> Result<GuardText<'_>, StoreError> {
    let key = storable(guard.kind, guard.key.as_str())?;
    Ok(GuardText { kind: guard.kind.as_str(), key, expected: guard.expected.map(version) })
}

fn write(write: &RecordWrite) -> Result<WriteText<'_>, StoreError> {
    let (kind, key) = write.subject();
    let (expected, record) = match write {
        RecordWrite::Insert(record) => (None, Some(record)),
        RecordWrite::Update { expected, record, .. } => (Some(version(*expected)), Some(record)),
        RecordWrite::Delete { expected, .. } => (Some(version(*expected)), None),
    };
    let compared = matches!(write, RecordWrite::Update { entries: Entries::Compared, .. });
    let content = record.map(|record| content(record, compared)).transpose()?;
    Ok(WriteText { kind: kind.as_str(), key: storable(kind, key.as_str())?, expected, content })
}

fn content(record: &EncodedRecord, compared: bool) -> Result<ContentText<'_>, StoreError> {
    let index = record.index.iter().map(|entry| {
        let value = storable(record.kind, entry.value.as_str())?;
        Ok(EntryText { name: entry.name.as_str(), value, unique: entry.uniqueness == Uniqueness::Unique })
    });
    let index = index.collect::<Result<_, StoreError>>()?;
    let (data, digest) = (storable(record.kind, &record.data)?, hex::encode(record.entries_digest()));
    Ok(ContentText { form: record.form, data, digest, compared, index })
}

fn job(write: &JobWrite) -> Result<JobText<'_>, StoreError> {
    Ok(match write {
        JobWrite::Enqueue(job) => enqueued(job)?,
        JobWrite::Complete(lease) => {
            JobText::Complete { id: lease.job.to_string(), lease: rows::signed(lease.number) }
        }
        JobWrite::Release { lease, due_at, reason } => JobText::Release {
            id: lease.job.to_string(),
            lease: rows::signed(lease.number),
            due_at: due_at.as_unix_millis(),
            reason: readable(reason),
        },
        JobWrite::Park { lease, parked_at, reason } => JobText::Park {
            id: lease.job.to_string(),
            lease: rows::signed(lease.number),
            parked_at: parked_at.as_unix_millis(),
            reason: readable(reason),
        },
    })
}

fn enqueued(job: &NewJob) -> Result<JobText<'_>, StoreError> {
    let (worker, ready_at, lease, attempt) = match &job.in_hand {
        Some(hand) => (Some(hand.worker.as_str()), hand.until, InHand::LEASE_NUMBER, 1),
        None => (None, job.due_at, 0, 0),
    };
    let text = |text| storable(JOB_KIND, text);
    Ok(JobText::Enqueue {
        id: job.id.to_string(),
        queue: text(job.queue.as_str())?,
        order_key: job.order_key.as_ref().map(OrderKey::as_str).map(text).transpose()?,
        payload: text(job.payload.as_json_text())?,
        due_at: job.due_at.as_unix_millis(),
        ready_at: ready_at.as_unix_millis(),
        worker: worker.map(text).transpose()?,
        lease: rows::signed(lease),
        attempt,
    })
}

fn used(entry: &UsageEntry) -> Result<UsageText<'_>, StoreError> {
    let data = storable(USAGE_KIND, &entry.data)?;
    let (id, partner) = (entry.id.to_string(), entry.partner.to_string());
    Ok(UsageText { id, partner, at: entry.at.as_unix_millis(), data })
}

fn version(version: Version) -> i64 {
    rows::signed(version.number())
}

fn storable(kind: RecordKind, text: &str) -> Result<&str, StoreError> {
    if is_storable(text) {
        return Ok(text);
    }
    Err(StoreError::Unencodable { kind, cause: Unencodable::ZeroCharacter })
}

/// Reasons are for people: what has no form is shown as such and stops nothing.
fn readable(reason: &Reason) -> String {
    reason.as_str().replace('\0', "\u{fffd}")
}

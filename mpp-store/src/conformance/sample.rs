//! What the suites write: a record with a shared and a unique index, jobs, leaves, uses.

use std::collections::BTreeMap;

use mpp_core::{JobId, PartnerId, Span, Timestamp, UsageEventId};
use serde::{Deserialize, Serialize};

use crate::{
    AuditLeaf, Claim, IndexEntry, IndexName, LeasedJob, NewJob, OrderKey, QueueName, Record, RecordKey,
    RecordKind, RecordReaderExt, Store, StoreError, UnknownForm, UsageEntry, UsageQuery, Version, Versioned,
    WorkerName, WriteBatch,
};

/// The index any number of samples may share.
pub const BY_OWNER: IndexName = IndexName::new("owner");
/// The index one sample has to itself.
pub const BY_CODE: IndexName = IndexName::new("code");
/// A queue.
pub const QUEUE: QueueName = QueueName::new("conformance");
/// Another queue.
pub const OTHER_QUEUE: QueueName = QueueName::new("conformance-other");

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The key.
    pub id: u32,
    /// Shared index.
    pub owner: String,
    /// Unique index.
    pub code: Option<String>,
    /// Something to change.
    pub count: u64,
}

impl Sample {
    /// A sample of this owner, without a code.
    #[must_use]
    pub fn of(owner: &str, id: u32) -> Self {
        Self { id, owner: owner.to_owned(), code: None, count: 0 }
    }

    /// With a code.
    #[must_use]
    pub fn coded(self, code: &str) -> Self {
        Self { code: Some(code.to_owned()), ..self }
    }
}

impl Record for Sample {
    const KIND: RecordKind = RecordKind::new("conformance-sample");
    const FORM: u16 = 2;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let mut entries = vec![IndexEntry::shared(BY_OWNER, &self.owner)];
        entries.extend(self.code.as_ref().map(|code| IndexEntry::unique(BY_CODE, code)));
        entries
    }

    /// Form 1 had no code.
    fn from_older_form(form: u16, data: serde_json::Value) -> Result<Self, UnknownForm> {
        #[derive(Deserialize)]
        struct First {
            id: u32,
            owner: String,
        }
        match form {
            1 => serde_json::from_value(data)
                .map(|First { id, owner }| Self::of(&owner, id))
                .map_err(|_| UnknownForm),
            _ => Err(UnknownForm),
        }
    }
}

/// Writes the kind of [`Sample`] in another form and shape.
#[derive(Debug, Serialize, Deserialize)]
pub struct Odd<const FORM: u16>(pub BTreeMap<String, serde_json::Value>);

impl<const FORM: u16> Odd<FORM> {
    /// From JSON text with a field `id`.
    #[must_use]
    pub fn new(json: &str) -> Self {
        Self(serde_json::from_str(json).expect("the suite's JSON is right"))
    }
}

impl<const FORM: u16> Record for Odd<FORM> {
    const KIND: RecordKind = Sample::KIND;
    const FORM: u16 = FORM;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.0.get("key").or_else(|| self.0.get("id")).expect("the suite's JSON has a key"))
    }
}

/// A record of another kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// The key.
    pub id: u32,
}

impl Record for Other {
    const KIND: RecordKind = RecordKind::new("conformance-other");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::unique(BY_CODE, "x")]
    }
}

/// So many seconds after the suite's beginning of time.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    let start = Timestamp::from_unix_millis(1_768_469_400_000).expect("a plain instant");
    start.plus(Span::from_seconds(seconds))
}

/// The key of the sample of this number.
#[must_use]
pub fn key(id: u32) -> RecordKey {
    RecordKey::new(id)
}

/// A job id.
#[must_use]
pub fn job_id(number: u8) -> JobId {
    JobId::from_random([number; 16])
}

/// A job of [`QUEUE`] without an order, due at once.
#[must_use]
pub fn job(number: u8) -> NewJob {
    NewJob::new(job_id(number), QUEUE, &number, at(0)).expect("a number is JSON")
}

/// A job of [`QUEUE`] in an order, due at once.
#[must_use]
pub fn ordered(number: u8, order: &str) -> NewJob {
    job(number).ordered_by(OrderKey::new(order))
}

/// Enqueues jobs in one commit.
pub async fn enqueue(store: &dyn Store, jobs: impl IntoIterator<Item = NewJob>) {
    let mut batch = WriteBatch::new();
    for job in jobs {
        batch.enqueue(job);
    }
    store.commit(batch).await.expect("the jobs are new");
}

/// A wish for many jobs of any queue, for a minute.
#[must_use]
pub fn claim(seconds: i64) -> Claim {
    let worker = WorkerName::new("worker-1");
    Claim { queues: Vec::new(), worker, limit: 100, now: at(seconds), lease_for: Span::from_minutes(1) }
}

/// Leases all there is at that second.
pub async fn lease(store: &dyn Store, seconds: i64) -> Vec<LeasedJob> {
    store.lease(claim(seconds)).await.expect("the store answers")
}

/// The payload numbers of all that can be leased at that second.
pub async fn leased_numbers(store: &dyn Store, seconds: i64) -> Vec<u8> {
    numbers(&lease(store, seconds).await)
}

/// The payload numbers of jobs.
#[must_use]
pub fn numbers(jobs: &[LeasedJob]) -> Vec<u8> {
    jobs.iter().map(|job| job.payload().expect("a number")).collect()
}

/// A leaf.
#[must_use]
pub fn leaf(text: &str) -> AuditLeaf {
    AuditLeaf::new(text.as_bytes().to_vec())
}

/// A use by the partner of that number.
#[must_use]
pub fn used(number: u8, partner: u8, seconds: i64) -> UsageEntry {
    UsageEntry {
        id: UsageEventId::from_random([number; 16]),
        partner: PartnerId::from_random([partner; 16]),
        at: at(seconds),
        data: format!("{{\"number\":{number}}}"),
    }
}

/// Commits the insertion of samples.
pub async fn insert(store: &dyn Store, samples: impl IntoIterator<Item = Sample>) -> Version {
    let mut batch = WriteBatch::new();
    for sample in samples {
        batch.insert(&sample);
    }
    store.commit(batch).await.expect("the samples are new")
}

/// Commits one change.
pub async fn commit(
    store: &dyn Store,
    change: impl FnOnce(&mut WriteBatch) -> &mut WriteBatch,
) -> Result<Version, StoreError> {
    let mut batch = WriteBatch::new();
    change(&mut batch);
    store.commit(batch).await
}

/// All uses, of one partner or of all.
pub async fn usage(store: &dyn Store, partner: Option<PartnerId>) -> Vec<UsageEntry> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let query = UsageQuery { partner, from: at(-1000), to: at(1000), after, limit: 2 };
        let page = store.usage_entries(query).await.expect("the store answers");
        found.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return found,
        }
    }
}

/// The sample of this number.
pub async fn sample(store: &dyn Store, id: u32) -> Option<Versioned<Sample>> {
    store.get(&key(id)).await.expect("the store answers")
}

/// The ids of the samples with this index entry.
pub async fn ids_by(store: &dyn Store, index: IndexName, value: &str) -> Vec<u32> {
    let found = store.every_by_index::<Sample>(index, value.into()).await.expect("the store answers");
    found.into_iter().map(|found| found.record.id).collect()
}

/// Asserts that a commit was refused because of this record.
pub fn assert_conflict(result: Result<Version, StoreError>, kind: RecordKind, key: &RecordKey) {
    match result {
        Err(StoreError::Conflict { kind: found, key: found_key }) => {
            assert_eq!((found, &found_key), (kind, key));
        }
        other => panic!("expected a conflict about {kind} {key}, got {other:?}"),
    }
}

/// Asserts that a commit was refused because the job is in other hands.
pub fn assert_lease_lost<T: std::fmt::Debug>(result: Result<T, StoreError>, number: u8) {
    match result {
        Err(StoreError::LeaseLost { job }) => assert_eq!(job, job_id(number)),
        other => panic!("expected a lost lease, got {other:?}"),
    }
}

/// Asserts that nothing is stored at all.
pub async fn assert_untouched(store: &dyn Store) {
    assert_eq!(store.count(Sample::KIND, None).await.expect("the store answers"), 0);
    assert_eq!(store.size().await.expect("the store answers"), 0);
    assert!(store.backlog(at(0)).await.expect("the store answers").is_empty());
    assert!(usage(store, None).await.is_empty());
}

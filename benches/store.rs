//! The commit a step of the journey makes: a record changed, an event beside it, a job finished and another asked for, a
//! leaf of the audit log. In memory, and in SQLite, where each commit waits for the disk.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use criterion::{BenchmarkId, Criterion, Throughput};
use mpp::core::{Clock, ConsentRequestId, JobId, Span};
use mpp::store::{
    AuditLeaf, Claim, IndexEntry, IndexName, MemoryStore, NewJob, OrderKey, QueueName, Record, RecordKey,
    RecordKind, RecordReaderExt, SqliteStore, Store, StoreError, WorkerName, WriteBatch,
};
use mpp_testkit::{HandClock, SeededEntropy};
use serde::{Deserialize, Serialize};

const QUEUE: QueueName = QueueName::new("journey");

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let sqlite = runtime.block_on(SqliteStore::open(folder.path().join("store.sqlite")))?;
    let stores: [(&str, Arc<dyn Store>); 2] =
        [("memory", Arc::new(MemoryStore::new())), ("sqlite", Arc::new(sqlite))];
    let mut group = criterion.benchmark_group("store");
    group.sample_size(20).throughput(Throughput::Elements(1));
    for (name, store) in stores {
        let journey = runtime.block_on(Journey::begin(store))?;
        group.bench_function(BenchmarkId::new("journey step", name), |bencher| {
            bencher.to_async(&runtime).iter(|| journey.step());
        });
        // What fails is quick: every step must have found its job and its record as it expected them.
        runtime.block_on(journey.check())?;
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// About as large as a consent request is.
#[derive(Serialize, Deserialize)]
struct Request {
    id: ConsentRequestId,
    steps: u64,
    sealed_particulars: String,
}

impl Record for Request {
    const KIND: RecordKind = RecordKind::new("request");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![
            IndexEntry::shared(IndexName::new("partner"), "p-1"),
            IndexEntry::unique(IndexName::new("case"), self.id),
        ]
    }
}

/// What the requester reads about each step.
#[derive(Serialize, Deserialize)]
struct Event {
    request: ConsentRequestId,
    number: u64,
}

impl Record for Event {
    const KIND: RecordKind = RecordKind::new("event");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(format_args!("{}/{}", self.request, self.number))
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(IndexName::new("request"), self.request)]
    }
}

struct Journey {
    store: Arc<dyn Store>,
    clock: HandClock,
    entropy: SeededEntropy,
    key: RecordKey,
    begun: AtomicU64,
}

impl Journey {
    async fn begin(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let (clock, entropy) = (HandClock::new(), SeededEntropy::new(3));
        let id = ConsentRequestId::generate(&entropy);
        let request = Request { id, steps: 0, sealed_particulars: "s".repeat(2048) };
        let mut batch = WriteBatch::new();
        batch.insert(&request).enqueue(job(&request, &clock, &entropy)?);
        store.commit(batch).await?;
        Ok(Self { store, clock, entropy, key: request.key(), begun: AtomicU64::new(0) })
    }

    /// Takes the job, reads the request, and commits what follows.
    async fn step(&self) -> Result<(), StoreError> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let claim = Claim {
            queues: vec![QUEUE],
            worker: WorkerName::new("bench"),
            limit: 1,
            now: self.clock.now(),
            lease_for: Span::from_minutes(1),
        };
        let leased = self.store.lease(claim).await?;
        let mut batch = WriteBatch::new();
        if let Some(request) = self.store.get::<Request>(&self.key).await? {
            let version = request.version;
            let request = Request { steps: request.record.steps.saturating_add(1), ..request.record };
            let event = Event { request: request.id, number: request.steps };
            batch.update(version, &request).insert(&event);
            batch.enqueue(job(&request, &self.clock, &self.entropy)?);
        }
        leased.iter().for_each(|job| {
            batch.complete(job);
        });
        batch.audit(AuditLeaf::new(vec![b'a'; 200]));
        self.store.commit(batch).await.map(drop)
    }

    /// Whether every step that was begun was committed.
    async fn check(&self) -> Result<(), Box<dyn Error>> {
        let request = self.store.get::<Request>(&self.key).await?.ok_or("the record is gone")?;
        let (begun, leaves) = (self.begun.load(Ordering::Relaxed), self.store.size().await?);
        if (request.record.steps, leaves) == (begun, begun) { Ok(()) } else { Err("a step failed".into()) }
    }
}

fn job(request: &Request, clock: &HandClock, entropy: &SeededEntropy) -> Result<NewJob, StoreError> {
    let job = NewJob::new(JobId::generate(entropy), QUEUE, &request.id, clock.now())?;
    Ok(job.ordered_by(OrderKey::new(request.id)))
}

//! The commit a step of the journey makes: the state changed, a job in the outbox, a leaf of the audit log, a use metered.

use std::sync::Arc;
use std::time::Duration;

use mpp_core::{JobId, PartnerId, UsageEventId};
use mpp_store::{
    AuditLeaf, IndexEntry, IndexName, NewJob, OrderKey, QueueName, Record, RecordKey, RecordKind, Store,
    UsageEntry, Version, WriteBatch,
};
use serde::{Deserialize, Serialize};

use crate::numbers::{draw, draw_bytes, figure};
use crate::{Failure, clock};

pub(crate) const QUEUE: QueueName = QueueName::new("journey");
/// How many partners consents are spread over.
pub(crate) const PARTNERS: u64 = 20;
pub(crate) const PARTNER: IndexName = IndexName::new("partner");

/// A consent, about as long as one is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Consent {
    pub(crate) id: String,
    pub(crate) partner: u64,
    pub(crate) steps: u64,
    pub(crate) sealed: String,
}

impl Record for Consent {
    const KIND: RecordKind = RecordKind::new("consent");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(&self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(PARTNER, self.partner)]
    }
}

/// A journey under way: it knows the version its consent has.
#[derive(Debug)]
pub(crate) struct Journey {
    store: Arc<dyn Store>,
    consent: Consent,
    version: Version,
}

impl Journey {
    /// Makes a consent.
    pub(crate) async fn begin(store: &Arc<dyn Store>) -> Result<Self, Failure> {
        let id = format!("{:016x}", draw());
        let consent = Consent { id, partner: draw() % PARTNERS, steps: 0, sealed: "s".repeat(1024) };
        let mut batch = WriteBatch::new();
        batch.insert(&consent);
        let version = store.commit(batch).await?;
        Ok(Self { store: Arc::clone(store), consent, version })
    }

    /// Goes on with a consent that is there.
    pub(crate) const fn of(store: Arc<dyn Store>, consent: Consent, version: Version) -> Self {
        Self { store, consent, version }
    }

    /// One step.
    pub(crate) async fn step(&mut self) -> Result<(), Failure> {
        self.consent.steps += 1;
        let now = clock::today()?;
        let job = NewJob::new(JobId::from_random(draw_bytes()), QUEUE, &self.consent.id, now)?;
        let usage = UsageEntry {
            id: UsageEventId::from_random(draw_bytes()),
            partner: PartnerId::from_random([7; 16]),
            at: now,
            data: format!(r#"{{"consent":"{}","step":{}}}"#, self.consent.id, self.consent.steps),
        };
        let mut batch = WriteBatch::new();
        batch.update(self.version, &self.consent).enqueue(job.ordered_by(OrderKey::new(&self.consent.id)));
        batch.audit(AuditLeaf::new(vec![b'a'; 200])).usage_entry(usage);
        self.version = self.store.commit(batch).await?;
        Ok(())
    }
}

/// Commits per second of so many journeys side by side, each step after the other.
pub(crate) async fn rate(store: &Arc<dyn Store>, writers: usize, length: Duration) -> Result<f64, Failure> {
    let mut journeys = Vec::with_capacity(writers);
    for _ in 0..writers {
        journeys.push(Journey::begin(store).await?);
    }
    let leaves_before = store.size().await?;
    let begun = clock::now();
    let tasks = journeys.into_iter().map(|mut journey| {
        tokio::spawn(async move {
            while begun.elapsed() < length {
                journey.step().await?;
            }
            Ok::<_, Failure>(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    Ok(figure(store.size().await? - leaves_before) / seconds)
}

//! The two stores, driven by the same long random sequence of operations, answer the same.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::fmt::Debug;

use mpp_core::{Entropy, Span, draw};
use mpp_store::conformance::entropy::CountingEntropy;
use mpp_store::conformance::run;
use mpp_store::conformance::sample::{
    BY_CODE, BY_OWNER, OTHER_QUEUE, QUEUE, Sample, at, job, job_id, key, leaf, used,
};
use mpp_store::{
    AuditLog, Claim, LeafIndex, LeasedJob, ListOrder, ListQuery, MemoryStore, NewJob, OrderKey, OutboxExt,
    Reason, Record, RecordReaderExt, SqliteStore, Store, StoreError, UsageQuery, Version, WorkerName,
    WriteBatch,
};

/// What both stores are asked to do: the same choices, drawn once.
struct Driver {
    entropy: CountingEntropy,
    seconds: i64,
    leased: Vec<LeasedJob>,
    committed: u32,
    refused: u32,
    handed_out: usize,
}

impl Driver {
    fn below(&self, bound: u32) -> u32 {
        u32::from_le_bytes(draw(&self.entropy)) % bound
    }

    fn small(&self, bound: u8) -> u8 {
        u8::try_from(self.below(u32::from(bound))).unwrap()
    }

    fn sample(&self) -> Sample {
        let owner = ["a", "b", "c"][usize::from(self.small(3))];
        let sample = Sample { count: self.below(1000).into(), ..Sample::of(owner, self.below(12)) };
        if self.below(3) == 0 { sample.coded(&self.below(6).to_string()) } else { sample }
    }

    fn job(&self) -> NewJob {
        let queue = if self.below(3) == 0 { OTHER_QUEUE } else { QUEUE };
        let due_at = at(self.seconds + i64::from(self.below(20)));
        let job = NewJob { queue, due_at, ..job(self.small(40)) };
        if self.below(2) == 0 { job.ordered_by(OrderKey::new(self.below(4))) } else { job }
    }

    /// The version the record has, mostly.
    async fn version(&self, store: &dyn Store, id: u32) -> Version {
        let found = store.get::<Sample>(&key(id)).await.unwrap();
        let found = found.map_or(Version::from_number(1), |found| found.version);
        if self.below(8) == 0 { Version::from_number(found.number() + 1) } else { found }
    }

    /// A batch of one to four changes, built twice the same.
    async fn batches(&self, store: &dyn Store) -> (WriteBatch, WriteBatch) {
        let (mut one, mut two) = (WriteBatch::new(), WriteBatch::new());
        for _ in 0..=self.below(4) {
            let sample = self.sample();
            let version = self.version(store, sample.id).await;
            let held = self.leased.get(usize::from(self.small(8)));
            let (choice, job, number) = (self.below(10), self.job(), self.small(30));
            let due = at(self.seconds + i64::from(self.below(30)));
            for batch in [&mut one, &mut two] {
                match choice {
                    0 | 1 => batch.insert(&sample),
                    2 | 3 => batch.update(version, &sample),
                    4 => batch.delete::<Sample>(&sample.key(), version),
                    5 => batch.unchanged::<Sample>(&sample.key(), version),
                    6 | 7 => batch.enqueue(job.clone()),
                    8 => batch.audit(leaf(&number.to_string())).usage_entry(used(number, number % 3, 0)),
                    _ => match held {
                        Some(held) if number % 3 == 0 => batch.release(held, due, Reason::new("later")),
                        Some(held) if number % 3 == 1 => batch.park(held, at(self.seconds), Reason::new("x")),
                        Some(held) => batch.complete(held),
                        None => batch,
                    },
                };
            }
        }
        (one, two)
    }

    async fn step(&mut self, stores: [&dyn Store; 2]) {
        let [memory, sqlite] = stores;
        match self.below(10) {
            0..=5 => {
                let (one, two) = self.batches(memory).await;
                match agree(memory.commit(one).await, sqlite.commit(two).await) {
                    Some(_) => self.committed += 1,
                    None => self.refused += 1,
                }
            }
            6 | 7 => {
                let queues = [vec![], vec![QUEUE], vec![OTHER_QUEUE], vec![OTHER_QUEUE, QUEUE]];
                let queues = queues[usize::from(self.small(4))].clone();
                let (now, limit) = (at(self.seconds), self.below(4));
                let lease_for = Span::from_seconds(self.below(20).into());
                let claim = Claim { queues, worker: WorkerName::new("w"), limit, now, lease_for };
                let leased = agree(memory.lease(claim.clone()).await, sqlite.lease(claim).await);
                let leased = leased.unwrap();
                self.handed_out += leased.len();
                self.leased.splice(0..0, leased);
                self.leased.truncate(8);
            }
            8 => {
                let (job, now) = (job_id(self.small(40)), at(self.seconds));
                if self.below(3) == 0 {
                    agree(memory.discard(job).await, sqlite.discard(job).await);
                } else {
                    agree(memory.replay(job, now).await, sqlite.replay(job, now).await);
                }
                if let Some(held) = self.leased.first() {
                    let more = Span::from_seconds(10);
                    let beats =
                        [memory.heartbeat(held, now, more).await, sqlite.heartbeat(held, now, more).await];
                    let [one, two] = beats;
                    agree(one, two);
                }
            }
            _ => self.seconds += i64::from(self.below(15)),
        }
    }
}

/// Asserts that both answers are the same, errors by their text; gives the answer.
fn agree<T: Debug + PartialEq>(one: Result<T, StoreError>, two: Result<T, StoreError>) -> Option<T> {
    let (one, two) = (one.map_err(|error| error.to_string()), two.map_err(|error| error.to_string()));
    assert_eq!(one, two);
    one.ok()
}

async fn compare(memory: &dyn Store, sqlite: &dyn Store, seconds: i64) {
    let mut queries = vec![ListQuery::of(Sample::KIND)];
    queries.extend(["a", "b", "c"].map(|owner| ListQuery::of(Sample::KIND).by_index(BY_OWNER, owner.into())));
    queries.extend(
        (0..6).map(|code| ListQuery::of(Sample::KIND).by_index(BY_CODE, mpp_store::IndexValue::new(code))),
    );
    for query in queries {
        for order in [ListOrder::OldestFirst, ListOrder::NewestFirst] {
            let query = query.clone().in_order(order);
            let lists =
                [memory.list(query.clone()).await.unwrap(), sqlite.list(query.clone()).await.unwrap()];
            assert_eq!(lists[0].items, lists[1].items);
            let count = u64::try_from(lists[0].items.len()).unwrap();
            assert_eq!(memory.count(query.kind, query.index.clone()).await.unwrap(), count);
            assert_eq!(sqlite.count(query.kind, query.index).await.unwrap(), count);
        }
    }
    let backlogs = [memory.backlog(at(seconds)).await, sqlite.backlog(at(seconds)).await];
    assert_eq!(backlogs[0].as_ref().unwrap(), backlogs[1].as_ref().unwrap());
    let parked =
        [memory.parked(None, None, 100).await.unwrap(), sqlite.parked(None, None, 100).await.unwrap()];
    assert_eq!(parked[0].items, parked[1].items);
    agree(memory.leaves(LeafIndex(0), 1000).await, sqlite.leaves(LeafIndex(0), 1000).await).unwrap();
    let uses = UsageQuery { partner: None, from: at(-1), to: at(1), after: None, limit: 1000 };
    agree(memory.usage_entries(uses.clone()).await, sqlite.usage_entries(uses).await).unwrap();
}

#[test]
fn both_stores_answer_the_same() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let memory = MemoryStore::new();
        let sqlite = SqliteStore::open(folder.path().join("store.sqlite")).await.unwrap();
        let mut driver = Driver {
            entropy: CountingEntropy::default(),
            seconds: 0,
            leased: Vec::new(),
            committed: 0,
            refused: 0,
            handed_out: 0,
        };
        driver.entropy.fill(&mut [0; 64]);
        for step in 0..3000 {
            driver.step([&memory, &sqlite]).await;
            if step % 50 == 0 {
                compare(&memory, &sqlite, driver.seconds).await;
            }
        }
        compare(&memory, &sqlite, driver.seconds).await;
        let did = (driver.committed, driver.refused, driver.handed_out, memory.size().await.unwrap());
        assert!(did.0 > 200 && did.1 > 200 && did.2 > 100 && did.3 > 50, "too little happened: {did:?}");
        for job in driver.leased {
            agree(memory.complete(&job).await, sqlite.complete(&job).await);
        }
    });
}

//! Measurements with a million records, for which a test run has no time. With optimisation, and a server for PostgreSQL:
//!
//! ```console
//! MPP_POSTGRES=postgres://... cargo test --release -p mpp-store --all-features --test large -- --ignored --nocapture --test-threads 1
//! ```
#![cfg(all(feature = "postgres", feature = "sled"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "measurements"
)]

#[path = "support/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod postgres_support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mpp_core::{Clock, Entropy, Span, Timestamp};
use mpp_crypto::at_rest::SealedField;
use mpp_store::conformance::entropy::CountingEntropy;
use mpp_store::conformance::run;
use mpp_store::conformance::sample::at;
use mpp_store::{
    Backend, Commit, EpochFence, EpochKeyFolder, FileItemKeys, IndexEntry, IndexName, KnownKind, LiveEpochs,
    Record, RecordKey, RecordKind, RecordReaderExt, Rotation, SealedKind, SealedRecord, SledStore,
    SnapshotFile, SqliteStore, Store, Vault, WriteBatch, found_by,
};
use serde::{Deserialize, Serialize};

const RECORDS: u32 = 1_000_000;
const TOGETHER: u32 = 1_000;

#[derive(Debug, Serialize, Deserialize)]
struct Customer {
    id: u32,
    mobile: SealedField,
}

impl Record for Customer {
    const KIND: RecordKind = RecordKind::new("large-customer");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(IndexName::new("group"), self.id % 100)]
    }
}

impl SealedRecord for Customer {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![("mobile", &mut self.mobile)]
    }
}

/// A clock that stands still.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        at(0)
    }
}

/// Fills a store, rotates its epochs, takes a snapshot and restores it into the other one.
async fn measure(name: &str, store: Arc<dyn Backend>, other: Arc<dyn Backend>, folder: &Path) {
    let entropy: Arc<dyn Entropy> = Arc::new(CountingEntropy::default());
    let keys = folder.join("keys");
    let epochs = LiveEpochs::open(EpochKeyFolder::new(&keys), entropy.as_ref()).unwrap();
    let bare: Arc<dyn Store> = Arc::<dyn Backend>::clone(&store);
    let fence = EpochFence::open(bare, epochs.clone(), entropy.as_ref(), at(0)).await.unwrap();
    let item_keys = FileItemKeys::open(keys.join("items"), epochs.clone(), Arc::clone(&entropy)).unwrap();
    let vault = Vault::new(epochs, Arc::clone(&entropy));
    forget_peak();
    let begun = Instant::now();
    for first in (0..RECORDS).step_by(usize::try_from(TOGETHER).unwrap()) {
        let mut batch = WriteBatch::new();
        for id in first..first + TOGETHER {
            let place = RecordKey::new(id);
            let mobile = vault.seal(&Vault::place::<Customer>(&place, "mobile"), &"9876501234").unwrap();
            batch.insert(&Customer { id, mobile });
        }
        store.commit(batch).await.unwrap();
    }
    report(name, "filled", begun);

    let work = Work { fence: Arc::new(fence), vault };
    // the same commits before, when nothing else goes on
    let quiet = work.goes_on_beside(async { tokio::time::sleep(Duration::from_secs(10)).await }).await.1;
    report_work(name, "before the rotation", quiet);
    let kinds = vec![SealedKind::of::<Customer>()];
    let rotation = Rotation::new(Arc::clone(&work.fence), item_keys, kinds, Arc::new(Still), entropy);
    forget_peak();
    let begun = Instant::now();
    let rotating = tokio::spawn(async move { rotation.now().await });
    let (rotated, meanwhile) = work.goes_on_beside(rotating).await;
    let rotated = rotated.unwrap().unwrap().unwrap();
    report(name, "rotated", begun);
    report_work(name, "while it rotated", meanwhile);
    // some were changed by the others before they were reached
    assert!(rotated.records > u64::from(RECORDS) / 2 && rotated.records <= u64::from(RECORDS));
    assert_eq!(rotated.ended, 1);

    let begun = Instant::now();
    let found = found_by(&*store, &[KnownKind::of::<Customer>(), mpp_store::EPOCH_KINDS[0]]).await.unwrap();
    assert_eq!((found.faults(), found.compared), (Vec::<String>::new(), u64::from(RECORDS) + 1));
    report(name, "index entries held against records", begun);
    let file = SnapshotFile::at(folder.join("snapshot"));
    let begun = Instant::now();
    let summary = file.take_of(&*store).await.unwrap();
    report(name, "snapshot taken", begun);
    let begun = Instant::now();
    assert_eq!(file.verify().await.unwrap(), summary);
    report(name, "snapshot looked through", begun);
    let begun = Instant::now();
    file.restore_into(&*other).await.unwrap();
    report(name, "snapshot looked through and restored", begun);
    println!("{name}: {} MB of snapshot", std::fs::metadata(file.path()).unwrap().len() / 1_000_000);
    let count = other.count(Customer::KIND, None).await.unwrap();
    assert_eq!(count, u64::from(RECORDS));
}

/// A server at work on the same records.
struct Work {
    fence: Arc<EpochFence>,
    vault: Vault,
}

impl Work {
    /// Changes a record fifty times a second while something else goes on, and how long each change took, with its repeats.
    async fn goes_on_beside<T>(&self, other: impl Future<Output = T>) -> (T, Vec<Duration>) {
        let done = AtomicBool::new(false);
        let working = async {
            let (mut took, mut nth) = (Vec::new(), 0_u32);
            let mut pace = tokio::time::interval(Duration::from_millis(20));
            while !done.load(Ordering::Relaxed) {
                pace.tick().await;
                nth = nth.wrapping_add(7919);
                let begun = Instant::now();
                self.change(&RecordKey::new(nth % RECORDS)).await;
                took.push(begun.elapsed());
            }
            took
        };
        let other = async {
            let settled = other.await;
            done.store(true, Ordering::Relaxed);
            settled
        };
        futures::join!(other, working)
    }

    async fn change(&self, key: &RecordKey) {
        loop {
            let mut read = self.fence.get::<Customer>(key).await.unwrap().unwrap();
            read.record.mobile =
                self.vault.seal(&Vault::place::<Customer>(key, "mobile"), &"9876501234").unwrap();
            let mut batch = WriteBatch::new();
            batch.update(read.version, &read.record);
            match self.fence.commit(batch).await {
                Err(error) if error.is_conflict() => {}
                settled => {
                    settled.unwrap();
                    return;
                }
            }
        }
    }
}

fn report_work(name: &str, when: &str, mut took: Vec<Duration>) {
    took.sort();
    let at = |thousandths: usize| took[(took.len() - 1) * thousandths / 1000].as_secs_f64() * 1000.0;
    let (count, median, p99, longest) = (took.len(), at(500), at(990), at(1000));
    println!(
        "{name}: {count} changes {when}: median {median:.1} ms, p99 {p99:.1} ms, longest {longest:.1} ms"
    );
}

/// From here on the peak is that of what follows.
fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// The most memory this process has had resident, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_ascii_whitespace().next().unwrap().parse::<u64>().unwrap() / 1000
}

/// Says how long something took, and the most memory meanwhile.
fn report(name: &str, what: &str, begun: Instant) {
    let span = Span::from_millis(i64::try_from(begun.elapsed().as_millis()).unwrap());
    println!("{name}: {what} in {:.1} s, {} MB resident at most", span.as_duration().as_secs_f64(), peak());
    forget_peak();
}

#[test]
#[ignore = "a measurement of minutes"]
fn a_million_records_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let open = async |name: &str| SqliteStore::open(folder.path().join(name)).await.unwrap();
        let (store, other) = (Arc::new(open("one").await), Arc::new(open("other").await));
        measure("SQLite", store, other, folder.path()).await;
    });
}

#[test]
#[ignore = "a measurement of minutes"]
fn a_million_records_in_sled() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let open = async |name: &str| SledStore::open(folder.path().join(name)).await.unwrap();
        let (store, other) = (Arc::new(open("one").await), Arc::new(open("other").await));
        measure("sled", store, other, folder.path()).await;
    });
}

#[test]
#[ignore = "a measurement of minutes"]
fn a_million_records_in_postgres() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let one = postgres_support::FreshDatabase::new().await;
        let other = postgres_support::FreshDatabase::new().await;
        let (store, filled) = (Arc::new(one.open().await), Arc::new(other.open().await));
        measure("PostgreSQL", store, filled, folder.path()).await;
    });
}

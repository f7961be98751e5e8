//! Snapshots: taken of one store, restored into another.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use super::sample::{
    BY_CODE, BY_OWNER, Odd, Other, Sample, assert_conflict, assert_lease_lost, assert_untouched, at, commit,
    enqueue, ids_by, insert, job, key, leaf, lease, leased_numbers, ordered, sample, usage, used,
};
use crate::record::{EncodedRecord, IndexEntry};
use crate::{
    Backend, KnownKind, LeafIndex, ListQuery, OutboxExt, Reason, Record, SnapshotCounters, SnapshotEntry,
    SnapshotError, SnapshotFile, SnapshotReceiver, SnapshotRecord, SnapshotSender, Snapshots, StoreError,
    Version, found_by,
};

/// A file that is not there yet, and goes with this.
struct Fresh(SnapshotFile);

impl Fresh {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("mpp-snapshot-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        // left behind by an earlier process of the same number
        let _ = std::fs::remove_file(&path);
        Self(SnapshotFile::at(path))
    }

    async fn of(store: &dyn Snapshots) -> Self {
        let file = Self::new();
        file.0.take_of(store).await.unwrap();
        file
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.0.path()).unwrap()
    }

    fn with(bytes: &[u8]) -> Self {
        let file = Self::new();
        std::fs::write(file.0.path(), bytes).unwrap();
        file
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(PathBuf::from(self.0.path()));
    }
}

/// Something of everything: records that moved and went, jobs in every standing, leaves, uses.
async fn fill(store: &dyn Backend) {
    insert(store, [Sample::of("a", 1).coded("one"), Sample::of("a", 2), Sample::of("b", 3)]).await;
    commit(store, |batch| batch.insert(&Other { id: 1 }).audit(leaf("0")).audit(leaf("1"))).await.unwrap();
    let found = sample(store, 2).await.unwrap();
    let moved = Sample { count: 7, owner: "b".to_owned(), ..found.record };
    commit(store, |batch| batch.update(found.version, &moved)).await.unwrap();
    // the last place of a record, and the last commit, are nobody's
    let last = insert(store, [Sample::of("c", 9)]).await;
    commit(store, |batch| batch.delete::<Sample>(&key(9), last)).await.unwrap();
    enqueue(store, [job(1), job(2), ordered(3, "x"), ordered(4, "x"), job(5), job(6)]).await;
    let leased = lease(store, 0).await;
    let of = |number: u8| leased.iter().find(|job| job.id() == super::sample::job_id(number)).unwrap();
    store.complete(of(1)).await.unwrap();
    store.park(of(2), at(3), Reason::new("no answer")).await.unwrap();
    store.release(of(5), at(500), Reason::new("later")).await.unwrap();
    commit(store, |batch| batch.usage_entry(used(1, 1, 5)).usage_entry(used(2, 2, 1)).audit(leaf("2")))
        .await
        .unwrap();
    assert_eq!(store.remove_leaves_before(LeafIndex(1), 9).await.unwrap(), 1, "its time is over");
}

/// What is restored is what was taken, to the byte; versions, leases, places and numbers go on where they were.
pub async fn restored_store_goes_on(from: Arc<dyn Backend>, to: Arc<dyn Backend>) {
    fill(&*from).await;
    let held = from.backlog(at(0)).await.unwrap();
    let file = Fresh::of(&*from).await;
    let summary = file.0.restore_into(&*to).await.unwrap();
    assert_eq!((summary.records, summary.jobs, summary.usage_entries), (4, 5, 2));
    assert_eq!((summary.counters.leaves, summary.counters.first_leaf), (3, 1));
    assert_eq!((to.size().await.unwrap(), to.first().await.unwrap()), (3, LeafIndex(1)));
    assert_eq!(Fresh::of(&*to).await.bytes(), file.bytes());
    assert_eq!(to.backlog(at(0)).await.unwrap(), held);
    for store in [&*from, &*to] {
        go_on(store).await;
    }
    assert_eq!(Fresh::of(&*to).await.bytes(), Fresh::of(&*from).await.bytes(), "both went on alike");
}

/// A log of which nothing is kept any more goes on with the number it had come to.
pub async fn log_without_leaves_goes_on(from: Arc<dyn Backend>, to: Arc<dyn Backend>) {
    commit(&*from, |batch| batch.audit(leaf("0")).audit(leaf("1"))).await.unwrap();
    assert_eq!(from.remove_leaves_before(LeafIndex(9), 9).await.unwrap(), 2);
    Fresh::of(&*from).await.0.restore_into(&*to).await.unwrap();
    assert_eq!((to.size().await.unwrap(), to.first().await.unwrap()), (2, LeafIndex(2)));
    commit(&*to, |batch| batch.audit(leaf("2"))).await.unwrap();
    let leaves = to.leaves(LeafIndex(0), 9).await.unwrap();
    assert_eq!(leaves.iter().map(|leaf| leaf.index.0).collect::<Vec<_>>(), [2]);
}

/// By what a record is found is held against its type, here and where it was restored; what does not agree is counted and named.
pub async fn records_are_held_against_what_they_are_found_by(from: Arc<dyn Backend>, to: Arc<dyn Backend>) {
    fill(&*from).await;
    let (sample, other) = (KnownKind::of::<Sample>(), KnownKind::of::<Other>());
    let found = found_by(&*from, &[sample, other]).await.unwrap();
    assert_eq!((found.compared, found.faults()), (4, Vec::new()));
    // a program that has nothing found writes one in this form, one in an earlier and one in a later one
    let this = Odd::<2>::new("{\"id\": 20, \"owner\": \"a\", \"code\": null, \"count\": 0}");
    let earlier = Odd::<1>::new("{\"id\": 21, \"owner\": \"a\"}");
    let later = Odd::<3>::new("{\"id\": 22}");
    commit(&*from, |batch| batch.insert(&this).insert(&earlier).insert(&later)).await.unwrap();
    Fresh::of(&*from).await.0.restore_into(&*to).await.unwrap();
    for store in [&*from, &*to] {
        let found = found_by(store, &[sample]).await.unwrap();
        assert_eq!((found.compared, found.of_earlier_forms), (4, 1));
        let kind = Sample::KIND;
        let expected = [
            format!("1 records that are not what their kind says: {kind} 22"),
            format!("1 records without an index entry of theirs: {kind} 20"),
            format!("1 records of a kind this program does not know: {}", Other::KIND),
        ];
        assert_eq!(found.faults(), expected);
        let found = found_by(store, &[KnownKind::of::<Odd<2>>(), other]).await.unwrap();
        assert_eq!((found.with_foreign_entry.count(), found.without_entry.count()), (3, 0));
    }
}

async fn go_on(store: &dyn Backend) {
    assert_eq!(ids_by(store, BY_OWNER, "b").await, [2, 3]);
    assert_eq!(ids_by(store, BY_CODE, "one").await, [1]);
    assert_conflict(
        commit(store, |batch| batch.insert(&Sample::of("z", 8).coded("one"))).await,
        Sample::KIND,
        &key(8),
    );
    assert_conflict(commit(store, |batch| batch.insert(&Sample::of("z", 1))).await, Sample::KIND, &key(1));
    let page = store.list(ListQuery::of(Sample::KIND).limit(1)).await.unwrap();
    let found = sample(store, 3).await.unwrap();
    let written =
        commit(store, |batch| batch.update(found.version, &Sample { count: 1, ..found.record })).await;
    assert!(written.unwrap() > found.version);
    insert(store, [Sample::of("b", 20)]).await;
    let behind = store.list(ListQuery::of(Sample::KIND).after(page.next).limit(9)).await.unwrap();
    let keys: Vec<String> = behind.items.iter().map(|found| found.key.to_string()).collect();
    assert_eq!(keys, ["2", "3", "20"], "places go on");
    commit(store, |batch| batch.audit(leaf("3"))).await.unwrap();
    let leaves = store.leaves(LeafIndex(2), 9).await.unwrap();
    assert_eq!(leaves.iter().map(|leaf| leaf.index.0).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(usage(store, None).await, [used(2, 2, 1), used(1, 1, 5)]);
    assert!(leased_numbers(store, 59).await.is_empty(), "leases go on");
    assert_eq!(leased_numbers(store, 60).await, [3, 6], "and run out; the order holds");
    store.replay(super::sample::job_id(2), at(61)).await.unwrap();
    assert_eq!(leased_numbers(store, 61).await, [2]);
}

/// Whoever holds a lease, a version or a cursor of the store that is gone goes on with the restored one.
pub async fn tokens_of_before_are_good(from: Arc<dyn Backend>, to: Arc<dyn Backend>) {
    insert(&*from, [Sample::of("a", 1)]).await;
    enqueue(&*from, [job(1), job(2)]).await;
    let leased = lease(&*from, 0).await;
    let found = sample(&*from, 1).await.unwrap();
    let file = Fresh::of(&*from).await;
    file.0.restore_into(&*to).await.unwrap();
    let changed = Sample { count: 2, ..found.record };
    commit(&*to, |batch| batch.update(found.version, &changed).complete(&leased[0])).await.unwrap();
    assert_lease_lost(to.complete(&leased[0]).await, 1);
    to.heartbeat(&leased[1], at(30), mpp_core::Span::from_minutes(1)).await.unwrap();
    assert!(lease(&*to, 80).await.is_empty());
}

/// A snapshot is of one commit, whoever writes meanwhile.
pub async fn snapshot_under_writes_is_of_one_commit(from: Arc<dyn Backend>, to: Arc<dyn Backend>) {
    insert(&*from, (0..50).map(|id| Sample::of("a", id))).await;
    let writing = tokio::spawn({
        let store = Arc::clone(&from);
        async move {
            for id in 1000..1200 {
                let (sample, text) = (Sample::of("b", id), id.to_string());
                commit(&*store, |batch| batch.insert(&sample).audit(leaf(&text))).await.unwrap();
            }
        }
    });
    let file = Fresh::of(&*from).await;
    writing.await.unwrap();
    file.0.restore_into(&*to).await.unwrap();
    let samples = ids_by(&*to, BY_OWNER, "b").await;
    assert_eq!(u64::try_from(samples.len()).unwrap(), to.size().await.unwrap(), "whole commits");
    assert_eq!(samples, (1000..).take(samples.len()).collect::<Vec<_>>(), "up to one of them");
    assert_eq!(ids_by(&*to, BY_OWNER, "a").await.len(), 50);
}

/// Only a store that was never written to is filled.
pub async fn store_in_use_is_not_filled(from: Arc<dyn Backend>, to: Arc<dyn Backend>) {
    fill(&*from).await;
    let file = Fresh::of(&*from).await;
    let last = insert(&*to, [Sample::of("kept", 1)]).await;
    let refused = file.0.restore_into(&*to).await;
    assert!(matches!(refused, Err(SnapshotError::NotEmpty)), "{refused:?}");
    assert_eq!(ids_by(&*to, BY_OWNER, "kept").await, [1]);
    commit(&*to, |batch| batch.delete::<Sample>(&key(1), last)).await.unwrap();
    let refused = file.0.restore_into(&*to).await;
    assert!(matches!(refused, Err(SnapshotError::NotEmpty)), "what is gone was there: {refused:?}");
}

/// Of a damaged file nothing is written; the whole one is restored afterwards.
pub async fn damaged_snapshot_writes_nothing(from: Arc<dyn Backend>, to: Arc<dyn Backend>) {
    fill(&*from).await;
    let file = Fresh::of(&*from).await;
    let whole = file.bytes();
    for at in (0..whole.len()).step_by(whole.len() / 60) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        refused(&*to, &flipped).await;
        refused(&*to, &whole[..at]).await;
    }
    refused(&*to, &[&whole[..], b"x"].concat()).await;
    assert_untouched(&*to).await;
    file.0.restore_into(&*to).await.unwrap();
    assert_eq!(ids_by(&*to, BY_OWNER, "b").await, [2, 3]);
}

async fn refused(store: &dyn Backend, bytes: &[u8]) {
    let refused = Fresh::with(bytes).0.restore_into(store).await.unwrap_err();
    let expected = matches!(
        refused,
        SnapshotError::NotASnapshot
            | SnapshotError::UnknownVersion { .. }
            | SnapshotError::CutShort
            | SnapshotError::Altered
    );
    assert!(expected, "{refused:?}");
}

/// A snapshot that only turns out to be impossible, or breaks off, when it is half written leaves the store empty.
pub async fn snapshot_that_fails_half_way_leaves_nothing(from: Arc<dyn Backend>, to: Arc<dyn Backend>) {
    fill(&*from).await;
    let file = Fresh::of(&*from).await;
    for (first, second) in [("1", "1"), ("1", "2")] {
        let entries = clashing(first, second);
        let made = Fresh::of(&Scripted(entries.clone())).await;
        let refused = made.0.restore_into(&*to).await;
        assert!(matches!(refused, Err(SnapshotError::Contradiction { .. })), "{refused:?}");
        assert_untouched(&*to).await;
        let broken_off = SnapshotReceiver::breaking_off_after(entries.into_iter().take(2500).collect());
        let refused = to.restore_snapshot(broken_off).await;
        assert!(matches!(refused, Err(SnapshotError::BrokenOff)), "{refused:?}");
        assert_untouched(&*to).await;
    }
    file.0.restore_into(&*to).await.unwrap();
    assert_eq!(ids_by(&*to, BY_OWNER, "b").await, [2, 3]);
}

/// Gives what it is told to.
#[derive(Debug)]
struct Scripted(Vec<SnapshotEntry>);

#[async_trait]
impl Snapshots for Scripted {
    async fn take_snapshot(&self, to: SnapshotSender) -> Result<(), SnapshotError> {
        for entry in self.0.clone() {
            to.send(entry).await?;
        }
        Ok(())
    }

    async fn restore_snapshot(&self, _: SnapshotReceiver) -> Result<(), SnapshotError> {
        Err(SnapshotError::Store(StoreError::unavailable("it only gives")))
    }
}

/// Many good records, and two with these keys that have one unique value.
fn clashing(first: &str, second: &str) -> Vec<SnapshotEntry> {
    let counters = SnapshotCounters { commits: 5, last_record: 4000, last_job: 0, leaves: 0, first_leaf: 0 };
    let record = |position: u64, key: &str, code: Option<&str>| {
        let record = EncodedRecord {
            kind: Sample::KIND,
            key: key.into(),
            form: Sample::FORM,
            data: "{}".to_owned(),
            index: code.map(|code| IndexEntry::unique(BY_CODE, code)).into_iter().collect(),
        };
        SnapshotEntry::Record(SnapshotRecord { position, version: Version::from_number(5), record })
    };
    let good = (1..3000).map(|position| record(position, &format!("good-{position}"), None));
    let clash = [record(3001, first, Some("code")), record(3002, second, Some("code"))];
    [SnapshotEntry::Counters(counters)].into_iter().chain(good).chain(clash).collect()
}

/// Of an empty store, too, and of texts of every sort.
pub async fn odd_content_is_restored(from: Arc<dyn Backend>, to: Arc<dyn Backend>) {
    let text = format!("{{\"id\":1,\"text\":\"\\u0001 \u{10ffff} ' \\\" {}\"}}", "x".repeat(300_000));
    let empty = Fresh::of(&*from).await;
    empty.0.restore_into(&*to).await.unwrap();
    assert_untouched(&*to).await;
    commit(&*from, |batch| batch.insert(&Odd::<1>::new(&text))).await.unwrap();
    let file = Fresh::of(&*from).await;
    file.0.restore_into(&*to).await.unwrap();
    let taken = from.read(Sample::KIND, &key(1)).await.unwrap();
    assert!(taken.is_some());
    assert_eq!(to.read(Sample::KIND, &key(1)).await.unwrap(), taken);
}

//! Batches: all or nothing.

use std::sync::Arc;

use mpp_core::Span;

use super::sample::{
    Odd, Sample, assert_conflict, assert_lease_lost, assert_untouched, at, commit, enqueue, insert, job,
    job_id, key, leaf, lease, leased_numbers, sample, usage, used,
};
use crate::job::JOB_KIND;
use crate::usage::USAGE_KIND;
use crate::{Record, RecordKey, Store, StoreError, Unencodable, WriteBatch};

/// Records, jobs, leaves and uses are all there after the commit.
pub async fn mixed_batch_is_written_whole(store: Arc<dyn Store>) {
    let version = insert(&*store, [Sample::of("a", 1), Sample::of("a", 2)]).await;
    commit(&*store, |batch| {
        batch.update(version, &Sample { count: 1, ..Sample::of("a", 1) });
        batch.delete::<Sample>(&key(2), version).insert(&Sample::of("a", 3));
        batch.enqueue(job(1)).audit(leaf("one")).audit(leaf("two")).usage_entry(used(1, 1, 0))
    })
    .await
    .unwrap();
    assert_eq!(sample(&*store, 1).await.unwrap().record.count, 1);
    assert_eq!(sample(&*store, 2).await, None);
    assert!(sample(&*store, 3).await.is_some());
    assert_eq!(leased_numbers(&*store, 0).await, [1]);
    assert_eq!(store.size().await.unwrap(), 2);
    assert_eq!(usage(&*store, None).await, [used(1, 1, 0)]);
}

/// A batch that does everything, for the cases that add what must fail.
fn everything() -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.insert(&Sample::of("a", 100).coded("new")).enqueue(job(100));
    batch.audit(leaf("never")).usage_entry(used(100, 1, 0));
    batch
}

/// A stale version anywhere in the batch leaves nothing of it.
pub async fn one_conflict_undoes_everything(store: Arc<dyn Store>) {
    let mut batch = everything();
    batch.update(crate::Version::from_number(77), &Sample::of("a", 2));
    assert_conflict(store.commit(batch).await, Sample::KIND, &key(2));
    assert_untouched(&*store).await;
    store.commit(everything()).await.unwrap();
}

/// A record that is only looked at must be as it was when the decision was taken.
pub async fn failed_guard_undoes_everything(store: Arc<dyn Store>) {
    let mut batch = everything();
    batch.unchanged::<Sample>(&key(1), crate::Version::from_number(1));
    assert_conflict(store.commit(batch).await, Sample::KIND, &key(1));
    assert_untouched(&*store).await;

    let read = insert(&*store, [Sample::of("a", 1)]).await;
    let changed = Sample { count: 1, ..Sample::of("a", 1) };
    let now = commit(&*store, |batch| batch.update(read, &changed)).await.unwrap();
    let mut batch = everything();
    batch.unchanged::<Sample>(&key(1), read);
    assert_conflict(store.commit(batch).await, Sample::KIND, &key(1));
    let mut batch = everything();
    batch.absent::<Sample>(&key(1));
    assert_conflict(store.commit(batch).await, Sample::KIND, &key(1));
    assert_eq!((sample(&*store, 100).await, store.size().await.unwrap()), (None, 0));

    let mut batch = everything();
    batch.unchanged::<Sample>(&key(1), now).absent::<Sample>(&key(2));
    store.commit(batch).await.unwrap();
    assert_eq!(sample(&*store, 1).await.unwrap().version, now, "a guard does not write");
}

/// Present keys, taken unique values, present jobs, lost leases and contradicting uses, too.
pub async fn every_kind_of_conflict_undoes_everything(store: Arc<dyn Store>) {
    insert(&*store, [Sample::of("a", 1).coded("taken")]).await;
    enqueue(&*store, [job(1), job(2)]).await;
    commit(&*store, |batch| batch.usage_entry(used(1, 1, 0))).await.unwrap();
    let leased = lease(&*store, 0).await;
    store.heartbeat(&leased[0], at(0), Span::from_hours(1)).await.unwrap();
    let mut batch = WriteBatch::new();
    batch.complete(&leased[1]);
    store.commit(batch).await.unwrap();

    let refused = |change: &dyn Fn(&mut WriteBatch)| {
        let mut batch = everything();
        change(&mut batch);
        store.commit(batch)
    };
    let present = refused(&|batch| {
        batch.insert(&Sample::of("a", 1));
    })
    .await;
    assert_conflict(present, Sample::KIND, &key(1));
    let taken = refused(&|batch| {
        batch.insert(&Sample::of("a", 2).coded("taken"));
    })
    .await;
    assert_conflict(taken, Sample::KIND, &key(2));
    let enqueued = refused(&|batch| {
        batch.enqueue(job(1));
    })
    .await;
    assert_conflict(enqueued, JOB_KIND, &RecordKey::new(job_id(1)));
    let metered = refused(&|batch| {
        batch.usage_entry(used(1, 2, 0));
    })
    .await;
    assert_conflict(metered, USAGE_KIND, &RecordKey::new(used(1, 2, 0).id));
    assert_lease_lost(
        refused(&|batch| {
            batch.complete(&leased[1]);
        })
        .await,
        2,
    );
    let twice = refused(&|batch| {
        batch.complete(&leased[0]).complete(&leased[0]);
    })
    .await;
    assert_lease_lost(twice, 1);

    assert_eq!((sample(&*store, 100).await, store.size().await.unwrap()), (None, 0));
    assert_eq!(usage(&*store, None).await.len(), 1);
    let backlog = store.backlog(at(1)).await.unwrap();
    assert_eq!((backlog[0].waiting, backlog[0].leased), (0, 1));
}

/// One record has one change per batch.
pub async fn record_written_twice_is_refused(store: Arc<dyn Store>) {
    let mut batch = everything();
    batch.insert(&Sample::of("a", 100));
    let refused = store.commit(batch).await;
    assert!(matches!(refused, Err(StoreError::WrittenTwice { key: found, .. }) if found == key(100)));
    assert_untouched(&*store).await;
}

/// A key without a proper length is refused before anything is written.
pub async fn unencodable_record_is_refused(store: Arc<dyn Store>) {
    for bad in [Sample::of("", 1), Sample::of("a", 1).coded(&"x".repeat(513))] {
        let mut batch = everything();
        batch.insert(&bad);
        let refused = store.commit(batch).await;
        let length = Unencodable::KeyLength;
        assert!(matches!(refused, Err(StoreError::Unencodable { cause, .. }) if cause == length));
    }
    let mut batch = everything();
    batch.insert(&Odd::<2>::new(&format!(r#"{{"id": "{}"}}"#, "x".repeat(513))));
    assert!(matches!(store.commit(batch).await, Err(StoreError::Unencodable { .. })));
    assert_untouched(&*store).await;
}

/// Nothing to write is no error.
pub async fn empty_batch_commits(store: Arc<dyn Store>) {
    assert!(WriteBatch::new().is_empty());
    store.commit(WriteBatch::new()).await.unwrap();
    assert_untouched(&*store).await;
}

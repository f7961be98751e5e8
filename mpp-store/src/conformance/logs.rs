//! The audit log and the metered uses.

use std::sync::Arc;

use mpp_core::PartnerId;

use super::sample::{Sample, assert_conflict, at, commit, key, leaf, usage, used};
use crate::usage::USAGE_KIND;
use crate::{LeafIndex, Record, RecordKey, Store, StoreError, UsageEntry, UsageQuery, Version};

/// Leaves stand in the order of commits, numbered from 0; a refused commit leaves no number out.
pub async fn leaves_are_numbered_without_gaps(store: Arc<dyn Store>) {
    assert_eq!(store.size().await.unwrap(), 0);
    assert!(store.leaves(LeafIndex(0), 10).await.unwrap().is_empty());
    commit(&*store, |batch| batch.audit(leaf("0")).audit(leaf("1"))).await.unwrap();
    let stale = Version::from_number(99);
    let refused = commit(&*store, |batch| batch.audit(leaf("x")).update(stale, &Sample::of("a", 1))).await;
    assert_conflict(refused, Sample::KIND, &key(1));
    commit(&*store, |batch| batch.audit(leaf("2"))).await.unwrap();
    commit(&*store, |batch| batch.audit(leaf("2"))).await.unwrap();
    let leaves = store.leaves(LeafIndex(1), 2).await.unwrap();
    let found: Vec<_> = leaves.iter().map(|found| (found.index, found.leaf.clone())).collect();
    assert_eq!(found, [(LeafIndex(1), leaf("1")), (LeafIndex(2), leaf("2"))]);
    assert_eq!(store.leaves(LeafIndex(3), 10).await.unwrap().len(), 1);
    assert!(store.leaves(LeafIndex(4), 10).await.unwrap().is_empty());
    assert_eq!(store.size().await.unwrap(), 4);
}

/// Leaves are removed from the oldest on and keep their places; no place is given out again, not even when all are gone.
pub async fn leaves_are_removed_from_the_oldest_on(store: Arc<dyn Store>) {
    assert_eq!(store.first().await.unwrap(), LeafIndex(0));
    assert_eq!(store.remove_leaves_before(LeafIndex(9), 10).await.unwrap(), 0);
    for number in 0..6 {
        commit(&*store, |batch| batch.audit(leaf(&number.to_string()))).await.unwrap();
    }
    assert_eq!(store.remove_leaves_before(LeafIndex(4), 3).await.unwrap(), 3, "no more than wanted");
    assert_eq!(places(&*store, 0).await, [3, 4, 5]);
    assert_eq!(store.remove_leaves_before(LeafIndex(4), 3).await.unwrap(), 1, "no further than wanted");
    assert_eq!(store.remove_leaves_before(LeafIndex(4), 3).await.unwrap(), 0, "twice is as once");
    assert_eq!(store.remove_leaves_before(LeafIndex(2), 3).await.unwrap(), 0);
    assert_eq!(store.remove_leaves_before(LeafIndex(6), 0).await.unwrap(), 0);
    assert_eq!((store.first().await.unwrap(), store.size().await.unwrap()), (LeafIndex(4), 6));
    assert_eq!(store.leaves(LeafIndex(1), 1).await.unwrap()[0].leaf, leaf("4"));
    assert_eq!(places(&*store, 5).await, [5]);
    assert_eq!(store.remove_leaves_before(LeafIndex(100), 100).await.unwrap(), 2);
    assert_eq!((store.first().await.unwrap(), store.size().await.unwrap()), (LeafIndex(6), 6));
    assert!(places(&*store, 0).await.is_empty());
    commit(&*store, |batch| batch.audit(leaf("6"))).await.unwrap();
    commit(&*store, |batch| batch.audit(leaf("7"))).await.unwrap();
    assert_eq!(places(&*store, 0).await, [6, 7]);
    assert_eq!((store.first().await.unwrap(), store.size().await.unwrap()), (LeafIndex(6), 8));
}

async fn places(store: &dyn Store, from: u64) -> Vec<u64> {
    let leaves = store.leaves(LeafIndex(from), 1000).await.unwrap();
    leaves.into_iter().map(|found| found.index.0).collect()
}

/// Uses are removed from the oldest on, for everybody; what is gone counts as new when it is written again.
pub async fn usage_is_removed_from_the_oldest_on(store: Arc<dyn Store>) {
    assert_eq!(store.remove_usage_before(at(100), 10).await.unwrap(), 0);
    for entry in [used(5, 1, 30), used(4, 2, 10), used(2, 1, 20), used(3, 1, 10), used(1, 1, 40)] {
        commit(&*store, |batch| batch.usage_entry(entry)).await.unwrap();
    }
    assert_eq!(store.remove_usage_before(at(10), 10).await.unwrap(), 0, "the instant itself is kept");
    assert_eq!(store.remove_usage_before(at(30), 0).await.unwrap(), 0);
    assert_eq!(store.remove_usage_before(at(30), 2).await.unwrap(), 2, "no more than wanted");
    let left = [used(2, 1, 20), used(5, 1, 30), used(1, 1, 40)];
    assert_eq!(usage(&*store, None).await, left);
    assert_eq!(usage(&*store, Some(used(4, 2, 10).partner)).await, []);
    assert_eq!(usage(&*store, Some(used(3, 1, 10).partner)).await, left);
    assert_eq!(store.remove_usage_before(at(30), 10).await.unwrap(), 1, "no further than wanted");
    assert_eq!(store.remove_usage_before(at(30), 10).await.unwrap(), 0, "twice is as once");
    let again = UsageEntry { data: "{}".to_owned(), ..used(3, 1, 10) };
    commit(&*store, |batch| batch.usage_entry(again.clone())).await.unwrap();
    assert_eq!(usage(&*store, None).await, [again, used(5, 1, 30), used(1, 1, 40)]);
}

/// The same use, written again in the same or another commit, is there once.
pub async fn usage_counts_once(store: Arc<dyn Store>) {
    commit(&*store, |batch| batch.usage_entry(used(1, 1, 0)).usage_entry(used(1, 1, 0))).await.unwrap();
    commit(&*store, |batch| batch.usage_entry(used(1, 1, 0)).audit(leaf("again"))).await.unwrap();
    assert_eq!(usage(&*store, None).await, [used(1, 1, 0)]);
    assert_eq!(store.size().await.unwrap(), 1, "the rest of the batch is written");
}

/// What was metered is not changed.
pub async fn other_usage_under_the_same_id_is_a_conflict(store: Arc<dyn Store>) {
    commit(&*store, |batch| batch.usage_entry(used(1, 1, 0))).await.unwrap();
    let key = RecordKey::new(used(1, 1, 0).id);
    for other in [used(1, 2, 0), used(1, 1, 5), UsageEntry { data: "{}".to_owned(), ..used(1, 1, 0) }] {
        assert_conflict(commit(&*store, |batch| batch.usage_entry(other)).await, USAGE_KIND, &key);
    }
    let contradiction = commit(&*store, |batch| batch.usage_entry(used(2, 1, 0)).usage_entry(used(2, 2, 0)));
    assert_conflict(contradiction.await, USAGE_KIND, &RecordKey::new(used(2, 1, 0).id));
    assert_eq!(usage(&*store, None).await, [used(1, 1, 0)]);
}

/// Uses come by instant, then by id; the time window is closed at its start and open at its end.
pub async fn usage_is_listed_by_time_and_partner(store: Arc<dyn Store>) {
    let written = [used(5, 1, 30), used(4, 2, 10), used(2, 1, 20), used(3, 1, 10), used(1, 1, 40)];
    for entry in written {
        commit(&*store, |batch| batch.usage_entry(entry)).await.unwrap();
    }
    let all = [used(3, 1, 10), used(4, 2, 10), used(2, 1, 20), used(5, 1, 30), used(1, 1, 40)];
    assert_eq!(usage(&*store, None).await, all);
    let first = PartnerId::from_random([1; 16]);
    assert_eq!(
        usage(&*store, Some(first)).await,
        [used(3, 1, 10), used(2, 1, 20), used(5, 1, 30), used(1, 1, 40)]
    );
    let window = UsageQuery { partner: None, from: at(20), to: at(40), after: None, limit: 10 };
    let page = store.usage_entries(window.clone()).await.unwrap();
    assert_eq!((page.items, page.next), (vec![used(2, 1, 20), used(5, 1, 30)], None));
    let cursor = Some("12".parse().unwrap());
    let refused = store.usage_entries(UsageQuery { after: cursor, ..window }).await;
    assert!(matches!(refused, Err(StoreError::InvalidCursor)));
}

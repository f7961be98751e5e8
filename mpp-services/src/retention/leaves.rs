//! The beginning of the audit log.

use mpp_core::Timestamp;
use mpp_store::{LeafIndex, MAX_PAGE, NumberedLeaf, Store, StoreError};
use serde::Deserialize;

/// Removes the leaves that were written before `before`, from the oldest on; gives how many went. Those behind keep their
/// numbers. The first that is too young ends it, for a clock may have been set back; and so does, where there is a tree over them, the
/// first that is not in it yet: a leaf leaves its hash behind.
pub(crate) async fn forget_leaves(store: &dyn Store, before: Timestamp) -> Result<u64, StoreError> {
    let mut forgotten = 0_u64;
    loop {
        let leaves = store.leaves(store.first().await?, MAX_PAGE).await?;
        let Some(end) = end_of_old(&leaves, before) else { return Ok(forgotten) };
        let end = crate::log::tree_size(store).await?.map_or(end, |size| end.min(LeafIndex(size)));
        let gone = store.remove_leaves_before(end, MAX_PAGE).await?;
        forgotten = forgotten.saturating_add(gone);
        if gone == 0 {
            // another node is at it
            return Ok(forgotten);
        }
    }
}

/// The place behind the last of the old leaves at the beginning. What does not say its time is as old as what follows it.
fn end_of_old(leaves: &[NumberedLeaf], before: Timestamp) -> Option<LeafIndex> {
    let mut end = None;
    for numbered in leaves {
        match written_at(numbered) {
            Some(at) if at >= before => break,
            Some(_) => end = Some(LeafIndex(numbered.index.0.saturating_add(1))),
            None => {}
        }
    }
    end
}

/// When a leaf was written. Every leaf says so, whoever wrote it: the roles, and the desk of their staff.
pub(crate) fn written_at(numbered: &NumberedLeaf) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Dated {
        at: Timestamp,
    }
    serde_json::from_slice::<Dated>(numbered.leaf.bytes()).ok().map(|dated| dated.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpp_store::{AuditLeaf, AuditLog, Commit, MemoryStore, WriteBatch};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_millis(second * 1000).unwrap()
    }

    fn dated(second: i64) -> AuditLeaf {
        AuditLeaf::new(serde_json::json!({ "v": 1, "at": at(second), "action": "x" }).to_string())
    }

    async fn log_of(leaves: impl IntoIterator<Item = AuditLeaf>) -> MemoryStore {
        let store = MemoryStore::new();
        let mut batch = WriteBatch::new();
        for leaf in leaves {
            batch.audit(leaf);
        }
        store.commit(batch).await.unwrap();
        store
    }

    #[tokio::test]
    async fn the_first_that_is_too_young_ends_it() {
        let store = log_of([10, 12, 11, 20, 13].map(dated)).await;
        assert_eq!(forget_leaves(&store, at(10)).await.unwrap(), 0);
        assert_eq!(forget_leaves(&store, at(20)).await.unwrap(), 3);
        assert_eq!((store.first().await.unwrap(), store.size().await.unwrap()), (LeafIndex(3), 5));
        assert_eq!(forget_leaves(&store, at(20)).await.unwrap(), 0, "twice is as once");
    }

    #[tokio::test]
    async fn what_does_not_say_its_time_goes_with_what_follows_it() {
        let unreadable = || AuditLeaf::new("no JSON");
        let store = log_of([unreadable(), dated(10), unreadable(), dated(20), unreadable()]).await;
        assert_eq!(forget_leaves(&store, at(15)).await.unwrap(), 2);
        assert_eq!(forget_leaves(&store, at(30)).await.unwrap(), 2);
        assert_eq!(forget_leaves(&store, at(99)).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_long_log_goes_page_by_page() {
        let store = log_of((0..2500).map(dated)).await;
        assert_eq!(forget_leaves(&store, at(2400)).await.unwrap(), 2400);
        assert_eq!(store.leaves(LeafIndex(0), 10).await.unwrap()[0].leaf, dated(2400));
    }
}

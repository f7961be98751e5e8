use std::sync::Arc;

use super::*;
use crate::conformance::run;
use crate::conformance::sample::{
    BY_OWNER, Sample, at, ids_by, insert, job, leaf, leased_numbers, sample, usage, used,
};
use crate::sled::commit;
use crate::{SledStore, WriteBatch};

fn batch() -> WriteBatch {
    let mut batch = WriteBatch::new();
    batch.insert(&Sample::of("a", 1).coded("x")).insert(&Sample::of("a", 2));
    batch.enqueue(job(1)).audit(leaf("0")).usage_entry(used(1, 1, 0));
    batch
}

/// Stops after the intent and so many of its keys have reached the disk.
fn stop_within(folder: &Path, batch: WriteBatch, keys: usize) -> usize {
    let database = Database::open(folder).unwrap();
    let state = database.state_to_read();
    let opened = state.opened.as_ref().unwrap();
    let mut draft = Draft::new(opened.stored()).unwrap();
    commit::draft(&mut draft, &batch.into_parts().unwrap()).unwrap();
    let changes = draft.into_changes();
    opened.write_partly(&changes, keys);
    changes.len()
}

#[test]
fn a_commit_cut_off_anywhere_is_finished_when_the_folder_is_opened() {
    let count = stop_within(&tempfile::tempdir().unwrap().path().join("store"), batch(), 0);
    assert!(count > 10, "a commit has many parts");
    for keys in 0..=count {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        stop_within(&path, batch(), keys);
        run(async {
            let store = SledStore::open(&path).await.unwrap();
            assert_eq!(ids_by(&store, BY_OWNER, "a").await, [1, 2], "{keys}");
            assert!(sample(&store, 1).await.is_some());
            assert_eq!(leased_numbers(&store, 0).await, [1]);
            assert_eq!(crate::AuditLog::size(&store).await.unwrap(), 1);
            assert_eq!(usage(&store, None).await, [used(1, 1, 0)]);
            let next = insert(&store, [Sample::of("b", 3)]).await;
            assert_eq!(next.number(), 2, "{:?}", at(0));
        });
    }
}

#[test]
fn a_log_that_ends_too_early_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    run(async {
        let store = SledStore::open(&path).await.unwrap();
        insert(&store, [Sample::of("a", 1)]).await;
        insert(&store, [Sample::of("a", 2)]).await;
        store.close().await;
        std::fs::remove_dir_all(path.join("data")).unwrap();
        let refused = SledStore::open(&path).await;
        assert!(matches!(refused, Err(StoreError::Inconsistent { .. })), "{refused:?}");
    });
}

#[test]
fn a_panic_under_the_lock_is_an_error_and_the_next_call_works() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    run(async {
        let store = SledStore::open(&path).await.unwrap();
        insert(&store, [Sample::of("a", 1)]).await;
        let panicked: Result<(), _> =
            Database::write(&store.database, |_: &mut Draft<'_>| panic!("as sled does")).await;
        assert!(matches!(panicked, Err(StoreError::Unavailable { .. })), "{panicked:?}");
        let panicked: Result<(), _> = Database::read(&store.database, |_: &Tree| panic!("again")).await;
        assert!(matches!(panicked, Err(StoreError::Unavailable { .. })), "{panicked:?}");
        insert(&store, [Sample::of("a", 2)]).await;
        assert_eq!(ids_by(&store, BY_OWNER, "a").await, [1, 2]);
        // the thread that answered may still hold it for a moment
        while Arc::strong_count(&store.database) > 1 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_filling_cut_off_anywhere_leaves_nothing() {
    for is_marked_only in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        {
            let database = Database::open(&path).unwrap();
            let mut state = database.state_to_write();
            let opened = state.opened(&path).unwrap();
            opened.begin_filling().unwrap();
            if !is_marked_only {
                let mut draft = Draft::new(opened.stored()).unwrap();
                commit::draft(&mut draft, &batch().into_parts().unwrap()).unwrap();
                opened.fill(&draft.into_changes_alone()).unwrap();
                opened.settle().unwrap();
            }
        }
        run(async {
            let store = SledStore::open(&path).await.unwrap();
            crate::conformance::sample::assert_untouched(&store).await;
            let found = store.inspect().await.unwrap();
            assert_eq!((found.faults, found.jobs, found.usage_entries), (Vec::new(), 0, 0));
            assert_eq!(insert(&store, [Sample::of("b", 3)]).await.number(), 1);
            store.close().await;
            assert_eq!(ids_by(&SledStore::open(&path).await.unwrap(), BY_OWNER, "b").await, [3]);
        });
    }
}

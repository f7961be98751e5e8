//! The journal of `examples/write_a_store` under the conformance suite of the store ports, and what is its alone.

use std::fs;
use std::path::Path;

use mpp::core::ConsentId;
use mpp::store::{
    AuditLeaf, AuditLog, Commit, Record, RecordReader, RecordReaderExt, StoreError, WriteBatch,
};
use mpp_store::conformance::StoreUnderTest;
use mpp_testkit::SeededEntropy;

use super::write_a_store::{JournalStore, Reminder};

mpp_store::store_conformance!(journal, async {
    let folder = tempfile::tempdir().unwrap();
    StoreUnderTest::new(JournalStore::open(folder.path()).unwrap()).keeping(folder)
});

fn reminder(seed: u64) -> Reminder {
    Reminder { consent: ConsentId::generate(&SeededEntropy::new(seed)), sent: 0 }
}

async fn keep(store: &JournalStore, reminder: &Reminder) {
    let mut batch = WriteBatch::new();
    batch.insert(reminder).audit(AuditLeaf::new("kept"));
    store.commit(batch).await.unwrap();
}

/// The journal after two commits, the second one with `change` done to its bytes.
async fn reopened_after(
    change: impl FnOnce(&mut Vec<u8>),
) -> Result<(JournalStore, tempfile::TempDir), StoreError> {
    let folder = tempfile::tempdir().unwrap();
    let store = JournalStore::open(folder.path()).unwrap();
    keep(&store, &reminder(1)).await;
    keep(&store, &reminder(2)).await;
    drop(store);
    let path = folder.path().join("journal.jsonl");
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(&path, bytes).unwrap();
    Ok((JournalStore::open(folder.path())?, folder))
}

#[tokio::test]
async fn versions_and_leaves_go_on_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let store = JournalStore::open(folder.path()).unwrap();
    keep(&store, &reminder(1)).await;
    let first = store.get::<Reminder>(&reminder(1).key()).await.unwrap().unwrap();
    let mut batch = WriteBatch::new();
    batch.delete::<Reminder>(&reminder(1).key(), first.version);
    store.commit(batch).await.unwrap();
    drop(store);
    let store = JournalStore::open(folder.path()).unwrap();
    keep(&store, &reminder(1)).await;
    let again = store.get::<Reminder>(&reminder(1).key()).await.unwrap().unwrap();
    assert!(again.version > first.version);
    assert_eq!(store.size().await.unwrap(), 2);
}

#[tokio::test]
async fn a_line_cut_off_by_a_crash_is_as_if_never_written() {
    for cut in [1, 2, 40, 150] {
        let (store, _folder) = reopened_after(|bytes| bytes.truncate(bytes.len() - cut)).await.unwrap();
        assert_eq!(store.count(Reminder::KIND, None).await.unwrap(), 1, "cut by {cut}");
        assert_eq!(store.size().await.unwrap(), 1);
        keep(&store, &reminder(2)).await;
    }
}

#[tokio::test]
async fn a_damaged_line_is_refused_and_not_skipped() {
    let damaged = reopened_after(|bytes| {
        let middle = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        bytes[middle + 100] ^= 1;
    });
    assert!(matches!(damaged.await, Err(StoreError::Inconsistent { .. })));
}

#[tokio::test]
async fn what_was_deleted_leaves_the_file_with_the_next_opening() {
    let holds = |folder: &Path| {
        fs::read_to_string(folder.join("journal.jsonl")).unwrap().contains(&reminder(1).consent.to_string())
    };
    let folder = tempfile::tempdir().unwrap();
    let store = JournalStore::open(folder.path()).unwrap();
    keep(&store, &reminder(1)).await;
    let kept = store.get::<Reminder>(&reminder(1).key()).await.unwrap().unwrap();
    let mut batch = WriteBatch::new();
    batch.delete::<Reminder>(&reminder(1).key(), kept.version);
    store.commit(batch).await.unwrap();
    assert!(holds(folder.path()));
    drop(store);
    drop(JournalStore::open(folder.path()).unwrap());
    assert!(!holds(folder.path()));
}

#[tokio::test]
async fn one_process_has_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = JournalStore::open(folder.path()).unwrap();
    assert!(matches!(JournalStore::open(folder.path()), Err(StoreError::Unavailable { .. })));
    drop(store);
    assert!(JournalStore::open(folder.path()).is_ok());
}

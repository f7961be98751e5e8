//! What only a folder of sled can do: last, be held by one, be of another format, be damaged, be searched.
#![cfg(feature = "sled")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/sled_folder.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod sled_folder;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use mpp_core::Persistence;
use mpp_store::conformance::run;
use mpp_store::conformance::sample::{
    BY_OWNER, Sample, claim, commit, enqueue, ids_by, insert, job, key, leaf, lease, sample, usage, used,
};
use mpp_store::{
    AuditLog, Commit, Inconsistency, LeafIndex, Outbox, OutboxExt, Record, RecordReader, RecordReaderExt,
    SledStore, StoreError, WriteBatch,
};

async fn open(folder: &Path) -> SledStore {
    SledStore::open(folder.join("store")).await.unwrap()
}

/// Changes what is stored behind the store's back.
fn tamper(folder: &Path, change: impl FnOnce(&sled::Tree)) {
    let db = sled_folder::open(&folder.join("store"));
    change(&db.open_tree("store").unwrap());
    db.flush().unwrap();
}

/// The keys that begin with this byte, see `src/sled/keys.rs`.
fn keys(tree: &sled::Tree, shelf: u8) -> Vec<sled::IVec> {
    tree.scan_prefix([shelf]).keys().map(|key| key.unwrap()).collect()
}

#[test]
fn everything_survives_reopening() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        let version = insert(&store, [Sample::of("a", 1)]).await;
        enqueue(&store, [job(1), job(2)]).await;
        let leased = lease(&store, 0).await;
        commit(&store, |batch| batch.complete(&leased[0]).audit(leaf("0")).usage_entry(used(1, 1, 0)))
            .await
            .unwrap();
        drop(store);

        let store = open(folder.path()).await;
        assert_eq!(sample(&store, 1).await.unwrap().version, version);
        assert_eq!(ids_by(&store, BY_OWNER, "a").await, [1]);
        assert_eq!(store.size().await.unwrap(), 1);
        assert_eq!(usage(&store, None).await, [used(1, 1, 0)]);
        assert!(lease(&store, 59).await.is_empty(), "the lease goes on");
        store.complete(&leased[1]).await.unwrap();
        let next = commit(&store, |batch| batch.audit(leaf("1"))).await.unwrap();
        assert!(next > version);
        store.close().await;
        assert_eq!(open(folder.path()).await.size().await.unwrap(), 2);
    });
}

#[test]
fn large_records_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        let owner = |id: u32| format!("{id}");
        let large = |id: u32| Sample { code: None, ..Sample::of(&owner(id), id) };
        for id in 0..4 {
            let leaf = leaf(&"x".repeat(1_500_000));
            commit(&store, |batch| batch.insert(&large(id)).audit(leaf)).await.unwrap();
        }
        drop(store);
        let store = open(folder.path()).await;
        let leaves = store.leaves(LeafIndex(0), 100).await.unwrap();
        assert_eq!(leaves.iter().map(|found| found.leaf.bytes().len()).collect::<Vec<_>>(), [1_500_000; 4]);
    });
}

#[test]
fn a_second_opening_is_refused_and_a_later_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        insert(&store, [Sample::of("a", 1)]).await;
        let refused = SledStore::open(folder.path().join("store")).await.unwrap_err();
        assert!(matches!(refused, StoreError::OpenElsewhere), "{refused:?}");
        assert_eq!(refused.persistence(), Persistence::Temporary);
        assert!(sample(&store, 1).await.is_some(), "the first one goes on");
        drop(store);
        for _ in 0..20 {
            assert!(sample(&open(folder.path()).await, 1).await.is_some());
        }
    });
}

const FOLDER: &str = "MPP_STORE_TEST_FOLDER";

/// The other process: opens the folder, says what came of it, and keeps it until nobody listens any more.
#[test]
#[ignore = "started by another test as a process of its own"]
fn other_process() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    run(async {
        let opened = SledStore::open(PathBuf::from(folder).join("store")).await;
        let came = if opened.is_ok() { "opened" } else { "refused" };
        writeln!(std::io::stdout(), "came: {came}").unwrap();
        let mut nothing = String::new();
        std::io::stdin().read_line(&mut nothing).unwrap();
    });
}

#[test]
fn another_process_keeps_the_folder_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "other_process", "--ignored", "--nocapture"]).env(FOLDER, folder.path());
    let mut other = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("came: opened")));
    run(async {
        let refused = SledStore::open(folder.path().join("store")).await;
        assert!(matches!(refused, Err(StoreError::OpenElsewhere)), "{refused:?}");
    });
    other.kill().unwrap();
    other.wait().unwrap();
    run(async {
        insert(&open(folder.path()).await, [Sample::of("a", 1)]).await;
    });
}

#[test]
fn a_newer_or_unknown_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let format = folder.path().join("store/format");
    run(async {
        open(folder.path()).await.close().await;
        std::fs::write(&format, "2\n").unwrap();
        let refused = SledStore::open(folder.path().join("store")).await;
        assert!(matches!(refused, Err(StoreError::NewerSchema { version: 2 })), "{refused:?}");
        for strange in ["", "0", "one", "-1"] {
            std::fs::write(&format, strange).unwrap();
            let refused = SledStore::open(folder.path().join("store")).await;
            assert!(matches!(refused, Err(StoreError::Inconsistent { .. })), "{refused:?}");
        }
        std::fs::remove_file(&format).unwrap();
        let refused = SledStore::open(folder.path().join("store")).await;
        assert!(matches!(refused, Err(StoreError::Inconsistent { .. })), "{refused:?}");
        std::fs::write(&format, "1\n").unwrap();
        open(folder.path()).await;
    });
}

#[test]
fn a_damaged_value_is_an_inconsistency() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        commit(&store, |batch| {
            batch.insert(&Sample::of("a", 1)).insert(&Sample::of("b", 2)).enqueue(job(1));
            batch.audit(leaf("0")).usage_entry(used(1, 1, 0))
        })
        .await
        .unwrap();
        store.close().await;
        // not the counters: the intent would be carried out again over the others
        let untouched = insert_more(folder.path()).await;
        for shelf in [b'r', b'j', b'l', b'm'] {
            tamper(folder.path(), |tree| {
                let key = &keys(tree, shelf)[0];
                let mut value = tree.get(key).unwrap().unwrap().to_vec();
                value[10] ^= 1;
                tree.insert(key, value).unwrap();
            });
        }
        let store = open(folder.path()).await;
        let checksum = Inconsistency::ImpossibleColumn { column: "checksum" };
        match store.get::<Sample>(&key(1)).await.unwrap_err() {
            StoreError::Inconsistent { key: found, cause, .. } => {
                assert_eq!((found, cause), (key(1), checksum))
            }
            other => panic!("{other:?}"),
        }
        let refusals = [
            store.list(mpp_store::ListQuery::of(Sample::KIND)).await.map(drop),
            store.lease(claim(0)).await.map(drop),
            store.backlog(claim(0).now).await.map(drop),
            store.leaves(LeafIndex(0), 10).await.map(drop),
            mpp_store::UsageLog::usage_entries(&store, all_usage()).await.map(drop),
        ];
        for refused in refusals {
            assert!(matches!(refused, Err(StoreError::Inconsistent { .. })), "{refused:?}");
        }
        assert!(sample(&store, 2).await.is_some(), "the others are there");
        assert!(sample(&store, untouched).await.is_some());
        insert(&store, [Sample::of("c", 4)]).await;
    });
}

/// A commit after those that are damaged.
async fn insert_more(folder: &Path) -> u32 {
    let store = open(folder).await;
    insert(&store, [Sample::of("c", 3)]).await;
    store.close().await;
    3
}

fn all_usage() -> mpp_store::UsageQuery {
    let at = mpp_store::conformance::sample::at;
    mpp_store::UsageQuery { partner: None, from: at(-10), to: at(10), after: None, limit: 10 }
}

#[test]
fn a_value_under_another_key_and_a_dangling_entry_are_inconsistencies() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        insert(&store, [Sample::of("a", 1), Sample::of("b", 2)]).await;
        store.close().await;
        insert_more(folder.path()).await;
        tamper(folder.path(), |tree| {
            let records = keys(tree, b'r');
            let other = tree.get(&records[1]).unwrap().unwrap();
            tree.insert(&records[0], other).unwrap();
            tree.remove(&records[1]).unwrap();
        });
        let store = open(folder.path()).await;
        let moved = store.get::<Sample>(&key(1)).await;
        assert!(matches!(moved, Err(StoreError::Inconsistent { .. })), "{moved:?}");
        let dangling = store.every_by_index::<Sample>(BY_OWNER, "b".into()).await;
        assert!(matches!(dangling, Err(StoreError::Inconsistent { .. })), "{dangling:?}");
    });
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        std::fs::write(folder.path().join("store"), "a file").unwrap();
        let refused = SledStore::open(folder.path().join("store")).await;
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    });
}

#[cfg(unix)]
#[test]
fn the_folder_is_for_its_owner_only() {
    use std::os::unix::fs::MetadataExt;

    let folder = tempfile::tempdir().unwrap();
    run(async {
        let _store = open(folder.path()).await;
        assert_eq!(std::fs::metadata(folder.path().join("store")).unwrap().mode() & 0o777, 0o700);
    });
}

#[test]
fn a_caller_that_gives_up_tears_nothing() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = Arc::new(open(folder.path()).await);
        let commits: Vec<_> = (0..40)
            .map(|id| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let mut batch = WriteBatch::new();
                    batch.insert(&Sample::of("a", id)).audit(leaf(&id.to_string()));
                    store.commit(batch).await
                })
            })
            .collect();
        for commit in commits.iter().step_by(2) {
            commit.abort();
        }
        for (number, commit) in commits.into_iter().enumerate() {
            let done = commit.await;
            assert!(number % 2 == 0 || done.unwrap().is_ok(), "the others' commits are written");
        }
        insert(&*store, [Sample::of("a", 100)]).await;
        let samples = ids_by(&*store, BY_OWNER, "a").await.len();
        let leaves = usize::try_from(store.size().await.unwrap()).unwrap();
        assert_eq!(samples, leaves + 1, "whole or not at all");
    });
}

#[test]
fn nothing_shows_content_in_its_debug_form() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        insert(&store, [Sample::of("canary", 1)]).await;
        assert!(!format!("{store:?}").contains("canary"));
    });
}

/// Whatever does not agree with something else is named by a look through the folder; a whole one has nothing of the sort.
#[test]
fn a_look_through_names_what_does_not_agree() {
    // the first byte says what is kept there, see `src/sled/keys.rs`
    for (shelf, which, expected) in [
        (b'r', 0, "records missing or damaged"),
        (b'k', 0, "records that no listing has"),
        (b'i', 0, "records without an index entry"),
        (b'u', 0, "records without an index entry"),
        (b'j', 0, "places without their job"),
        (b'q', 0, "places of jobs missing"),
        (b'o', 0, "places of jobs missing"),
        (b'l', 0, "leaves of the audit log missing"),
        (b'l', 1, "leaves of the audit log missing"),
        (b'm', 0, "places without their metered use"),
        (b't', 0, "places of metered uses missing"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        run(async {
            let store = open(folder.path()).await;
            insert(&store, [Sample::of("a", 1).coded("x"), Sample::of("b", 2)]).await;
            enqueue(&store, [job(1), job(2).ordered_by(mpp_store::OrderKey::new("x"))]).await;
            commit(&store, |batch| batch.audit(leaf("0")).audit(leaf("1")).usage_entry(used(1, 1, 0)))
                .await
                .unwrap();
            // opening writes the last commit once more
            insert(&store, [Sample::of("c", 3)]).await;
            let whole = store.inspect().await.unwrap();
            assert_eq!(whole.faults, Vec::<String>::new());
            assert_eq!(whole.records, [(Sample::KIND.to_string(), 3)]);
            assert_eq!((whole.jobs, whole.audit_leaves, whole.usage_entries), (2, 2, 1));
            store.close().await;
            tamper(folder.path(), |tree| {
                tree.remove(keys(tree, shelf).remove(which)).unwrap();
            });
            let store = open(folder.path()).await;
            let faults = store.inspect().await.unwrap().faults;
            let named = faults.iter().any(|fault| fault.contains(expected));
            assert!(named, "{}: {faults:?}", char::from(shelf));
        });
    }
}

//! What only a database file can do: last, be of another version, be damaged, be shared, be searched.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::path::Path;
use std::sync::Arc;

use mpp_crypto::at_rest::{EpochKey, EpochKeys, SealedField};
use mpp_store::conformance::entropy::CountingEntropy;
use mpp_store::conformance::run;
use mpp_store::conformance::sample::{
    BY_CODE, BY_OWNER, Sample, at, claim, commit, enqueue, ids_by, insert, job, key, leaf, lease,
    leased_numbers, sample, usage, used,
};
use mpp_store::{
    AuditLog, Commit, Inconsistency, LeafIndex, OutboxExt, Record, RecordKey, RecordKind, RecordReaderExt,
    SqliteStore, StoreError, Vault, WriteBatch,
};
use sqlx::{Connection, SqliteConnection};

async fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder.join("store.sqlite")).await.unwrap()
}

/// Changes the file behind the store's back.
async fn tamper(folder: &Path, sql: &'static str) {
    let url = format!("sqlite://{}", folder.join("store.sqlite").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
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
    });
}

#[test]
fn a_closed_store_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        insert(&store, [Sample::of("a", 1)]).await;
        assert!(
            folder.path().join("store.sqlite-wal").exists(),
            "what was written last stands in a file beside it"
        );
        store.close().await;
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), ["store.sqlite"]);
    });
}

/// What is in a row of an earlier program says nothing of its entries; what is in one of this program is believed, unless the
/// caller has doubts.
#[test]
fn lost_entries_come_back_where_they_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        for (nth, damage) in
            ["DELETE FROM record_index", "DELETE FROM record_index; UPDATE record SET entries_digest = NULL"]
                .into_iter()
                .enumerate()
        {
            let (owner, id) = (format!("owner-{nth}"), u32::try_from(nth).unwrap());
            let found = Sample::of(&owner, id).coded(&owner);
            let version = insert(&store, [found.clone()]).await;
            tamper(folder.path(), damage).await;
            let version = commit(&store, |batch| batch.update(version, &found)).await.unwrap();
            let expected = if nth == 0 { vec![] } else { vec![id] };
            assert_eq!(ids_by(&store, BY_OWNER, &owner).await, expected);
            commit(&store, |batch| batch.index_anew(version, &found)).await.unwrap();
            assert_eq!(ids_by(&store, BY_OWNER, &owner).await, [id]);
            assert_eq!(ids_by(&store, BY_CODE, &owner).await, [id]);
        }
    });
}

#[test]
fn a_newer_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        open(folder.path()).await.close().await;
        let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                   VALUES (9999, 'from the future', 1, x'00', 0)";
        tamper(folder.path(), sql).await;
        let refused = SqliteStore::open(folder.path().join("store.sqlite")).await;
        assert!(matches!(refused, Err(StoreError::NewerSchema { version: 9999 })), "{refused:?}");
    });
}

#[test]
fn a_changed_or_unfinished_migration_is_refused() {
    for sql in ["UPDATE _sqlx_migrations SET checksum = x'00'", "UPDATE _sqlx_migrations SET success = 0"] {
        let folder = tempfile::tempdir().unwrap();
        run(async {
            open(folder.path()).await.close().await;
            tamper(folder.path(), sql).await;
            let refused = SqliteStore::open(folder.path().join("store.sqlite")).await;
            assert!(matches!(refused, Err(StoreError::ChangedMigration { version: 1 })), "{refused:?}");
        });
    }
}

#[test]
fn sqlite_is_new_enough() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let version = open(folder.path()).await.sqlite_version().await.unwrap();
        let number = |text: &str| text.split('.').map(|part| part.parse().unwrap()).collect::<Vec<u32>>();
        assert!(number(&version) >= number(SqliteStore::LEAST_SQLITE), "{version}");
    });
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let refused = SqliteStore::open(folder.path()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
        std::fs::write(
            folder.path().join("store.sqlite"),
            "not a database, but long enough to look at".repeat(99),
        )
        .unwrap();
        let refused = SqliteStore::open(folder.path().join("store.sqlite")).await;
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    });
}

#[test]
fn impossible_columns_are_inconsistencies() {
    let cases = [("UPDATE record SET version = -1", "version"), ("UPDATE record SET form = 70000", "form")];
    for (sql, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        run(async {
            let store = open(folder.path()).await;
            insert(&store, [Sample::of("a", 1)]).await;
            tamper(folder.path(), sql).await;
            match store.get::<Sample>(&key(1)).await.unwrap_err() {
                StoreError::Inconsistent { key: found, cause, .. } => {
                    assert_eq!(
                        (found, cause),
                        (key(1), Inconsistency::ImpossibleColumn { column: expected })
                    );
                }
                other => panic!("{other:?}"),
            }
        });
    }
}

#[test]
fn a_damaged_job_is_an_inconsistency() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        enqueue(&store, [job(1)]).await;
        tamper(folder.path(), "UPDATE job SET id = 'nobody'").await;
        let refused = mpp_store::Outbox::lease(&store, claim(0)).await;
        assert!(matches!(refused, Err(StoreError::Inconsistent { .. })), "{refused:?}");
    });
}

#[cfg(unix)]
#[test]
fn the_files_are_for_their_owner_only() {
    use std::os::unix::fs::MetadataExt;

    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        insert(&store, [Sample::of("a", 1)]).await;
        store.back_up_to(folder.path().join("copy.sqlite")).await.unwrap();
        let entries: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap()).collect();
        assert!(entries.len() >= 4, "database, log, shared memory and copy");
        for entry in entries {
            assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        }
    });
}

#[test]
fn a_backup_holds_everything_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(folder.path()).await;
        insert(&store, [Sample::of("a", 1)]).await;
        enqueue(&store, [job(1)]).await;
        commit(&store, |batch| batch.audit(leaf("0"))).await.unwrap();
        let copy = folder.path().join("copy.sqlite");
        store.back_up_to(&copy).await.unwrap();
        insert(&store, [Sample::of("a", 2)]).await;
        let again = store.back_up_to(&copy).await;
        assert!(matches!(again, Err(StoreError::Unavailable { .. })));

        let copy = SqliteStore::open(&copy).await.unwrap();
        assert_eq!(ids_by(&copy, BY_OWNER, "a").await, [1]);
        assert_eq!(leased_numbers(&copy, 0).await, [1]);
        assert_eq!(copy.leaves(LeafIndex(0), 10).await.unwrap().len(), 1);
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
        for (number, commit) in commits.iter().enumerate() {
            if number % 2 == 0 {
                commit.abort();
            }
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
fn two_stores_on_one_file_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let stores = [Arc::new(open(folder.path()).await), Arc::new(open(folder.path()).await)];
        insert(&*stores[0], [Sample::of("a", 1)]).await;
        let writers = (0..4).map(|writer| {
            let store = Arc::clone(&stores[writer % 2]);
            tokio::spawn(async move { increment(&store, 10).await })
        });
        futures::future::join_all(writers).await.into_iter().for_each(|done| done.unwrap());
        for store in &stores {
            assert_eq!(sample(&**store, 1).await.unwrap().record.count, 40);
            assert_eq!(store.size().await.unwrap(), 40);
        }
    });
}

async fn increment(store: &SqliteStore, times: u32) {
    for _ in 0..times {
        loop {
            let mut found = sample(store, 1).await.unwrap();
            found.record.count += 1;
            let mut batch = WriteBatch::new();
            batch.update(found.version, &found.record).audit(leaf("+1"));
            match store.commit(batch).await {
                Ok(_) => break,
                Err(error) => assert!(error.is_conflict(), "{error:?}"),
            }
        }
    }
}

/// A record with a personal field, as the services write them.
#[derive(serde::Serialize, serde::Deserialize)]
struct Customer {
    id: u32,
    mobile: SealedField,
}

impl Record for Customer {
    const KIND: RecordKind = RecordKind::new("test-customer");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.id)
    }
}

#[test]
fn sealed_fields_never_reach_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let entropy = Arc::new(CountingEntropy::default());
    let epochs = EpochKeys::new(EpochKey::generate(&*entropy), Vec::new());
    let vault = Vault::new(Arc::new(epochs), entropy);
    run(async {
        let store = open(folder.path()).await;
        let (key, canary) = (RecordKey::new(1), "9876501234");
        let mobile = vault.seal(&Vault::place::<Customer>(&key, "mobile"), &canary).unwrap();
        commit(&store, |batch| batch.insert(&Customer { id: 1, mobile }).insert(&Sample::of("visible", 1)))
            .await
            .unwrap();
        let found = store.get::<Customer>(&key).await.unwrap().unwrap().record;
        let opened: String = vault.open(&Vault::place::<Customer>(&key, "mobile"), &found.mobile).unwrap();
        assert_eq!(opened, canary);
        assert!(!anywhere(folder.path(), canary));
        assert!(anywhere(folder.path(), "visible"), "the search works");
        store.close().await;
        assert!(!anywhere(folder.path(), canary));
        assert!(anywhere(folder.path(), "visible"), "the search works on the closed file, too");
    });
}

fn anywhere(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn many_that_open_a_new_file_at_once_all_succeed() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        run(async {
            let opened = (0..4).map(|_| {
                let file = folder.path().join("store.sqlite");
                tokio::spawn(async move { SqliteStore::open(file).await })
            });
            for opened in futures::future::join_all(opened).await {
                opened.unwrap().unwrap();
            }
        });
    }
}

#[test]
fn leases_of_another_open_store_hold() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let (one, other) = (open(folder.path()).await, open(folder.path()).await);
        enqueue(&one, [job(1)]).await;
        let leased = lease(&one, 0).await;
        assert!(lease(&other, 59).await.is_empty());
        let taken = lease(&other, 60).await;
        assert!(matches!(one.complete(&leased[0]).await, Err(StoreError::LeaseLost { .. })));
        other.complete(&taken[0]).await.unwrap();
        assert_eq!(at(60), taken[0].leased_until.minus(mpp_core::Span::from_minutes(1)));
    });
}

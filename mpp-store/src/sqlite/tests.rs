//! What can only be seen from inside: failures of the database, and that migrations never change.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType};

use super::SqliteStore;
use super::open::MIGRATIONS;
use crate::conformance::run;
use crate::conformance::sample::{BY_OWNER, key};
use crate::conformance::sample::{Sample, commit, enqueue, ids_by, insert, job, leaf, lease};
use crate::{AuditLog, LeafIndex, RecordReaderExt, StoreError};

async fn open(folder: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(folder.path().join("store.sqlite")).await.unwrap()
}

/// Makes the disk look full to the writing connection.
async fn fill_disk(store: &SqliteStore) {
    let fill = |writer: &rusqlite::Connection| {
        let pages: i64 = writer.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        writer.pragma_update(None, "max_page_count", pages).map_err(super::unavailable)
    };
    store.writer.run(fill).await.unwrap();
}

#[test]
fn a_full_disk_fails_the_commit_whole_and_later_ones_succeed() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(&folder).await;
        insert(&store, [Sample::of("a", 1)]).await;
        fill_disk(&store).await;
        let large = Sample::of("b", 2).coded(&"x".repeat(500));
        let many: Vec<_> = (10..1000).map(|id| Sample::of("a", id)).collect();
        let full = commit(&store, |batch| {
            many.iter().fold(batch.insert(&large), |batch, sample| batch.insert(sample))
        });
        let full = full.await;
        assert!(matches!(full, Err(StoreError::Unavailable { .. })), "{full:?}");
        assert_eq!(ids_by(&store, BY_OWNER, "a").await, [1]);
        assert_eq!(store.get::<Sample>(&key(2)).await.unwrap(), None);
        // There is room again: the next connection knows no limit.
        insert(&store, [large]).await;
        enqueue(&store, [job(1)]).await;
        assert_eq!(lease(&store, 0).await.len(), 1);
    });
}

#[test]
fn a_leaf_missing_within_the_audit_log_is_found() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let store = open(&folder).await;
        for number in 0..6 {
            commit(&store, |batch| batch.audit(leaf(&number.to_string()))).await.unwrap();
        }
        store.remove_leaves_before(LeafIndex(2), 10).await.unwrap();
        let found = SqliteStore::inspect(store.path()).await.unwrap();
        assert_eq!((found.faults, found.audit_leaves), (vec![], 4), "the beginning is gone by design");
        let lose = |writer: &rusqlite::Connection| {
            writer.execute("DELETE FROM audit_leaf WHERE place IN (3, 4)", []).map_err(super::unavailable)
        };
        store.writer.run(lose).await.unwrap();
        let found = SqliteStore::inspect(store.path()).await.unwrap();
        let missing = ["2 leaves of the audit log missing or too many".to_owned()];
        assert_eq!(found.faults, missing);
        store.remove_leaves_before(LeafIndex(9), 10).await.unwrap();
        let found = SqliteStore::inspect(store.path()).await.unwrap();
        assert_eq!((&found.faults[..], found.audit_leaves), (&missing[..], 0), "they stay missing");
    });
}

#[test]
fn released_migrations_never_change() {
    // Add a line for a new migration; a line that has to change means that a released migration was edited.
    let released = [
        (1, "fe76c534424153bc"),
        (2, "1a6cb733844119b9"),
        (3, "0dfdbc5e63819e2a"),
        (5, "8fa7aed0e1ca1dbf"),
        (6, "5ccaab905c5a84c4"),
        (7, "8cbc695db98d8c12"),
        (10, "3a868f7763062d8d"),
    ];
    let found: Vec<(i64, String)> = MIGRATIONS
        .iter()
        .map(|(version, name, sql)| {
            let sql = sql.into_sql_str();
            let migration = Migration::new(*version, (*name).into(), MigrationType::Simple, sql, false);
            (*version, hex::encode(&migration.checksum[..8]))
        })
        .collect();
    let found: Vec<(i64, &str)> = found.iter().map(|(version, sum)| (*version, sum.as_str())).collect();
    assert_eq!(found, released);
}

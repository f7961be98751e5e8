//! What only a database server can do: last, be of another version, be damaged, be written to by others.
#![cfg(feature = "postgres")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod postgres_support;

use std::sync::Arc;

use mpp_store::conformance::run;
use mpp_store::conformance::sample::{
    BY_CODE, BY_OWNER, Sample, at, claim, commit, enqueue, ids_by, insert, job, key, leaf, lease, sample,
    usage, used,
};
use mpp_store::{
    AuditLog, Commit, Inconsistency, Outbox, OutboxExt, PostgresStore, Reason, Record, RecordKey,
    RecordReader, RecordReaderExt, StoreError, Unencodable, WriteBatch,
};
use postgres_support::FreshDatabase;

#[test]
fn everything_survives_reopening() {
    run(async {
        let database = FreshDatabase::new().await;
        let store = database.open().await;
        let version = insert(&store, [Sample::of("a", 1)]).await;
        enqueue(&store, [job(1), job(2)]).await;
        let leased = lease(&store, 0).await;
        commit(&store, |batch| batch.complete(&leased[0]).audit(leaf("0")).usage_entry(used(1, 1, 0)))
            .await
            .unwrap();
        drop(store);

        let store = database.open().await;
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
fn a_newer_database_is_refused() {
    run(async {
        let database = FreshDatabase::new().await;
        drop(database.open().await);
        let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                   VALUES (9999, 'from the future', true, '\\x00', 0)";
        database.run(sql).await;
        let refused = PostgresStore::open(&database.address()).await;
        assert!(matches!(refused, Err(StoreError::NewerSchema { version: 9999 })), "{refused:?}");
    });
}

#[test]
fn a_changed_or_unfinished_migration_is_refused() {
    for sql in
        ["UPDATE _sqlx_migrations SET checksum = '\\x00'", "UPDATE _sqlx_migrations SET success = false"]
    {
        run(async {
            let database = FreshDatabase::new().await;
            drop(database.open().await);
            database.run(sql).await;
            let refused = PostgresStore::open(&database.address()).await;
            assert!(matches!(refused, Err(StoreError::ChangedMigration { version: 1 })), "{refused:?}");
        });
    }
}

#[test]
fn a_database_in_another_encoding_is_refused() {
    run(async {
        let database = FreshDatabase::new().await;
        let name = database.url().rsplit_once('/').unwrap().1.to_owned() + "_latin";
        database.run(&format!("DROP DATABASE IF EXISTS {name}")).await;
        database
            .run(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"))
            .await;
        let address = (database.url() + "_latin").parse().unwrap();
        let refused = PostgresStore::open(&address).await;
        database.run(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
    });
}

#[test]
fn a_refused_user_learns_nothing_and_leaks_nothing() {
    run(async {
        let database = FreshDatabase::new().await;
        let refused = PostgresStore::open(&database.address().with_password("canary")).await.unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable { .. }));
        assert!(!format!("{refused} {refused:?}").contains("canary"));
    });
}

#[test]
fn impossible_columns_are_inconsistencies() {
    let cases = [("UPDATE record SET version = -1", "version"), ("UPDATE record SET form = 70000", "form")];
    for (sql, expected) in cases {
        run(async {
            let database = FreshDatabase::new().await;
            let store = database.open().await;
            insert(&store, [Sample::of("a", 1)]).await;
            database.run(sql).await;
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
    run(async {
        let database = FreshDatabase::new().await;
        let store = database.open().await;
        enqueue(&store, [job(1)]).await;
        database.run("UPDATE job SET id = 'nobody'").await;
        let refused = store.lease(claim(0)).await;
        assert!(matches!(refused, Err(StoreError::Inconsistent { .. })), "{refused:?}");
    });
}

#[test]
fn the_character_zero_is_refused_and_stops_nobody() {
    run(async {
        let database = FreshDatabase::new().await;
        let store = database.open().await;
        let refused = commit(&store, |batch| batch.insert(&Sample::of("a\0b", 1))).await;
        let expected = StoreError::Unencodable { kind: Sample::KIND, cause: Unencodable::ZeroCharacter };
        assert_eq!(refused.unwrap_err().to_string(), expected.to_string());
        let zero = RecordKey::from("1\0");
        assert_eq!(store.read(Sample::KIND, &zero).await.unwrap(), None);
        insert(&store, [Sample::of("a", 1)]).await;
        let found = store.read_many(Sample::KIND, &[zero, key(1)]).await.unwrap();
        assert!(found[0].is_none() && found[1].is_some());
        assert!(ids_by(&store, BY_OWNER, "a\0").await.is_empty());
        enqueue(&store, [job(1)]).await;
        let leased = lease(&store, 0).await;
        store.park(&leased[0], at(1), Reason::new("a\0b")).await.unwrap();
        assert_eq!(store.parked(None, None, 1).await.unwrap().items[0].reason.as_str(), "a\u{fffd}b");
    });
}

#[test]
fn what_looks_like_a_statement_is_a_value() {
    run(async {
        let database = FreshDatabase::new().await;
        let store = database.open().await;
        let owner = "'); DROP TABLE record; -- $1 \\ \" {\"a\":1}";
        insert(&store, [Sample::of(owner, 1).coded("$$ LANGUAGE 'x'")]).await;
        assert_eq!(ids_by(&store, BY_OWNER, owner).await, [1]);
        assert_eq!(sample(&store, 1).await.unwrap().record.owner, owner);
    });
}

#[test]
fn a_caller_that_gives_up_tears_nothing() {
    run(async {
        let database = FreshDatabase::new().await;
        let store = Arc::new(database.open().await);
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

/// What is in a row of an earlier program says nothing of its entries; what is in one of this program is believed, unless the
/// caller has doubts.
#[test]
fn lost_entries_come_back_where_they_are_looked_at() {
    run(async {
        let database = FreshDatabase::new().await;
        let store = database.open().await;
        for (nth, damage) in ["", "; UPDATE record SET entries_digest = NULL"].into_iter().enumerate() {
            let (owner, id) = (format!("owner-{nth}"), u32::try_from(nth).unwrap());
            let found = Sample::of(&owner, id).coded(&owner);
            let version = insert(&store, [found.clone()]).await;
            database.run(&format!("DELETE FROM record_index{damage}")).await;
            let alone = commit(&store, |batch| batch.update(version, &found)).await.unwrap();
            let expected = if damage.is_empty() { vec![] } else { vec![id] };
            assert_eq!(ids_by(&store, BY_OWNER, &owner).await, expected);
            // in the other way of writing, which deletes
            let deleted = Sample::of("deleted", 9);
            let gone = insert(&store, [deleted.clone()]).await;
            let both =
                commit(&store, |batch| batch.delete::<Sample>(&key(9), gone).update(alone, &found)).await;
            assert_eq!(ids_by(&store, BY_OWNER, &owner).await, expected);
            commit(&store, |batch| batch.index_anew(both.unwrap(), &found)).await.unwrap();
            assert_eq!(ids_by(&store, BY_OWNER, &owner).await, [id]);
            assert_eq!(ids_by(&store, BY_CODE, &owner).await, [id]);
        }
    });
}

/// A node of the program before, in a rolling change of programs: it knows no digests, and leaves none that are not true.
#[test]
fn what_an_earlier_program_writes_is_compared() {
    run(async {
        let database = FreshDatabase::new().await;
        let store = database.open().await;
        let version = insert(&store, [Sample::of("a", 1)]).await.number();
        let kind = Sample::KIND;
        let data = serde_json::json!({"id": 1, "owner": "b", "code": null, "count": 0}).to_string();
        let batch = serde_json::json!({
            "guards": [], "jobs": [], "leaves": [], "usage": [], "rings": false,
            "writes": [{"kind": kind.as_str(), "key": "1", "expected": version, "form": Sample::FORM, "data": data,
                "index": [{"name": "owner", "value": "b", "unique": false}]}],
        });
        database.run(&format!("SELECT commit_batches(ARRAY[$batch${batch}$batch$])")).await;
        let found = sample(&store, 1).await.unwrap();
        assert_eq!((ids_by(&store, BY_OWNER, "b").await, &*found.record.owner), (vec![1], "b"));
        commit(&store, |batch| batch.update(found.version, &Sample::of("a", 1))).await.unwrap();
        assert_eq!(ids_by(&store, BY_OWNER, "a").await, [1]);
    });
}

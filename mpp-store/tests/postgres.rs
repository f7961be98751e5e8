//! What only a database server can do: last, be of another version, be damaged, be shared.
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

use futures::future::join_all;
use mpp_store::conformance::run;
use mpp_store::conformance::sample::{
    BY_CODE, BY_OWNER, Sample, at, claim, commit, enqueue, ids_by, insert, job, key, leaf, lease, sample,
    usage, used,
};
use mpp_store::{
    AuditLog, Commit, Inconsistency, OrderKey, Outbox, OutboxExt, PostgresStore, Reason, Record, RecordKey,
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

#[test]
fn two_stores_on_one_database_lose_nothing() {
    run(async {
        let database = FreshDatabase::new().await;
        // whatever an operator has set as the default
        let name = database.url().rsplit_once('/').unwrap().1.to_owned();
        for default in ["default_transaction_isolation = 'serializable'", "synchronous_commit = off"] {
            database.run(&format!("ALTER DATABASE {name} SET {default}")).await;
        }
        let stores = [Arc::new(database.open().await), Arc::new(database.open().await)];
        insert(&*stores[0], [Sample::of("a", 1)]).await;
        let writers = (0..4).map(|writer| {
            let store = Arc::clone(&stores[writer % 2]);
            tokio::spawn(async move { increment(&store, 10).await })
        });
        join_all(writers).await.into_iter().for_each(|done| done.unwrap());
        for store in &stores {
            assert_eq!(sample(&**store, 1).await.unwrap().record.count, 40);
            assert_eq!(store.size().await.unwrap(), 40);
        }
    });
}

async fn increment(store: &PostgresStore, times: u32) {
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

#[test]
fn many_that_open_a_new_database_at_once_all_succeed() {
    run(async {
        let database = Arc::new(FreshDatabase::new().await);
        let opened = (0..4).map(|_| {
            let database = Arc::clone(&database);
            tokio::spawn(async move { PostgresStore::open(&database.address()).await })
        });
        for opened in join_all(opened).await {
            opened.unwrap().unwrap();
        }
    });
}

#[test]
fn schemas_of_one_database_are_stores_of_their_own() {
    run(async {
        let database = FreshDatabase::new().await;
        let open = |schema: &str| {
            let address = database.address().in_schema(schema).unwrap();
            tokio::spawn(async move { PostgresStore::open(&address).await })
        };
        let opened = join_all([open("central"), open("client"), open("central")]).await;
        let stores: Vec<PostgresStore> = opened.into_iter().map(|store| store.unwrap().unwrap()).collect();
        insert(&stores[0], [Sample::of("a", 1)]).await;
        assert_eq!(ids_by(&stores[1], BY_OWNER, "a").await, Vec::<u32>::new());
        assert_eq!(ids_by(&stores[2], BY_OWNER, "a").await, [1]);
    });
}

#[test]
fn leases_of_another_node_hold() {
    run(async {
        let database = FreshDatabase::new().await;
        let (one, other) = (database.open().await, database.open().await);
        enqueue(&one, [job(1)]).await;
        let leased = lease(&one, 0).await;
        assert!(lease(&other, 59).await.is_empty());
        let taken = lease(&other, 60).await;
        assert!(matches!(one.complete(&leased[0]).await, Err(StoreError::LeaseLost { .. })));
        other.complete(&taken[0]).await.unwrap();
    });
}

#[test]
fn workers_of_two_nodes_keep_the_order_and_share_nothing() {
    run(async {
        let database = FreshDatabase::new().await;
        let stores = [Arc::new(database.open().await), Arc::new(database.open().await)];
        let jobs = (0..60).map(|number| job(number).ordered_by(OrderKey::new(number % 5)));
        enqueue(&*stores[0], jobs).await;
        let done = Arc::new(std::sync::Mutex::new(Vec::new()));
        let workers = (0..6).map(|worker| {
            let (store, done) = (Arc::clone(&stores[worker % 2]), Arc::clone(&done));
            tokio::spawn(async move {
                while !store.backlog(at(0)).await.unwrap().is_empty() {
                    for job in store.lease(mpp_store::Claim { limit: 2, ..claim(0) }).await.unwrap() {
                        done.lock().unwrap().push(job.payload::<u8>().unwrap());
                        store.complete(&job).await.unwrap();
                    }
                }
            })
        });
        join_all(workers).await.into_iter().for_each(|worker| worker.unwrap());
        let done = done.lock().unwrap().clone();
        assert_eq!(done.len(), 60);
        for key in 0..5 {
            let order: Vec<_> = done.iter().filter(|number| **number % 5 == key).collect();
            assert_eq!(order.len(), 12);
            assert!(order.is_sorted(), "{order:?}");
        }
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

/// However close they follow each other, no commit's jobs are kept from the other node: it waits for rings and nothing else.
#[test]
fn of_a_burst_the_last_one_is_heard_of_too() {
    run(async {
        let database = FreshDatabase::new().await;
        let (one, other) = (database.open().await, database.open().await);
        let bell = other.arrivals().unwrap();
        for burst in 0..20 {
            let mut heard = Vec::new();
            let hears = async {
                while heard.len() < 4 {
                    let rung = bell.notified();
                    tokio::pin!(rung);
                    rung.as_mut().enable();
                    heard.extend(other.lease(claim(0)).await.unwrap());
                    if heard.len() < 4 {
                        rung.await;
                    }
                }
            };
            let enqueues = async {
                for number in 0..4 {
                    enqueue(&one, [job(burst * 4 + number)]).await;
                }
            };
            let both = async { futures::join!(hears, enqueues) };
            tokio::time::timeout(std::time::Duration::from_secs(30), both).await.unwrap();
            for job in heard {
                other.complete(&job).await.unwrap();
            }
        }
    });
}

/// Whoever waits in the same process does not wait for the server's word.
#[test]
fn a_nodes_own_jobs_ring_without_the_server() {
    run(async {
        let database = FreshDatabase::new().await;
        let store = database.open().await;
        let bell = store.arrivals().unwrap();
        for number in 0..9 {
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            enqueue(&store, [job(number)]).await;
            assert!(futures::poll!(rung).is_ready(), "{number}");
        }
    });
}

#[test]
fn jobs_ring_at_the_other_node() {
    run(async {
        let database = FreshDatabase::new().await;
        let (one, other) = (database.open().await, database.open().await);
        let bell = other.arrivals().unwrap();
        let rung = bell.notified();
        enqueue(&one, [job(1)]).await;
        rung.await;
        let leased = lease(&other, 0).await;
        let rung = bell.notified();
        other.release(&leased[0], at(5), Reason::new("x")).await.unwrap();
        rung.await;
        let again = lease(&other, 5).await;
        other.park(&again[0], at(5), Reason::new("x")).await.unwrap();
        let rung = bell.notified();
        one.replay(again[0].id(), at(6)).await.unwrap();
        rung.await;
    });
}

//! Several nodes on one database: they lose nothing, share the work, and hear of each other's jobs.
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
    BY_OWNER, Sample, at, claim, enqueue, ids_by, insert, job, leaf, lease, sample,
};
use mpp_store::{
    AuditLog, Commit, OrderKey, Outbox, OutboxExt, PostgresStore, Reason, StoreError, WriteBatch,
};
use postgres_support::FreshDatabase;

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

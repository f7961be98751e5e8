//! What can go wrong between us and a database server: failures over one batch, deadlocks, cut connections, lost answers, a
//! restart.
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

#[path = "../../xtask/src/test_run/postgres_server.rs"]
#[allow(unreachable_pub, reason = "shared with the tool that starts the server of the other tests")]
mod postgres_server;

#[path = "support/postgres_way.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod postgres_way;

use std::sync::Arc;

use futures::future::join_all;
use mpp_core::Persistence;
use mpp_store::conformance::run;
use mpp_store::conformance::sample::{
    BY_OWNER, Sample, at, commit, enqueue, ids_by, insert, job, leaf, lease, sample,
};
use mpp_store::{
    AuditLog, Commit, NewJob, OrderKey, Outbox, OutboxExt, PostgresStore, StoreError, Version, WriteBatch,
};
use postgres_server::PostgresServer;
use postgres_support::FreshDatabase;
use postgres_way::Way;

#[test]
fn a_batch_the_server_fails_over_harms_no_other() {
    run(async {
        let database = FreshDatabase::new().await;
        let store = Arc::new(database.open().await);
        let lock = database.lock("SELECT 1 FROM commit_counter FOR UPDATE").await;
        let commits: Vec<_> = (0..12)
            .map(|id| {
                let store = Arc::clone(&store);
                let mut batch = WriteBatch::new();
                batch.insert(&Sample::of("a", id)).audit(leaf("x"));
                if id == 7 {
                    batch.enqueue(NewJob { order_key: Some(OrderKey::new(unindexable())), ..job(1) });
                }
                tokio::spawn(async move { store.commit(batch).await })
            })
            .collect();
        database.until_somebody_waits().await;
        lock.release().await;
        let outcomes: Vec<Result<Version, StoreError>> =
            join_all(commits).await.into_iter().map(|done| done.unwrap()).collect();
        for (number, outcome) in outcomes.iter().enumerate() {
            assert_eq!(outcome.is_ok(), number != 7, "{number}: {outcome:?}");
        }
        assert_eq!(store.size().await.unwrap(), 11);
    });
}

/// Longer than an index takes, and without anything to compress.
fn unindexable() -> String {
    let mut state = 1_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:016x}", state ^ (state >> 29))
    };
    (0..1000).map(|_| next()).collect()
}

#[test]
fn a_deadlock_is_tried_again() {
    run(async {
        let database = FreshDatabase::new().await;
        let store = Arc::new(database.open().await);
        enqueue(&*store, [job(1)]).await;
        let leased = lease(&*store, 0).await;
        // this one does not look for deadlocks for a minute, so it is the store that is broken off
        let mut lock = database.lock("SELECT 1 FROM job FOR UPDATE").await;
        lock.run("SET LOCAL deadlock_timeout = '60s'").await;
        let completed = tokio::spawn({
            let (store, leased) = (Arc::clone(&store), leased[0].clone());
            async move { store.complete(&leased).await }
        });
        database.until_somebody_waits().await;
        lock.run("SELECT 1 FROM commit_counter FOR UPDATE").await;
        lock.release().await;
        completed.await.unwrap().unwrap();
        assert!(store.backlog(at(0)).await.unwrap().is_empty());
    });
}

#[test]
fn a_connection_cut_mid_commit_leaves_a_whole_batch_or_none() {
    run(async {
        let database = FreshDatabase::new().await;
        let store = Arc::new(database.open().await);
        let version = insert(&*store, [Sample::of("a", 1)]).await;
        let lock = database.lock("SELECT 1 FROM commit_counter FOR UPDATE").await;
        let change = Sample { count: 1, ..Sample::of("a", 1) };
        let cut = tokio::spawn({
            let (store, change) = (Arc::clone(&store), change.clone());
            async move { commit(&*store, |batch| batch.update(version, &change).audit(leaf("x"))).await }
        });
        database.until_somebody_waits().await;
        database.terminate_who_waits().await;
        let error = cut.await.unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        assert_eq!(error.persistence(), Persistence::Temporary);
        lock.release().await;

        let found = sample(&*store, 1).await.unwrap();
        assert_eq!((found.version, store.size().await.unwrap()), (version, 0), "nothing of it is there");
        commit(&*store, |batch| batch.update(version, &change).audit(leaf("x"))).await.unwrap();
        assert_eq!(store.size().await.unwrap(), 1);
    });
}

#[test]
fn an_answer_lost_on_the_way_is_no_refusal() {
    run(async {
        let database = FreshDatabase::new().await;
        let way = Way::to(&database).await;
        let store = PostgresStore::open(&way.address()).await.unwrap();
        insert(&store, [Sample::of("a", 1)]).await;
        way.lose_the_next_answer();
        let lost = commit(&store, |batch| batch.insert(&Sample::of("a", 2)).audit(leaf("x"))).await;
        let error = lost.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        assert!(sample(&store, 2).await.is_some(), "it took effect, and reading tells");
        assert_eq!(store.size().await.unwrap(), 1);
        let again = commit(&store, |batch| batch.insert(&Sample::of("a", 2)).audit(leaf("x"))).await;
        assert!(again.unwrap_err().is_conflict());
    });
}

#[test]
fn a_restarted_server_has_lost_nothing_and_is_used_again() {
    run(async {
        let mut server = own_server();
        let database = FreshDatabase::on(server.url()).await;
        let store = database.open().await;
        let mut expected = Vec::new();
        for (id, signal) in [(1, "SIGINT"), (2, "SIGQUIT"), (3, "SIGINT")] {
            insert(&store, [Sample::of("a", id)]).await;
            expected.push(id);
            enqueue(&store, [job(u8::try_from(id).unwrap())]).await;
            server.restart(signal).unwrap();
            assert_eq!(ids_by(&store, BY_OWNER, "a").await, expected, "after {signal}");
            // the writing connections are not known to be cut before one is used
            let more = || commit(&store, |batch| batch.audit(leaf("x")));
            if let Err(error) = more().await {
                assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
                more().await.unwrap();
            }
            assert_eq!(lease(&store, 0).await.len(), 1);
        }
        let bell = store.arrivals().unwrap();
        let rung = bell.notified();
        enqueue(&store, [job(9)]).await;
        rung.await;
    });
}

/// A server that may be restarted: the one of the other tests must not be.
fn own_server() -> PostgresServer {
    let programs =
        postgres_server::programs().expect("PostgreSQL's programs (Debian package `postgresql`) are there");
    let folder = std::env::temp_dir().join(format!("mpp-postgres-{}", std::process::id()));
    PostgresServer::start(&programs, &folder).unwrap()
}

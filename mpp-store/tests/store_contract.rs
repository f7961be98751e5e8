//! The conformance suite on every backend of the record, outbox and log ports.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

#[cfg(feature = "postgres")]
#[path = "support/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod postgres_support;

use mpp_store::conformance::StoreUnderTest;
use mpp_store::{MemoryStore, SqliteStore};

mpp_store::store_conformance!(memory, async { StoreUnderTest::new(MemoryStore::new()) });

mpp_store::store_conformance!(sqlite, async {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = SqliteStore::open(folder.path().join("store.sqlite")).await.expect("the store opens");
    StoreUnderTest::new(store).keeping(folder)
});

#[cfg(feature = "postgres")]
mpp_store::store_conformance!(postgres, async {
    let database = postgres_support::FreshDatabase::new().await;
    StoreUnderTest::new(database.open().await).keeping(database)
});

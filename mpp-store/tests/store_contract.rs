//! The conformance suite on every backend of the record, outbox and log ports.
#![allow(missing_docs, reason = "tests")]

use mpp_store::conformance::StoreUnderTest;
use mpp_store::{MemoryStore, SqliteStore};

mpp_store::store_conformance!(memory, async { StoreUnderTest::new(MemoryStore::new()) });

mpp_store::store_conformance!(sqlite, async {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = SqliteStore::open(folder.path().join("store.sqlite")).await.expect("the store opens");
    StoreUnderTest::new(store).keeping(folder)
});

//! Disks that are full and disks that lie: typed errors, nothing acknowledged is lost to a full one, and no panic.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod flipped;
mod full;
mod small_disk;

use std::path::Path;

use mpp_store::{SqliteStore, Store, StoreError};

async fn open_sqlite(folder: &Path) -> Result<Box<dyn Store>, StoreError> {
    Ok(Box::new(SqliteStore::open(folder.join("store.sqlite")).await?))
}

#[cfg(feature = "sled")]
async fn open_sled(folder: &Path) -> Result<Box<dyn Store>, StoreError> {
    Ok(Box::new(mpp_store::SledStore::open(folder.join("store.sled")).await?))
}

#[test]
fn a_full_disk_is_a_typed_error_and_sqlite_recovers() {
    full::fill(async |folder: &Path| open_sqlite(folder).await);
}

#[cfg(feature = "sled")]
#[test]
fn a_full_disk_is_a_typed_error_and_sled_recovers() {
    full::fill(async |folder: &Path| open_sled(folder).await);
}

#[test]
fn flipped_bits_never_make_sqlite_panic() {
    // SQLite keeps no checksums: a bit within a value is noticed by nobody
    flipped::flip("store.sqlite", async |folder: &Path| open_sqlite(folder).await);
}

#[cfg(feature = "sled")]
#[test]
fn flipped_bits_are_noticed_by_sled() {
    let unnoticed = flipped::flip("store.sled/data/db", async |folder: &Path| open_sled(folder).await);
    assert_eq!(unnoticed, 0);
}

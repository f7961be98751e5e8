//! A process that writes and works is killed again and again; what it was told to be written must be there, whole.
//!
//! This binary starts itself as the process that is killed. `cargo xtask soak crash` runs the same for as long as one likes.
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

mod backend;
mod books;
mod child;
mod parcels;
mod parent;
mod points;
mod remove;
mod traces;
mod work;
mod write;

#[cfg(feature = "postgres")]
#[path = "../../../xtask/src/test_run/postgres_server.rs"]
mod postgres_server;

use backend::Backend;

/// Which backend the soak is about: `sqlite`, `sled` or `postgres`.
const BACKEND: &str = "MPP_CRASH_BACKEND";
/// How many kills the soak is about.
const KILLS: &str = "MPP_CRASH_KILLS";
/// The number all chance comes from.
const SEED: &str = "MPP_CRASH_SEED";

/// The process that is killed.
#[test]
#[ignore = "started by the other tests as a process of its own"]
fn child() {
    child::run();
}

#[test]
fn sqlite_loses_nothing_over_50_kills() {
    parent::run(Backend::Sqlite, 50, 1);
}

#[cfg(feature = "sled")]
#[test]
fn sled_loses_nothing_over_50_kills() {
    parent::run(Backend::Sled, 50, 1);
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_loses_nothing_over_50_kills() {
    parent::run(Backend::Postgres, 50, 1);
}

#[test]
#[ignore = "as long as one likes: started by `cargo xtask soak crash`"]
fn soak() {
    let variable = |name| std::env::var(name).ok();
    let Some(backend) = variable(BACKEND) else { return };
    let number = |name, otherwise| variable(name).map_or(otherwise, |text| text.parse().expect("a number"));
    let backend = backend.parse::<Backend>().unwrap_or_else(|error| panic!("{error}"));
    parent::run(backend, number(KILLS, 50), number(SEED, 1).into());
}

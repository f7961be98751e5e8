//! The private share role against a stateful Account Aggregator of the tests' own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod bench;
mod consents;
mod data_sessions;
mod fake_aa;
mod fip_health;
mod forgetting;
#[path = "../support/fused_store.rs"]
#[allow(dead_code, reason = "not everything in it is used here")]
mod fused_store;
mod late_store;
mod login;
mod privacy;

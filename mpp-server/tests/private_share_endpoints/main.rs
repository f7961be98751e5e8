//! The private share server over HTTP, between a phone and an Account Aggregator of the tests' own.
#![cfg(feature = "private-share")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod aa;
mod bench;
mod described;
mod health;
mod journey;
mod notifications;
mod proof;
#[path = "../openapi_witness/witness.rs"]
mod witness;

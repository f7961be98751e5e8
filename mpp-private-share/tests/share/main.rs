//! The SDK against a private share service of the tests' own, with real cryptography throughout.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod fake_fips;
mod fake_service;
mod interruptions;
mod journeys;
mod login;
mod outcomes;
mod phone;
mod privacy;

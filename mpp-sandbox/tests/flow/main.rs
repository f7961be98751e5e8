//! The sandbox as a stranger sees it: everything over HTTP, with a ReBIT client written for these tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod customer_side;
mod faults;
mod journey;
mod party;
mod providers;
mod refusals;

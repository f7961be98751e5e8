//! Whole journeys with every role and the outside world in this process: real messages over loopback, real cryptography,
//! real stores.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

#[path = "walking/customer.rs"]
mod customer;
#[path = "../mpp-store/tests/support/postgres.rs"]
#[allow(dead_code, unreachable_pub, reason = "not everything in it is used here")]
mod postgres_support;
#[path = "../mpp-store/tests/parcel_s3/server.rs"]
mod s3_server;
#[path = "walking/town.rs"]
mod town;

#[path = "end_to_end/at_the_aggregator.rs"]
mod at_the_aggregator;
#[path = "end_to_end/choosing.rs"]
mod choosing;
#[path = "end_to_end/kept.rs"]
mod kept;
#[path = "end_to_end/once.rs"]
mod once;
#[path = "end_to_end/sharing_again.rs"]
mod sharing_again;
#[path = "end_to_end/withdrawing.rs"]
mod withdrawing;

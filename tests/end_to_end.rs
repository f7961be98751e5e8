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
#[path = "walking/town.rs"]
mod town;

#[path = "end_to_end/at_the_aggregator.rs"]
mod at_the_aggregator;
#[path = "end_to_end/choosing.rs"]
mod choosing;
#[path = "end_to_end/once.rs"]
mod once;
#[path = "end_to_end/withdrawing.rs"]
mod withdrawing;

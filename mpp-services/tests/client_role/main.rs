//! The client role over its ports: real cryptography, a central that is played, everything else in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod calendar;
mod cases;
mod collecting;
mod enrolling;
mod fake_central;
mod fetches;
mod following;
mod forgetting;
#[path = "../support/fused_store.rs"]
mod fused_store;
mod killing;
mod life_sums;
mod multiplying;
mod notifying;
mod origins;
mod privacy;
mod products;
mod purging;
mod reading;
mod replaying;
mod retiring;
mod revoking;
mod rotating;
mod standing;
mod taking;
mod taking_back;
mod using;
mod witnessing;
mod world;

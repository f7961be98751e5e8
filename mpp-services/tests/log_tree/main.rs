//! Audit logs that prove themselves: the pass, killed and raced; what a check finds; what is left when the beginning is forgotten.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    missing_docs,
    reason = "tests"
)]

mod checking;
mod forgetting;
#[path = "../support/fused_store.rs"]
#[allow(dead_code, reason = "not everything in it is used here")]
mod fused_store;
mod growing;
mod killing;
mod racing;
mod setting_back;
mod world;

//! The central role, played through against stateful fakes of the outside world.
#![cfg(feature = "central")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod billing;
mod case_files;
mod collecting;
mod consents;
mod crashing;
mod cutting;
mod deciding;
mod fetching;
mod finding;
mod forgetting;
mod forgetting_logs;
mod forgetting_prices;
mod multiplying;
mod notifying;
mod onboarding;
mod outside;
mod parties;
mod partner_logs;
mod privacy;
mod reconciling;
mod replaying;
mod requesting;
mod retiring;
mod samples;
mod taking_back;
mod uploading;
mod vouching;
mod world;

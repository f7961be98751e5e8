//! The client server over HTTP, with a real central, a phone, and a partner application beside it.
#![cfg(all(feature = "central", feature = "client", feature = "private-share"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod auditing;
mod binary;
mod calendar;
mod command;
mod described;
mod fetches;
mod finding;
mod journey;
mod languages;
mod log;
mod own_keys;
mod own_log;
mod pages_of_lists;
mod passkeys;
mod people;
mod portal;
mod privacy;
mod proofs;
mod pushed;
mod replaying;
mod retiring;
mod seeding;
mod taking_back;
mod town;
mod trying_out;
mod versions;
#[path = "../portal_window/window.rs"]
mod window;
mod wire_forms;
#[path = "../openapi_witness/witness.rs"]
mod witness;

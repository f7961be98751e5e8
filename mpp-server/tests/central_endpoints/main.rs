//! The central server over real sockets of this machine, with a bureau and a webhook receiver inside the process.
#![cfg(feature = "central")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod auditing;
mod billing;
mod binary;
mod described;
mod everyday;
mod exports;
mod journey;
mod limits;
mod log;
mod login;
mod pages_of_lists;
mod passkeys;
mod people;
mod portal;
mod proofs;
mod replaying;
mod samples;
mod sign_outs;
mod signed_logs;
mod single_sign_on;
mod supervising;
mod taking_back;
mod tenants;
mod town;
mod uploads;
#[path = "../portal_window/window.rs"]
mod window;
mod wire_forms;
#[path = "../openapi_witness/witness.rs"]
mod witness;

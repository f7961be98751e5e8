//! The phone page's handlers, with the real MPP SDK against a central that signs like the real one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

#[path = "pages/central.rs"]
mod central;
#[path = "pages/phones.rs"]
mod phones;
#[path = "pages/terms.rs"]
mod terms;

#[path = "pages_flow/deciding.rs"]
mod deciding;
#[path = "pages_flow/keeping_out.rs"]
mod keeping_out;
#[path = "pages_flow/run_out.rs"]
mod run_out;
#[path = "pages_flow/sharing.rs"]
mod sharing;
#[path = "pages_flow/taken_back.rs"]
mod taken_back;
#[path = "pages_flow/visiting.rs"]
mod visiting;

//! The portals in a real browser, over a whole world: joining by an invitation, every page in light and dark, narrow and
//! wide, what keeps people out, and what a visitor may not do. Pictures go to `target/screenshots/portals`.
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

#[path = "portals/around.rs"]
mod around;
#[path = "portals/asking.rs"]
mod asking;
#[path = "portals/billing.rs"]
mod billing;
#[path = "pages/browser.rs"]
mod browser;
#[path = "portals/central.rs"]
mod central;
#[path = "portals/client.rs"]
mod client;
#[path = "portals/exports.rs"]
mod exports;
#[path = "portals/looking.rs"]
mod looking;
#[path = "portals/moves.rs"]
mod moves;
#[path = "portals/passkeys.rs"]
mod passkeys;
#[path = "portals/replaying.rs"]
mod replaying;
#[path = "portals/scripts.rs"]
mod scripts;
#[path = "portals/signed_logs.rs"]
mod signed_logs;
#[path = "portals/taking_back.rs"]
mod taking_back;
#[path = "portals/unpublished.rs"]
mod unpublished;
#[path = "portals/uploading.rs"]
mod uploading;
#[path = "portals/views.rs"]
mod views;

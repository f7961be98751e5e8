//! What we seal and sign, foreign programs open and verify, and the other way round: `pyhpke` and `cryptography` in Python,
//! `@hpke/core` and `jose` in Node. Their scripts (`foreign_peers/*.py`, `peer.mjs`) are written from the documents of the
//! formats and not from this crate.
//!
//! `cargo xtask set-up` installs them, and `cargo xtask test` does so first. Where they are not set up, these tests say so and show nothing; where they are required
//! (`MPP_REQUIRE_FOREIGN=1`), they fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/seeded.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod seeded;

#[path = "foreign_peers/envelopes.rs"]
mod envelopes;
#[path = "foreign_peers/messages.rs"]
mod messages;
#[path = "foreign_peers/peer.rs"]
mod peer;
#[path = "foreign_peers/rebit.rs"]
mod rebit;
#[path = "foreign_peers/signatures.rs"]
mod signatures;

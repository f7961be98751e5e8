//! What a peer, or a disturbed line, may send in a ReBIT exchange, and what becomes of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/rebit_keys.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod rebit_keys;
#[path = "support/seeded.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod seeded;

#[path = "rebit_bad_input/ciphertext.rs"]
mod ciphertext;
#[path = "rebit_bad_input/material.rs"]
mod material;
#[path = "rebit_bad_input/points.rs"]
mod points;
#[path = "rebit_bad_input/private_keys.rs"]
mod private_keys;
#[path = "rebit_bad_input/text_forms.rs"]
mod text_forms;

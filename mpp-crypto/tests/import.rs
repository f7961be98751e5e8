//! Keys as others hand them over: what is read, and what is refused and why.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "import/certificates.rs"]
mod certificates;
#[path = "import/jwk.rs"]
mod jwk;
#[path = "import/pem.rs"]
mod pem;
#[cfg(feature = "rs256-sign")]
#[path = "import/private_keys.rs"]
mod private_keys;
#[path = "support/published_keys.rs"]
#[allow(unreachable_pub, dead_code, reason = "shared by several tests")]
mod published_keys;

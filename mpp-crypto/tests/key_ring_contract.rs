//! The contract of key rings, on the rings whose keys are in this process; `key_ring_token.rs` runs it on a token.
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

#[path = "support/envelopes.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod envelopes;

#[path = "support/key_ring_suite.rs"]
#[allow(unreachable_pub, reason = "shared by several tests")]
mod suite;

use std::sync::Arc;

use mpp_crypto::key_ring::{KeyRing, MemoryKeyRing};
use seeded::SeededEntropy;
use suite::{Case, key_ring_suite};

mod in_memory {
    use super::*;

    fn run(_name: &str, case: Case) {
        let ring: Arc<dyn KeyRing> = Arc::new(MemoryKeyRing::new(Arc::new(SeededEntropy::new(7))));
        case(&ring);
    }

    key_ring_suite!(run);
}

#[cfg(feature = "key-file")]
mod in_a_file {
    use mpp_crypto::key_ring::{FileKeyRing, Password, PasswordCost};
    use zeroize::Zeroizing;

    use super::*;

    fn run(_name: &str, case: Case) {
        let folder = tempfile::tempdir().unwrap();
        let password = Password::new(Zeroizing::new("correct horse".to_owned())).unwrap();
        let cost = PasswordCost::new(1_024, 1, 1).unwrap();
        let entropy = Arc::new(SeededEntropy::new(7));
        let ring = FileKeyRing::create(&folder.path().join("ring"), &password, cost, entropy).unwrap();
        let ring: Arc<dyn KeyRing> = Arc::new(ring);
        case(&ring);
    }

    key_ring_suite!(run);
}

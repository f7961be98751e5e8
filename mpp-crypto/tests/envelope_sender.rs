//! Who sealed an envelope.
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
#[allow(unreachable_pub, reason = "shared by several tests")]
mod envelopes;

use envelopes::{ring, sealed};
use mpp_crypto::SigningKey;
use mpp_crypto::envelope::{EnvelopeError, Fingerprint, Fingerprinter, sign_as_sender, verify_sender};
use mpp_crypto::jws::{self, JwsError};
use seeded::SeededEntropy;

fn keys() -> [SigningKey; 2] {
    [
        SigningKey::generate_p256(&SeededEntropy::new(11)),
        SigningKey::generate_ed25519(&SeededEntropy::new(12)),
    ]
}

#[test]
fn the_sender_of_exactly_this_envelope_is_known() {
    let envelope = sealed(b"<Account/>", &ring(1));
    let fingerprint = Fingerprint::of(&envelope).unwrap();
    for key in keys() {
        let statement = sign_as_sender(&key, &fingerprint).unwrap();
        assert_eq!(verify_sender(key.public(), &statement, &fingerprint), Ok(()));
        for at in [12, 40, envelope.len() - 20, envelope.len() - 1] {
            let mut altered = envelope.clone();
            altered[at] ^= 1;
            let other = Fingerprint::of(&altered).unwrap();
            assert_eq!(verify_sender(key.public(), &statement, &other), Err(JwsError::Payload), "{at}");
        }
        let shorter = Fingerprint::of(&envelope[..envelope.len() - 1]).unwrap();
        assert_eq!(verify_sender(key.public(), &statement, &shorter), Err(JwsError::Payload));
    }
    let [one, other] = keys();
    let statement = sign_as_sender(&one, &fingerprint).unwrap();
    assert_eq!(verify_sender(other.public(), &statement, &fingerprint), Err(JwsError::UnknownKey));
    let receipt = jws::sign(&one, "another+jwt", &serde_json::json!({})).unwrap();
    assert_eq!(verify_sender(one.public(), &receipt, &fingerprint), Err(JwsError::OtherKind));
}

#[test]
fn the_fingerprint_is_the_same_however_the_bytes_pass() {
    let envelope = sealed(&[7; 100_000], &ring(1));
    let whole = Fingerprint::of(&envelope).unwrap();
    for piece in [1, 100, 65_536] {
        let mut passing = Fingerprinter::new();
        envelope.chunks(piece).for_each(|bytes| passing.take(bytes));
        assert_eq!(passing.finish().unwrap(), whole);
    }
    let mut passing = Fingerprinter::new();
    passing.take(&envelope[..50]);
    assert_eq!(passing.finish().unwrap_err(), EnvelopeError::Incomplete);
}

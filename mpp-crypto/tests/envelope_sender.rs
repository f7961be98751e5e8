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
use mpp_crypto::envelope::{
    EnvelopeError, Fingerprint, Fingerprinter, SENDER_STATEMENT, SenderStatement, sign_as_sender,
    verify_sender,
};
use mpp_crypto::jws::{self, CompactJws, JwsError};
use proptest::prelude::*;
use seeded::SeededEntropy;
use serde_json::{Value, json};

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

/// What is true of an envelope, as the document of the format has it.
fn truth(of: &Fingerprint) -> Value {
    json!({
        "envelope": of.header().id.to_string(),
        "kid": of.header().kid,
        "length": of.length(),
        "sha256": of.sha256(),
    })
}

#[test]
fn what_is_announced_is_held_against_a_statement_before_the_bytes_come() {
    let fingerprint = Fingerprint::of(&sealed(b"<Account/>", &ring(1))).unwrap();
    let [key, other] = keys();
    let statement = sign_as_sender(&key, &fingerprint).unwrap();
    assert_eq!(SenderStatement::read(other.public(), &statement), Err(JwsError::UnknownKey));
    let said = SenderStatement::read(key.public(), &statement).unwrap();
    let (kid, length, sha256) = (&fingerprint.header().kid, fingerprint.length(), fingerprint.sha256());
    assert!(said.names(kid, length, sha256));
    assert!(!said.names(other.kid(), length, sha256));
    assert!(!said.names(kid, length + 1, sha256));
    assert!(!said.names(kid, length, mpp_crypto::sha256(b"other bytes")));
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u64>().prop_map(|number| json!(number)),
        ".{0,40}".prop_map(|text| json!(text)),
        "[0-9a-f]{32}".prop_map(|text| json!(text)),
        "[0-9a-f]{64}".prop_map(|text| json!(text)),
        Just(Value::Null),
    ]
}

proptest! {
    #[test]
    fn any_text_is_a_statement_or_an_error(text in ".{0,200}", parts in "[A-Za-z0-9_-]{0,60}(\\.[A-Za-z0-9_-]{0,60}){2}") {
        let [key, _] = keys();
        for text in [text, parts] {
            if let Ok(jws) = text.parse::<CompactJws>() {
                prop_assert!(SenderStatement::read(key.public(), &jws).is_err());
            }
        }
    }

    #[test]
    fn a_statement_with_another_member_is_about_no_envelope_of_ours(
        member in prop::sample::select(vec!["envelope", "kid", "length", "sha256", "surplus"]),
        value in any_value(),
    ) {
        let fingerprint = Fingerprint::of(&sealed(b"<Account/>", &ring(1))).unwrap();
        let [key, _] = keys();
        let mut said = truth(&fingerprint);
        said[member] = value;
        let statement = jws::sign(&key, SENDER_STATEMENT, &said).unwrap();
        let holds = verify_sender(key.public(), &statement, &fingerprint);
        prop_assert_eq!(holds.is_ok(), said == truth(&fingerprint));
    }

    #[test]
    fn a_statement_that_lacks_a_member_is_none(member in prop::sample::select(vec!["envelope", "kid", "length", "sha256"])) {
        let fingerprint = Fingerprint::of(&sealed(b"<Account/>", &ring(1))).unwrap();
        let [key, _] = keys();
        let mut said = truth(&fingerprint);
        said.as_object_mut().unwrap().remove(member);
        let statement = jws::sign(&key, SENDER_STATEMENT, &said).unwrap();
        prop_assert_eq!(verify_sender(key.public(), &statement, &fingerprint), Err(JwsError::Payload));
    }
}

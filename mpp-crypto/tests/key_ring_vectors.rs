//! The permanent vector of key-ring v1: a ring written once opens forever, what was refused stays refused.
#![cfg(feature = "key-file")]
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

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use mpp_core::{Kid, PublicJwk, Timestamp};
use mpp_crypto::envelope::{open_all, seal_all};
use mpp_crypto::key_ring::{
    FileKeyRing, KeyAlgorithm, KeyRing, KeyRingError, KeyRingExt, KeyState, KeyUse, Password, PasswordCost,
    RingId, SigningKeys,
};
use mpp_crypto::{EnvelopePublicKey, sha256};
use seeded::SeededEntropy;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// SHA-256 of `ring.mppk`: a released file never changes.
const RELEASED: &str = "cc95589d9093f8385c6d9d861db9ba7121ba2c1ca7e387c9f7e4e1da532223bc";

#[derive(Serialize, Deserialize)]
struct Facts {
    format: String,
    password: String,
    ring_id: String,
    keys: Vec<Key>,
    /// Sealed to the older envelope key, in the context that all envelope tests share.
    envelope: String,
    plaintext: String,
    /// By the older signing key over `plaintext`.
    signature: String,
    negative: Vec<Negative>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Key {
    kid: Kid,
    algorithm: String,
    state: String,
    created: Timestamp,
    public: PublicJwk,
}

/// The ring with these bytes put in at an offset, or cut off there.
#[derive(Serialize, Deserialize)]
struct Negative {
    note: String,
    at: usize,
    bytes: Option<String>,
    expect: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/key-ring-v1")
}

fn facts() -> Facts {
    serde_json::from_str(&fs::read_to_string(folder().join("ring.json")).unwrap()).unwrap()
}

/// The ring and the folder it needs as long as it is open.
fn open(bytes: &[u8], password: &str) -> Result<(FileKeyRing, tempfile::TempDir), KeyRingError> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ring");
    fs::write(&path, bytes).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let password = Password::new(Zeroizing::new(password.to_owned())).unwrap();
    let ring = FileKeyRing::open(&path, &password, Arc::new(SeededEntropy::new(1)))?;
    Ok((ring, place))
}

fn keys(ring: &FileKeyRing) -> Vec<Key> {
    let entries = ring.entries().unwrap().into_iter();
    let key = |entry: mpp_crypto::key_ring::KeyEntry| Key {
        kid: entry.kid,
        algorithm: entry.algorithm.to_string(),
        state: entry.state.to_string(),
        created: entry.created,
        public: entry.public,
    };
    entries.map(key).collect()
}

#[test]
fn the_released_ring_opens() {
    let bytes = fs::read(folder().join("ring.mppk")).unwrap();
    assert_eq!(sha256(&bytes).to_string(), RELEASED);
    let facts = facts();
    let (ring, _place) = open(&bytes, &facts.password).unwrap();
    let ring = ring.expecting(RingId::from_text(&facts.ring_id).unwrap()).unwrap();
    assert_eq!(keys(&ring), facts.keys);
    let envelope = hex::decode(facts.envelope).unwrap();
    let opened = open_all(&envelope, &ring, &envelopes::context()).unwrap();
    assert_eq!(opened.as_slice(), facts.plaintext.as_bytes());
    let older = ring
        .entries()
        .unwrap()
        .into_iter()
        .find(|entry| entry.state == KeyState::Older && entry.algorithm.key_use() == KeyUse::Signing);
    let verifying = ring.verifying_key(&older.unwrap().kid).unwrap();
    let signature = hex::decode(facts.signature).unwrap();
    assert_eq!(verifying.verify(facts.plaintext.as_bytes(), &signature), Ok(()));
    ring.sign_with_current(b"message").unwrap();
}

#[test]
fn what_is_no_released_ring_is_refused() {
    let bytes = fs::read(folder().join("ring.mppk")).unwrap();
    let facts = facts();
    assert_eq!(open(&bytes, "correct horse").unwrap_err(), KeyRingError::DoesNotOpen);
    assert!(facts.negative.len() >= 15);
    for Negative { note, at, bytes: put, expect } in facts.negative {
        let mut bytes = bytes.clone();
        match put {
            None => bytes.truncate(at),
            Some(put) => {
                let put = hex::decode(put).unwrap();
                bytes.resize(bytes.len().max(at + put.len()), 0);
                bytes[at..at + put.len()].copy_from_slice(&put);
            }
        }
        assert_eq!(named(&open(&bytes, &facts.password).unwrap_err()), expect, "{note}");
    }
}

fn named(error: &KeyRingError) -> &'static str {
    match error {
        KeyRingError::NotAKeyRing => "not a key ring",
        KeyRingError::UnknownVersion => "unknown version",
        KeyRingError::DoesNotOpen => "does not open",
        other => panic!("{other:?}"),
    }
}

/// For the first release only: `cargo test -p mpp-crypto --features key-file --test key_ring_vectors -- --ignored`.
#[test]
#[ignore = "writes the vector"]
fn writes_the_vector() {
    let password = "anna blume, 1919";
    let word = Password::new(Zeroizing::new(password.to_owned())).unwrap();
    fs::create_dir_all(folder()).unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("ring.mppk");
    let ring =
        FileKeyRing::create(&path, &word, PasswordCost::STANDARD, Arc::new(SeededEntropy::new(6))).unwrap();
    let day = |day: i64| Timestamp::from_unix_millis(1_790_000_000_000 + day * 86_400_000).unwrap();
    let retired = ring.generate(KeyAlgorithm::EcdhP256, day(0)).unwrap();
    let older = ring.generate(KeyAlgorithm::EcdhP256, day(1)).unwrap();
    ring.generate(KeyAlgorithm::Ed25519, day(2)).unwrap();
    let plaintext = "one for all";
    let (_, signature) = ring.sign_with_current(plaintext.as_bytes()).unwrap();
    ring.generate(KeyAlgorithm::Es256, day(3)).unwrap();
    ring.generate(KeyAlgorithm::EcdhP256, day(4)).unwrap();
    ring.retire(&retired.kid).unwrap();
    let recipient = EnvelopePublicKey::from_jwk(&older.public).unwrap();
    let envelope =
        seal_all(plaintext.as_bytes(), &recipient, &envelopes::context(), &SeededEntropy::new(8)).unwrap();
    let facts = Facts {
        format: "MPP key ring, version 1".to_owned(),
        password: password.to_owned(),
        ring_id: ring.id().to_string(),
        keys: keys(&ring),
        envelope: hex::encode(envelope),
        plaintext: plaintext.to_owned(),
        signature: hex::encode(signature.as_bytes()),
        negative: negatives(fs::metadata(&path).unwrap().len().try_into().unwrap()),
    };
    fs::copy(&path, folder().join("ring.mppk")).unwrap();
    fs::set_permissions(folder().join("ring.mppk"), Permissions::from_mode(0o644)).unwrap();
    let text = serde_json::to_string_pretty(&facts).unwrap();
    fs::write(folder().join("ring.json"), format!("{text}\n")).unwrap();
}

fn negatives(len: usize) -> Vec<Negative> {
    let put = |note: &str, at: usize, bytes: &str, expect: &str| Negative {
        note: note.to_owned(),
        at,
        bytes: Some(bytes.to_owned()),
        expect: expect.to_owned(),
    };
    let cut = |note: &str, at: usize, expect: &str| Negative {
        note: note.to_owned(),
        at,
        bytes: None,
        expect: expect.to_owned(),
    };
    vec![
        cut("empty", 0, "not a key ring"),
        cut("cut within the header", 71, "not a key ring"),
        cut("header alone", 72, "not a key ring"),
        cut("cut within the tag", len - 1, "not a key ring"),
        cut("the last 42 bytes cut off", len - 42, "does not open"),
        put("an envelope's magic", 0, "4d505045", "not a key ring"),
        put("version 2", 4, "02", "unknown version"),
        put("suite 2", 5, "02", "unknown version"),
        put("no pass", 6, "0000", "not a key ring"),
        put("17 passes", 6, "0011", "not a key ring"),
        put("two passes instead of three", 6, "0002", "does not open"),
        put("nine lanes", 8, "0009", "not a key ring"),
        put("first reserved bytes", 10, "0001", "not a key ring"),
        put("4 TiB of memory", 12, "ffffffff", "not a key ring"),
        put("256 MiB and 1 KiB of memory", 12, "00040001", "not a key ring"),
        put("second reserved bytes", 16, "00000001", "not a key ring"),
        put("another salt", 20, "00000000", "does not open"),
        put("another ring's id", 36, "00000000", "does not open"),
        put("an earlier revision", 52, "0000000000000005", "does not open"),
        put("another nonce", 60, "00000000", "does not open"),
        put("more keys in the count", 72, "0000", "does not open"),
        put("another tag", len - 4, "00000000", "does not open"),
        put("one byte more", len, "00", "not a key ring"),
        put("42 bytes more", len, &"00".repeat(42), "does not open"),
    ]
}

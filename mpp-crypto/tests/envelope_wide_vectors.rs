//! More permanent vectors of envelope v1: every kind of context, several keys, several chunks, and what another
//! implementation sealed. `tests/vectors/envelope-v1/README.md` describes the files.
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

#[path = "envelope_wide_vectors/file.rs"]
mod file;
#[path = "envelope_wide_vectors/making.rs"]
mod making;

use std::path::PathBuf;

use file::{File, Positive};
use mpp_crypto::envelope::{EnvelopeError, inspect, open_all};
use mpp_crypto::{EnvelopeKeyRing, EnvelopePrivateKey, sha256};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/envelope-v1")
}

fn read() -> File {
    serde_json::from_str(&std::fs::read_to_string(folder().join("wide.json")).unwrap()).unwrap()
}

/// The ring a case is opened with: its first key is current.
fn ring(file: &File, keys: &[usize]) -> EnvelopeKeyRing {
    let mut keys =
        keys.iter().map(|key| EnvelopePrivateKey::from_pkcs8_pem(&file.private_keys[*key]).unwrap());
    let ring = EnvelopeKeyRing::new(keys.next().unwrap());
    keys.fold(ring, EnvelopeKeyRing::with_older)
}

fn class(error: &EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::NotAnEnvelope => "NotAnEnvelope",
        EnvelopeError::UnknownVersion => "UnknownVersion",
        EnvelopeError::Incomplete => "Incomplete",
        EnvelopeError::UnknownKey { .. } => "UnknownKey",
        EnvelopeError::KeyUnavailable { .. } => "KeyUnavailable",
        EnvelopeError::Authentication => "Authentication",
        EnvelopeError::TooLong => "TooLong",
    }
}

#[test]
fn what_was_sealed_once_still_opens() {
    let file = read();
    for case in &file.positive {
        let Positive { note, keys, context, envelope, .. } = case;
        let envelope = envelope.bytes(&folder());
        let opened = open_all(&envelope, &ring(&file, keys), &context.read());
        let opened = opened.unwrap_or_else(|error| panic!("{note}: {error}"));
        assert!(*opened == *case.text(), "{note}");
        assert_eq!(inspect(&envelope).unwrap().header.context, context.read(), "{note}");
    }
    println!("envelope v1, wide vectors: {} that open", file.positive.len());
}

#[test]
fn what_was_refused_is_still_refused() {
    let file = read();
    for case in &file.negative {
        let envelope = case.envelope.bytes(&folder());
        let error = open_all(&envelope, &ring(&file, &case.keys), &case.context.read());
        assert_eq!(error.as_ref().map_err(class).err(), Some(case.expect.as_str()), "{}", case.note);
    }
    println!("envelope v1, wide vectors: {} that are refused", file.negative.len());
}

/// The files are as they were released: a change here is a change of the format.
#[test]
fn released_vectors_never_change() {
    for (name, expected) in [
        ("basic.json", "bdf0f0f8d4b632f59295e45f6e1bd983cada2e179bc35a7ef65ec2cc24d02aad"),
        ("wide.json", "848b90e30d6a0268ccdbdc5101d546126fd9b40a1c16808a85d4466ed952e26e"),
        ("three-chunks.bin", "450c626a5a0f1de405e9f3bd70414f644b788f2d4ff02515a76726e68d047be2"),
    ] {
        let bytes = std::fs::read(folder().join(name)).unwrap();
        assert_eq!(sha256(&bytes).to_string(), expected, "{name}");
    }
    let basic: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder().join("basic.json")).unwrap()).unwrap();
    let count = |name: &str| basic[name].as_array().unwrap().len();
    let wide = read();
    assert!(count("positive") + wide.positive.len() >= 20);
    assert!(count("negative") + wide.negative.len() >= 40);
}

/// Made the files, once; kept so that the next version's can be made the same way.
#[test]
#[ignore = "writes the vector files; run by hand when a new version of the format is made"]
fn write_the_vectors() {
    let (file, three_chunks) = making::make();
    std::fs::write(folder().join("three-chunks.bin"), three_chunks).unwrap();
    std::fs::write(folder().join("wide.json"), serde_json::to_string_pretty(&file).unwrap() + "\n").unwrap();
}

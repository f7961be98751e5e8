//! Every case of the ReBIT vectors, through the public interface only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

#[path = "support/rebit_file.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared by several tests")]
mod rebit_file;

use base64_simd::STANDARD;
use mpp_core::Timestamp;
use mpp_crypto::rebit::{
    DhPublicKeyForm, Flavour, KeyMaterialForm, OurKeyMaterial, PeerKeyMaterial, RebitError, Sender, open,
};
use rebit_file::{Case, Negative, Party, vector_files};

const NONCE: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn now() -> Timestamp {
    "2026-01-15T09:30:00Z".parse().unwrap()
}

fn ours(party: &Party) -> Result<OurKeyMaterial, RebitError> {
    OurKeyMaterial::from_private_key(&party.private_key, &party.nonce, party.expiry.parse().unwrap())
}

/// Labels are nonsense on purpose: nothing may depend on them.
fn form(key: &str, expiry: &str, nonce: &str) -> KeyMaterialForm {
    KeyMaterialForm {
        crypto_alg: "?".to_owned(),
        curve: "?".to_owned(),
        params: "params".to_owned(),
        dh_public_key: DhPublicKeyForm {
            expiry: expiry.to_owned(),
            parameters: "AES/GCM/NoPadding".to_owned(),
            key_value: key.to_owned(),
        },
        nonce: nonce.to_owned(),
    }
}

fn peer(party: &Party) -> Result<PeerKeyMaterial, RebitError> {
    PeerKeyMaterial::parse(&form(&party.public_key, &party.expiry, &party.nonce), now())
}

/// Seals and opens both ways; the two sides must agree on the very bytes.
fn run(case: &Case) -> Result<(), RebitError> {
    let plaintext = STANDARD.decode_to_vec(&case.plaintext).unwrap();
    let opened = open(&ours(&case.receiver)?, &peer(&case.sender)?, &case.ciphertext, now())?;
    assert_eq!(*opened, plaintext, "{}", case.id);
    let sealed = Sender::new(ours(&case.sender)?, &peer(&case.receiver)?, now())?.seal(&plaintext)?;
    assert_eq!(sealed.encrypted, case.ciphertext, "{}", case.id);
    let unpadded = case.ciphertext.trim_end_matches('=');
    assert_eq!(
        *open(&ours(&case.receiver)?, &peer(&case.sender)?, unpadded, now())?,
        plaintext,
        "{}",
        case.id
    );
    Ok(())
}

#[test]
fn every_positive_case_gives_the_same_bytes() {
    let mut counts = [0, 0];
    for case in vector_files().iter().flat_map(|file| &file.cases) {
        // An implementation may refuse a `may` case; this one takes them all.
        assert!(matches!(case.level.as_str(), "must" | "may"), "{}", case.id);
        run(case).unwrap_or_else(|error| panic!("{}: {error:?}", case.id));
        counts[usize::from(case.level == "may")] += 1;
    }
    println!("rebit vectors: {} that must and {} that may be taken", counts[0], counts[1]);
    assert_eq!(counts, [77, 13]);
}

fn attempt(case: &Negative) -> Result<Vec<u8>, RebitError> {
    let input = &case.input;
    let our_nonce = input.our_nonce.as_deref().unwrap_or(NONCE);
    let our = OurKeyMaterial::from_private_key(&input.our_private_key, our_nonce, now())?;
    let expiry = input.remote_expiry.as_deref().unwrap_or("2099-12-31T23:59:59.000Z");
    let remote_nonce = input.remote_nonce.as_deref().unwrap_or(NONCE);
    let peer = PeerKeyMaterial::parse(&form(&input.remote_public_key, expiry, remote_nonce), now())?;
    match case.op.as_str() {
        "open" => open(&our, &peer, input.base64_data.as_deref().unwrap(), now()).map(|text| text.to_vec()),
        "seal" => {
            Sender::new(our, &peer, now())?.seal(input.data.as_deref().unwrap().as_bytes()).map(|_| vec![])
        }
        "agree" => Sender::new(our, &peer, now()).map(|_| vec![]),
        other => panic!("unknown operation {other}"),
    }
}

fn reason(error: RebitError) -> &'static str {
    match error {
        RebitError::Authentication => "Authentication",
        RebitError::CiphertextTooShort => "CiphertextTooShort",
        RebitError::InvalidEncoding => "InvalidEncoding",
        RebitError::InvalidNonce => "InvalidNonce",
        RebitError::InvalidPublicKey => "InvalidPublicKey",
        RebitError::LowOrderPoint => "LowOrderPoint",
        RebitError::InvalidPrivateKey => "InvalidPrivateKey",
        RebitError::KeyExpired => "KeyExpired",
        RebitError::InvalidExpiry => "InvalidExpiry",
    }
}

#[test]
fn every_negative_case_is_refused_for_its_reason() {
    let mut count = 0;
    for case in vector_files().iter().flat_map(|file| &file.negative) {
        match attempt(case) {
            Ok(text) => {
                assert_eq!(case.expect, "accept", "{}", case.id);
                if let Some(expected) = &case.plaintext {
                    assert_eq!(STANDARD.encode_to_string(text), *expected, "{}", case.id);
                }
            }
            Err(error) => {
                assert_eq!(case.expect, "reject", "{}: {error:?}", case.id);
                assert_eq!(reason(error), case.reason, "{}", case.id);
            }
        }
        count += 1;
    }
    println!("rebit vectors: {count} negative cases");
    assert_eq!(count, 125);
}

#[test]
fn every_expiry_is_judged_as_its_case_says() {
    let mut count = 0;
    for file in vector_files() {
        let key = &file.cases[0].sender.public_key;
        for case in &file.expiry {
            let outcome = match PeerKeyMaterial::parse(&form(key, &case.expiry, NONCE), now()) {
                Ok(_) => "valid",
                Err(RebitError::KeyExpired) => "expired",
                Err(RebitError::InvalidExpiry) => "unparseable",
                Err(error) => panic!("{:?}: {error:?}", case.expiry),
            };
            assert_eq!(outcome, case.expect, "{:?}", case.expiry);
            count += 1;
        }
    }
    println!("rebit vectors: {count} expiries");
    assert_eq!(count, 38);
}

#[test]
fn a_key_pair_is_written_exactly_as_the_reference_writes_it() {
    for (file, flavour) in vector_files().iter().zip([Flavour::Ecc, Flavour::X25519]) {
        let case = &file.cases[0];
        for party in [&case.sender, &case.receiver] {
            let our = ours(party).unwrap();
            assert_eq!(our.flavour(), flavour);
            assert_eq!(our.private_key_text().trim_end(), party.private_key.trim_end());
            assert_eq!(our.public_form().dh_public_key.key_value.trim_end(), party.public_key.trim_end());
            assert_eq!(our.public_form().nonce, party.nonce);
        }
    }
}

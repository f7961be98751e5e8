//! The inner values of the vectors, which the public interface does not show, on every implementation compiled in.

use super::keys::{PrivateKey, PublicKey};
use super::material::{OurKeyMaterial, PeerKeyMaterial};
use super::session::Session;
use crate::primitives::providers::{Aead, X25519Agreement, pure};

#[path = "../../tests/support/rebit_file.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "shared with other tests")]
mod rebit_file;

use rebit_file::{Party, VectorFile, vector_files};

fn ours(party: &Party) -> OurKeyMaterial {
    let expiry = "2099-01-01T00:00:00Z".parse().unwrap();
    OurKeyMaterial::from_private_key(&party.private_key, &party.nonce, expiry).unwrap()
}

fn peer(party: &Party) -> PeerKeyMaterial {
    let mut form = ours(party).public_form();
    form.dh_public_key.key_value.clone_from(&party.public_key);
    PeerKeyMaterial::parse(&form, "2026-01-15T09:30:00Z".parse().unwrap()).unwrap()
}

/// Secret, key, nonce and both directions of the ciphertext of every positive case; how many there were.
fn positive<X: X25519Agreement, A: Aead>(files: &[VectorFile]) -> usize {
    let mut count = 0;
    for case in files.iter().flat_map(|file| &file.cases) {
        let (our, peer) = (ours(&case.receiver), peer(&case.sender));
        let shared = our.key.agree_by::<X>(&peer.key).unwrap();
        assert_eq!(hex::encode(shared.as_slice()), case.shared_secret, "{}", case.id);
        let session = Session::agree_by::<X>(&our, &peer).unwrap();
        assert_eq!(hex::encode(session.key.as_slice()), case.session_key, "{}", case.id);
        assert_eq!(hex::encode(session.iv), case.iv, "{}", case.id);
        let opened = session.open::<A>(case.ciphertext.clone().into_bytes()).unwrap();
        assert_eq!(base64_simd::STANDARD.encode_to_string(&opened), case.plaintext, "{}", case.id);
        assert_eq!(session.seal::<A>(&mut opened.clone()).unwrap(), case.ciphertext, "{}", case.id);
        count += 1;
    }
    count
}

/// The agreements of the negative cases: refused where the case says so, else with its secret; how many there were.
fn agreements<X: X25519Agreement>(files: &[VectorFile]) -> usize {
    let mut count = 0;
    for case in files.iter().flat_map(|file| &file.negative) {
        let agreed = PrivateKey::parse(&case.input.our_private_key)
            .and_then(|ours| ours.agree_by::<X>(&PublicKey::parse(&case.input.remote_public_key)?));
        match (&case.shared_secret, agreed) {
            (Some(expected), agreed) => {
                assert_eq!(hex::encode(agreed.unwrap().as_slice()), *expected, "{}", case.id);
            }
            (None, Ok(_)) => assert_ne!(case.op, "agree", "{}", case.id),
            (None, Err(refusal)) => assert_eq!(format!("{refusal:?}"), case.reason, "{}", case.id),
        }
        count += 1;
    }
    count
}

fn run<X: X25519Agreement, A: Aead>(provider: &str) {
    let files = vector_files();
    let counts = (positive::<X, A>(&files), agreements::<X>(&files));
    println!("rebit vectors on {provider}: {} positive, {} negative", counts.0, counts.1);
    assert_eq!(counts, (90, 125));
}

#[test]
fn the_vectors_hold_on_every_provider() {
    run::<pure::X25519, pure::Aes256GcmKey>("pure Rust");
    #[cfg(feature = "accelerated")]
    {
        use crate::primitives::providers::accelerated;
        run::<accelerated::X25519, accelerated::Aes256GcmKey>("aws-lc-rs and ring");
    }
    #[cfg(feature = "graviola")]
    {
        use crate::primitives::providers::on_graviola;
        run::<on_graviola::X25519, on_graviola::Aes256GcmKey>("graviola");
    }
}

#[test]
fn the_point_of_a_scalar_has_the_sign_the_reference_computes() {
    let mut count = 0;
    for party in vector_files()[0].cases.iter().flat_map(|case| [&case.sender, &case.receiver]) {
        let Some(expected) = &party.point else { continue };
        let PrivateKey::Ecc { point, .. } = PrivateKey::parse(&party.private_key).unwrap() else {
            panic!("an ECC vector")
        };
        assert_eq!(hex::encode(point.to_sec1()), *expected);
        count += 1;
    }
    assert_eq!(count, 98);
}

/// Runs one Wycheproof suite of X25519 with keys in the text forms this exchange reads.
fn run_wycheproof(name: &str, to_text: impl Fn(&str) -> String) {
    let Some(text) = crate::primitives::wycheproof::text_of(name) else { return };
    let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
    println!("Wycheproof {name} in the text forms of the exchange: {} tests", suite["numberOfTests"]);
    for test in
        suite["testGroups"].as_array().unwrap().iter().flat_map(|group| group["tests"].as_array().unwrap())
    {
        let field = |name: &str| test[name].as_str().unwrap();
        let private = PrivateKey::parse(&to_text(field("private")));
        let agreed = PublicKey::parse(&to_text(field("public"))).and_then(|public| private?.agree(&public));
        let zero_secret = field("shared").bytes().all(|digit| digit == b'0');
        match agreed {
            Ok(ref shared) => {
                assert_eq!(hex::encode(shared.as_slice()), field("shared"), "{name} {}", test["tcId"])
            }
            Err(_) => assert!(field("result") == "invalid" || zero_secret, "{name} {}", test["tcId"]),
        }
        assert!(field("result") != "invalid" || agreed.is_err(), "{name} {}", test["tcId"]);
    }
}

#[test]
fn x25519_stands_the_wycheproof_suites() {
    run_wycheproof("x25519_pem_test", str::to_owned);
    run_wycheproof("x25519_asn_test", |der| {
        base64_simd::STANDARD.encode_to_string(hex::decode(der).unwrap())
    });
}

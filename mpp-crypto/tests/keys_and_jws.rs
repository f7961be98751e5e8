//! Our own keys and compact JWS.
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

use mpp_core::{EcCurve, OkpCurve, PublicJwk};
use mpp_crypto::jws::{self, CompactJws, JwsError};
use mpp_crypto::{EnvelopePrivateKey, EnvelopePublicKey, KeyError, SigningKey, VerifyingKey, thumbprint};
use proptest::prelude::*;
use seeded::SeededEntropy;
use serde_json::{Value, json};

fn both() -> [SigningKey; 2] {
    [SigningKey::generate_p256(&SeededEntropy::new(1)), SigningKey::generate_ed25519(&SeededEntropy::new(1))]
}

/// RFC 7638 §3.1.
#[test]
fn the_thumbprint_is_that_of_the_standard() {
    let jwk = PublicJwk::Rsa {
        e: "AQAB".to_owned(),
        n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw".to_owned(),
    };
    assert_eq!(thumbprint(&jwk).as_str(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

/// RFC 8037 appendix A.3.
#[test]
fn the_okp_thumbprint_is_that_of_the_standard() {
    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned();
    let key = VerifyingKey::from_jwk(&PublicJwk::Okp { crv: OkpCurve::Ed25519, x }).unwrap();
    assert_eq!(key.kid().as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn keys_survive_their_pem_and_their_jwk() {
    for key in both() {
        let again = SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem()).unwrap();
        assert_eq!(again.kid(), key.kid());
        assert_eq!(again.sign(b"x"), key.sign(b"x"), "signing is deterministic");
        assert_eq!(&VerifyingKey::from_jwk(&key.public().to_jwk()).unwrap(), key.public());
        assert_eq!(thumbprint(&key.public().to_jwk()), *key.kid());
    }
    let envelope = EnvelopePrivateKey::generate(&SeededEntropy::new(3));
    let again = EnvelopePrivateKey::from_pkcs8_pem(&envelope.to_pkcs8_pem()).unwrap();
    assert_eq!(again.public(), envelope.public());
    assert_eq!(&EnvelopePublicKey::from_jwk(&envelope.public().to_jwk()).unwrap(), envelope.public());
}

#[test]
fn unsound_public_keys_are_refused() {
    let PublicJwk::Ec { x, y, .. } = both()[0].public().to_jwk() else { panic!("an EC key") };
    let ec = |x: &str, y: &str| PublicJwk::Ec { crv: EcCurve::P256, x: x.to_owned(), y: y.to_owned() };
    for jwk in [ec(&x, &x), ec(&y, &x), ec("", ""), ec(&x, ""), ec(&format!("AA{x}"), &y), ec("*", &y)] {
        assert_eq!(VerifyingKey::from_jwk(&jwk).unwrap_err(), KeyError::InvalidPublicKey);
        assert_eq!(EnvelopePublicKey::from_jwk(&jwk).unwrap_err(), KeyError::InvalidPublicKey);
    }
    // The neutral element: one signature would stand under every message.
    let weak = base64_simd::URL_SAFE_NO_PAD.encode_to_string([[1].as_slice(), &[0; 31]].concat());
    let weak = PublicJwk::Okp { crv: OkpCurve::Ed25519, x: weak };
    assert_eq!(VerifyingKey::from_jwk(&weak).unwrap_err(), KeyError::InvalidPublicKey);
    for pem in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        assert_eq!(SigningKey::from_pkcs8_pem(pem).unwrap_err(), KeyError::InvalidPrivateKey);
        assert_eq!(EnvelopePrivateKey::from_pkcs8_pem(pem).unwrap_err(), KeyError::InvalidPrivateKey);
    }
    assert!(
        EnvelopePrivateKey::from_pkcs8_pem(&both()[1].to_pkcs8_pem()).is_err(),
        "an Ed25519 key seals nothing"
    );
}

#[test]
fn a_signature_stands_only_under_its_message_and_key() {
    let [p256, ed25519] = both();
    for (key, other) in [(&p256, &ed25519), (&ed25519, &p256)] {
        let signature = key.sign(b"message");
        assert!(key.public().verify(b"message", signature.as_bytes()).is_ok());
        assert!(key.public().verify(b"Message", signature.as_bytes()).is_err());
        assert!(other.public().verify(b"message", signature.as_bytes()).is_err());
        for length in 0..64 {
            assert!(key.public().verify(b"message", &signature.as_bytes()[..length]).is_err());
        }
    }
}

#[test]
fn a_document_comes_back_as_it_was_signed() {
    for key in both() {
        let jws = jws::sign(&key, "mpp-erasure-receipt", &json!({ "parcel": 7 })).unwrap();
        assert_eq!(jws.kid(), key.kid());
        assert_eq!(jws.typ(), "mpp-erasure-receipt");
        let travelled: CompactJws = serde_json::from_str(&serde_json::to_string(&jws).unwrap()).unwrap();
        let payload: Value = jws::verify(key.public(), "mpp-erasure-receipt", &travelled).unwrap();
        assert_eq!(payload, json!({ "parcel": 7 }));
        let resolved: Result<Value, _> = jws::verify_with(
            |kid| (kid == key.kid()).then_some(key.public()),
            "mpp-erasure-receipt",
            &travelled,
        );
        assert_eq!(resolved.unwrap(), payload);
    }
}

#[test]
fn a_document_of_another_kind_or_key_is_refused() {
    let [p256, ed25519] = both();
    let jws = jws::sign(&p256, "mpp-consent-artefact", &json!({})).unwrap();
    let verify = |key: &SigningKey, typ: &str| jws::verify::<Value>(key.public(), typ, &jws).unwrap_err();
    assert_eq!(verify(&p256, "mpp-erasure-receipt"), JwsError::OtherKind);
    assert_eq!(verify(&ed25519, "mpp-consent-artefact"), JwsError::UnknownKey);
    let unknown =
        jws::verify_with::<Value, VerifyingKey>(|_| None, "mpp-consent-artefact", &jws).unwrap_err();
    assert_eq!(unknown, JwsError::UnknownKey);
    assert_eq!(
        jws::verify::<u8>(p256.public(), "mpp-consent-artefact", &jws).unwrap_err(),
        JwsError::Payload
    );
}

#[test]
fn headers_choose_nothing() {
    let key = &both()[0];
    let encode = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
    let forge = |header: Value| {
        let signed = format!("{}.{}", encode(header.to_string().as_bytes()), encode(b"{}"));
        let signature = encode(key.sign(signed.as_bytes()).as_bytes());
        format!("{signed}.{signature}").parse::<CompactJws>()
    };
    let kid = key.kid().as_str();
    let good = forge(json!({ "alg": "ES256", "kid": kid, "typ": "t" })).unwrap();
    assert!(jws::verify::<Value>(key.public(), "t", &good).is_ok());
    for alg in ["none", "HS256", "EdDSA", "RS256"] {
        let jws = forge(json!({ "alg": alg, "kid": kid, "typ": "t" })).unwrap();
        assert_eq!(jws::verify::<Value>(key.public(), "t", &jws).unwrap_err(), JwsError::Signature, "{alg}");
    }
    for header in [
        json!({ "alg": "ES256", "typ": "t" }),
        json!({ "alg": "ES256", "kid": kid }),
        json!({ "alg": "ES256", "kid": kid, "typ": "t", "crit": ["exp"] }),
        json!({ "alg": "ES256", "kid": kid, "typ": "t", "b64": false }),
        json!(["ES256"]),
    ] {
        assert_eq!(forge(header.clone()).unwrap_err(), JwsError::Malformed, "{header}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_altered_document_is_refused(at in any::<prop::sample::Index>(), byte in b'-'..=b'z', number: u32, second: bool) {
        let key = &both()[usize::from(second)];
        let text = String::from(jws::sign(key, "t", &number).unwrap());
        let mut altered = text.clone().into_bytes();
        let at = at.index(altered.len());
        prop_assume!(altered[at] != byte);
        altered[at] = byte;
        let altered = String::from_utf8(altered).unwrap();
        let outcome = altered.parse::<CompactJws>().and_then(|jws| jws::verify::<u32>(key.public(), "t", &jws));
        prop_assert!(outcome.is_err(), "{altered}");
    }

    #[test]
    fn random_text_is_refused_without_panic(text in ".{0,300}") {
        prop_assert!(text.parse::<CompactJws>().is_err());
        prop_assert!(mpp_crypto::detached::claimed_kid(&text).is_err());
        prop_assert!(mpp_crypto::signed_consent::claimed_kid(&text).is_err());
        prop_assert!(SigningKey::from_pkcs8_pem(&text).is_err());
        prop_assert!(mpp_crypto::rebit::OurKeyMaterial::import(&text).is_err());
    }
}

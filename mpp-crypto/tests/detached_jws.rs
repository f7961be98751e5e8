//! `x-jws-signature`: the documented vectors, the tolerances, and what must be refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use mpp_core::{Kid, PublicJwk};
use mpp_crypto::KeyError;
use mpp_crypto::detached::{RebitSignatureError, claimed_kid, verify};
use mpp_crypto::rs256::VerifyingKey;

const KID: &str = "6b1f2a54-7c1e-4f0e-9d0b-2f5f0e6a9c11";
const MODULUS: &str = "rL7XDvJBpKoPnMl0DhPYkiRLTgWcww6yk0iuNis53ixlpP_4Yh6-2--6hcwLEdYD70lVhxfOkTL_id2pe_F9ggTHBzf_I2Tre6lfP6bqqjk-sBbVt8Q_w7xrmciWwEBCBnGed7pzKWIdaPotf3I2OcWQYN3-vaBercN1hrHF58KAlFA_ZZT9hZna-2ssdJOZpzM6h444jBVIWaSvXRy5xKYAmp8eqCO4PCyvIoNEGKgs4rct2y5eUEcyVpKcTS7TtBcX8mpBaq5uUAIB-3BcJVG-WcrHa-MZtSyMpTGa4zGI6ulh9EwL-6wJDXunfcr8E-Zbm0DYe5pvR3bQWYMXow";
const BODY: &[u8] = br#"{"ver":"2.0.0","timestamp":"2026-01-15T09:30:00.000Z","txnid":"8c1b6a0e-2d57-4a0b-9b73-5f0d6a4e1c22","ConsentHandle":"d2f0b8a4-6a0f-4a56-8a35-6a3f7f0c9b10"}"#;
const RAW: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjZiMWYyYTU0LTdjMWUtNGYwZS05ZDBiLTJmNWYwZTZhOWMxMSIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..euW8GiIjSaXUTI5XqnZGWGIo1GzwPF4nKWpfOvE59AJmV1SKRIXCPyo-sUy3tfjz2nTEBP7oAeRh5ax-sBf6lUIE-EgVT42uAmcKcyZZ5PYGQn1wNX7tOQop7CIQ6-Qre3pIo0V4a-KVucc0zajD1NJ-dUvBZwnOkHbgal_igE0fOsPrYhNniR7wwXYhOluA3rdVf6oVCItLP9gc1mrG-Q9Qma3ghD9ucOy7Al4EBb5s6lgXzPhuvU4AcL5eS6CATvXXoLHKyhMe3pzv9MergYPlgLO7qfSSvM0Hvk8aUEwR9v2mRCe41wr68EzTIkQlEgx_UhW21DdvsUO8rEiPbg";
const ORDINARY: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjZiMWYyYTU0LTdjMWUtNGYwZS05ZDBiLTJmNWYwZTZhOWMxMSJ9..Hcgq2qFXF4Izm_6MO3_Odmb-p0CqGUzVbrrQhzhOHXIxXMGuD2Lz7Ukf1XG5nyPsZbIhDvqhcN-cHvPi2oS97uqybsWmi84kdPeMqNWBnEUMtQG2jBC23f0RKJ_pq6XcjRYZ3okch_-BBcgifRelY-dO-BdH5Cb3Xe_V8eaUZ1uVyBEBQVAKJHdNUfFHkMb3CgwUPzvwi7frwsWyvV-Y2PafHEipcdc1CSi8Mi87xBTTCWxQeH3xuVHsP_hAyMrxtEHn4Mmuv9Qq3tzJeysa4sv3nCXJQv4kUycia_5FYbHsqKWLFLnRG9mIpeFAbayZS5lgHgh5YIHnsfPahwqZyA";

fn key() -> VerifyingKey {
    VerifyingKey::from_jwk(&PublicJwk::Rsa { e: "AQAB".to_owned(), n: MODULUS.to_owned() }).unwrap()
}

fn check(value: &str, body: &[u8]) -> Result<Kid, RebitSignatureError> {
    verify(value, body, |kid| (kid.as_str() == KID).then(key))
}

fn with_header(json: &str) -> String {
    let header = base64_simd::URL_SAFE_NO_PAD.encode_to_string(json);
    format!("{header}..{}", RAW.split_once("..").unwrap().1)
}

#[test]
fn the_body_is_the_documented_one() {
    let digest = "8d53f0697fae02301fab44182af469a2f3c84401c6cda3f47831c94126d9ed20";
    assert_eq!(mpp_crypto::sha256(BODY).to_string(), digest);
}

#[test]
fn raw_and_ordinary_payloads_both_verify_as_their_header_says() {
    for value in [RAW, ORDINARY] {
        assert_eq!(check(value, BODY).unwrap().as_str(), KID);
        assert_eq!(claimed_kid(value).unwrap().as_str(), KID);
    }
}

#[test]
fn another_body_is_refused() {
    for value in [RAW, ORDINARY] {
        assert_eq!(check(value, &[BODY, b" "].concat()), Err(RebitSignatureError::Signature));
        assert_eq!(check(value, b""), Err(RebitSignatureError::Signature));
    }
}

#[test]
fn other_algorithms_are_refused_before_any_key_is_tried() {
    for alg in ["none", "HS256", "PS256", "ES256", "rs256", ""] {
        let value = with_header(&format!("{{\"alg\":\"{alg}\",\"kid\":\"{KID}\"}}"));
        assert_eq!(check(&value, BODY), Err(RebitSignatureError::OtherAlgorithm), "{alg}");
    }
}

#[test]
fn a_missing_or_unknown_kid_is_refused() {
    let unknown = RebitSignatureError::UnknownKey;
    assert_eq!(check(&with_header("{\"alg\":\"RS256\"}"), BODY), Err(unknown));
    assert_eq!(check(&with_header("{\"alg\":\"RS256\",\"kid\":\"\"}"), BODY), Err(unknown));
    assert_eq!(check(&with_header("{\"alg\":\"RS256\",\"kid\":\"another\"}"), BODY), Err(unknown));
}

#[test]
fn critical_members_that_are_not_understood_are_refused() {
    for critical in ["[\"exp\"]", "[\"b64\",\"exp\"]", "[]", "[\"b64\",\"b64\"]", "\"b64\""] {
        let value = with_header(&format!(
            "{{\"alg\":\"RS256\",\"kid\":\"{KID}\",\"b64\":false,\"crit\":{critical}}}"
        ));
        assert_eq!(check(&value, BODY), Err(RebitSignatureError::Malformed), "{critical}");
    }
    let without_b64 = with_header(&format!("{{\"alg\":\"RS256\",\"kid\":\"{KID}\",\"crit\":[\"b64\"]}}"));
    assert_eq!(check(&without_b64, BODY), Err(RebitSignatureError::Malformed));
}

#[test]
fn a_missing_crit_is_tolerated_as_far_as_the_signature() {
    // The header is signed too, so that this one cannot stand: it must fail there and not earlier.
    let value = with_header(&format!("{{\"alg\":\"RS256\",\"kid\":\"{KID}\",\"b64\":false}}"));
    assert_eq!(check(&value, BODY), Err(RebitSignatureError::Signature));
}

#[test]
fn what_is_no_detached_jws_is_refused() {
    let (header, signature) = RAW.split_once("..").unwrap();
    let attached = format!("{header}.{}.{signature}", base64_simd::URL_SAFE_NO_PAD.encode_to_string(BODY));
    let doubled = with_header(&format!("{{\"alg\":\"RS256\",\"alg\":\"RS256\",\"kid\":\"{KID}\"}}"));
    let padded = format!("{RAW}==");
    let long = "a".repeat(10_000);
    for bad in ["", ".", "..", "...", "a..b", header, &attached, &doubled, &padded, &format!("{RAW}."), &long]
    {
        assert_eq!(check(bad, BODY), Err(RebitSignatureError::Malformed), "{bad}");
    }
}

#[test]
fn a_signature_of_another_length_is_refused() {
    let (header, signature) = RAW.split_once("..").unwrap();
    for bad in ["", &signature[..signature.len() - 6], &format!("AAAA{signature}")] {
        assert_eq!(check(&format!("{header}..{bad}"), BODY), Err(RebitSignatureError::Signature), "{bad}");
    }
}

#[test]
fn weak_and_unsound_rsa_keys_are_refused() {
    let jwk = |e: &str, n: &str| PublicJwk::Rsa { e: e.to_owned(), n: n.to_owned() };
    assert_eq!(VerifyingKey::from_jwk(&jwk("AQAB", &MODULUS[..168])).unwrap_err(), KeyError::TooWeak);
    for (e, n) in
        [("", MODULUS), ("AQ", MODULUS), ("Ag", MODULUS), ("AQAB", ""), ("AQAB", "*"), ("AQABAQAB", MODULUS)]
    {
        assert!(VerifyingKey::from_jwk(&jwk(e, n)).is_err(), "{e} {n}");
    }
    let padded = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(MODULUS).unwrap();
    let padded = base64_simd::URL_SAFE_NO_PAD.encode_to_string([vec![0], padded].concat());
    assert_eq!(
        VerifyingKey::from_jwk(&jwk("AQAB", &padded)).unwrap(),
        key(),
        "leading zeros occur in the field"
    );
    assert_eq!(key().to_jwk(), jwk("AQAB", MODULUS));
}

#[cfg(feature = "rs256-sign")]
mod signing {
    use super::*;
    use mpp_crypto::{detached, rs256::SigningKey};

    #[test]
    fn what_we_sign_verifies_and_announces_its_raw_payload() {
        let key = SigningKey::generate(KID.parse().unwrap()).unwrap();
        let value = detached::sign(&key, BODY).unwrap();
        assert_eq!(verify(&value, BODY, |_| Some(key.public())).unwrap(), *key.kid());
        let header = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(value.split_once("..").unwrap().0).unwrap();
        let expected = format!("{{\"alg\":\"RS256\",\"kid\":\"{KID}\",\"b64\":false,\"crit\":[\"b64\"]}}");
        assert_eq!(String::from_utf8(header).unwrap(), expected);
    }

    #[test]
    fn a_key_survives_its_pem_and_its_jwk() {
        let key = SigningKey::generate(KID.parse().unwrap()).unwrap();
        let again = SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem().unwrap(), KID.parse().unwrap()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(&VerifyingKey::from_jwk(&key.public().to_jwk()).unwrap(), key.public());
        assert!(!format!("{key:?}").contains("PRIVATE"));
        assert!(
            SigningKey::from_pkcs8_pem(
                "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
                KID.parse().unwrap()
            )
            .is_err()
        );
    }
}

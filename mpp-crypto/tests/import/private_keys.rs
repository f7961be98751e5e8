//! Private keys from JWK and PEM.

use mpp_crypto::import::{ImportError, PublicKeySet, read_signing_key, read_signing_key_named};
use mpp_crypto::{AnySigningKey, KeyError};
use serde_json::{Value, json};

use crate::published_keys::{
    ED25519, ED25519_SECRET, P256, P256_SECRET, a2_private, a2_public, a3_private, a3_public, okp_private,
    okp_public,
};

fn read(jwk: &Value) -> Result<AnySigningKey, ImportError> {
    read_signing_key(jwk.to_string().as_bytes())
}

fn refusal(jwk: &Value) -> ImportError {
    read(jwk).unwrap_err()
}

#[test]
fn private_keys_belong_to_their_public_halves() {
    for (private, public) in
        [(a2_private(), a2_public()), (a3_private(), a3_public()), (okp_private(), okp_public())]
    {
        let public = PublicKeySet::read(public.to_string().as_bytes()).unwrap().only().unwrap().key.clone();
        let key = read(&private).unwrap();
        assert_eq!(key.public(), public);
        assert_eq!(*key.kid(), public.thumbprint());
        let signature = key.sign(b"message").unwrap();
        assert!(public.verify(b"message", &signature).is_ok());
        assert!(!format!("{key:?}").contains(private["d"].as_str().unwrap()));
    }
    for (private, public) in [(P256_SECRET, P256), (ED25519_SECRET, ED25519)] {
        let public = PublicKeySet::read(public.as_bytes()).unwrap();
        assert_eq!(read_signing_key(private.as_bytes()).unwrap().public(), public.only().unwrap().key);
    }
}

#[test]
fn an_rsa_key_goes_by_the_name_it_is_given() {
    let mut jwk = a2_private();
    jwk["kid"] = "registered".into();
    assert_eq!(read(&jwk).unwrap().kid().as_str(), "registered");
    let named = read_signing_key_named(jwk.to_string().as_bytes(), "other".parse().unwrap()).unwrap();
    assert_eq!(named.kid().as_str(), "other");
}

#[test]
fn a_private_half_of_another_key_is_refused() {
    let invalid = ImportError::Key(KeyError::InvalidPrivateKey);
    let mut p256 = a3_private();
    p256["d"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE".into();
    assert_eq!(refusal(&p256), invalid);
    let mut okp = okp_private();
    okp["d"] = p256["d"].clone();
    assert_eq!(refusal(&okp), invalid);
    for member in ["d", "p", "q", "dp", "dq", "qi"] {
        let mut rsa = a2_private();
        rsa[member] = "AQAB".into();
        assert_eq!(refusal(&rsa), invalid, "{member}");
    }
    for d in [
        "",
        "AQ",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "_____________________________________________",
    ] {
        let mut p256 = a3_private();
        p256["d"] = d.into();
        assert!(read(&p256).is_err(), "{d}");
    }
}

#[test]
fn what_is_no_single_private_key_is_refused_with_its_reason() {
    for jwk in [a2_public(), a3_public(), okp_public()] {
        assert_eq!(refusal(&jwk), ImportError::PublicKey);
    }
    let mut without_factors = a2_private();
    without_factors.as_object_mut().unwrap().remove("p");
    assert_eq!(refusal(&without_factors), ImportError::MissingMembers);
    let mut for_encryption = a2_private();
    for_encryption["use"] = "enc".into();
    assert_eq!(refusal(&for_encryption), ImportError::OtherUse);
    assert_eq!(refusal(&json!({ "kty": "oct", "k": "AAAA" })), ImportError::UnsupportedKind);
    let encrypted = ED25519_SECRET.replace("PRIVATE", "ENCRYPTED PRIVATE");
    for (text, reason) in [
        (P256.to_owned(), ImportError::PublicKey),
        (format!("{P256_SECRET}{ED25519_SECRET}"), ImportError::SeveralKeys),
        (encrypted, ImportError::Encrypted),
        (ED25519_SECRET.replace("PRIVATE", "OPENSSH PRIVATE"), ImportError::UnsupportedKind),
        (ED25519_SECRET.replace("PRIVATE", "RSA PRIVATE"), KeyError::InvalidPrivateKey.into()),
        (ED25519_SECRET.replace("MC4", "MC5"), KeyError::InvalidPrivateKey.into()),
        ("nothing".to_owned(), ImportError::Malformed),
    ] {
        assert_eq!(read_signing_key(text.as_bytes()).unwrap_err(), reason, "{text}");
    }
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    assert!(
        read_signing_key(format!("{parameters}{P256_SECRET}").as_bytes()).is_ok(),
        "as openssl writes it"
    );
}

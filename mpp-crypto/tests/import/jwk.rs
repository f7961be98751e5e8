//! JWK and JWK Set.

use mpp_crypto::KeyError;
use mpp_crypto::import::{ImportError, NamedKey, PublicKeySet};
use serde_json::{Value, json};

use crate::published_keys::{a2_private, a2_public, a3_private, a3_public, okp_private, okp_public};

fn with(mut jwk: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

fn read(jwk: &Value) -> Result<NamedKey, ImportError> {
    PublicKeySet::read(jwk.to_string().as_bytes()).map(|set| set.only().unwrap().clone())
}

fn set(keys: &[Value]) -> Result<PublicKeySet, ImportError> {
    PublicKeySet::read(json!({ "keys": keys }).to_string().as_bytes())
}

#[test]
fn the_three_kinds_are_read_with_their_names_and_unknown_members_ignored() {
    for (jwk, alg) in [(a2_public(), "RS256"), (a3_public(), "ES256"), (okp_public(), "EdDSA")] {
        assert_eq!(read(&jwk).unwrap().kid, None);
        let full = with(
            jwk,
            json!({ "kid": "k-1", "use": "sig", "alg": alg, "key_ops": ["verify"], "x5c": ["!"], "ext": true }),
        );
        let named = read(&full).unwrap();
        assert_eq!(named.kid.unwrap().as_str(), "k-1");
        assert_eq!(named.key.algorithm().name(), alg);
    }
    assert!(read(&with(okp_public(), json!({ "alg": "Ed25519" }))).is_ok(), "the name of RFC 9864");
}

#[test]
fn a_registrys_record_of_a_certificate_is_a_key() {
    let record = with(
        a2_public(),
        json!({ "alg": "RS256", "use": "sig", "kid": "6b1f2a54-7c1e-4f0e-9d0b-2f5f0e6a9c11" }),
    );
    let keys = set(&[record]).unwrap();
    let kid = "6b1f2a54-7c1e-4f0e-9d0b-2f5f0e6a9c11".parse().unwrap();
    assert_eq!(keys.find(&kid).unwrap().algorithm().name(), "RS256");
    assert!(keys.find(&"another".parse().unwrap()).is_none());
    assert!(keys.find(&keys.keys()[0].key.thumbprint()).is_none(), "its published name is its only one");
}

#[test]
fn a_private_key_is_never_taken_for_a_public_one() {
    for jwk in [a2_private(), a3_private(), okp_private(), with(a2_public(), json!({ "d": "" }))] {
        assert_eq!(read(&jwk), Err(ImportError::PrivateKey));
        assert_eq!(set(&[a3_public(), jwk]), Err(ImportError::PrivateKey), "nor among others");
    }
    for member in ["d", "p", "q", "dp", "dq", "qi", "k"] {
        assert_eq!(
            read(&with(a2_public(), json!({ member: "AQ" }))),
            Err(ImportError::PrivateKey),
            "{member}"
        );
    }
    let shared = json!({ "kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ" });
    assert_eq!(set(&[a2_public(), shared]), Err(ImportError::PrivateKey));
}

#[test]
fn a_key_for_something_else_is_refused() {
    let other = [
        json!({ "use": "enc" }),
        json!({ "alg": "RS512" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "ES256" }),
        json!({ "alg": "none" }),
        json!({ "alg": "RSA-OAEP" }),
        json!({ "key_ops": ["encrypt"] }),
        json!({ "key_ops": [] }),
    ];
    for members in other {
        assert_eq!(read(&with(a2_public(), members.clone())), Err(ImportError::OtherUse), "{members}");
    }
}

#[test]
fn other_kinds_curves_and_sizes_have_their_own_reasons() {
    let unknown = json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AA" });
    let p384 = with(a3_public(), json!({ "crv": "P-384" }));
    let x25519 = with(okp_public(), json!({ "crv": "X25519" }));
    let bare = json!({ "kty": "EC", "x": "AA", "y": "AA" });
    let cases = [
        (unknown, ImportError::UnsupportedKind),
        (p384, ImportError::UnsupportedCurve),
        (x25519, ImportError::UnsupportedCurve),
        (bare, ImportError::MissingMembers),
        (json!({ "kty": "RSA", "e": "AQAB" }), ImportError::MissingMembers),
        (json!({ "kty": "EC", "crv": "P-256", "x": "AA" }), ImportError::MissingMembers),
        (with(a3_public(), json!({ "y": "AA" })), KeyError::InvalidPublicKey.into()),
        (with(a2_public(), json!({ "e": "AA" })), KeyError::InvalidPublicKey.into()),
        (with(a2_public(), json!({ "n": number(2047) })), KeyError::TooWeak.into()),
        (with(a2_public(), json!({ "n": number(8193) })), KeyError::TooLarge.into()),
    ];
    for (jwk, reason) in cases {
        assert_eq!(read(&jwk), Err(reason), "{jwk}");
    }
    for bits in [2048, 8192] {
        assert!(read(&with(a2_public(), json!({ "n": number(bits) }))).is_ok(), "{bits}");
    }
}

/// The largest odd number of so many bits.
fn number(bits: usize) -> String {
    let mut bytes = vec![0xff; bits.div_ceil(8)];
    bytes[0] >>= bytes.len() * 8 - bits;
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

#[test]
fn what_is_not_understood_in_a_set_spoils_nothing_else() {
    let keys = set(&[
        json!({ "kty": "AKP" }),
        with(a2_public(), json!({ "kid": "a" })),
        with(a3_public(), json!({ "use": "enc" })),
        json!("not a key"),
        json!({ "kid": 5, "kty": "RSA" }),
        with(okp_public(), json!({ "kid": "b" })),
    ])
    .unwrap();
    assert_eq!(keys.keys().len(), 2);
    let skipped: Vec<_> = keys.skipped().iter().map(|skipped| (skipped.position, skipped.reason)).collect();
    let reasons =
        [ImportError::UnsupportedKind, ImportError::OtherUse, ImportError::Malformed, ImportError::Malformed];
    assert_eq!(skipped, [0, 2, 3, 4].into_iter().zip(reasons).collect::<Vec<_>>());
    assert_eq!(keys.only(), Err(ImportError::SeveralKeys));
    assert_eq!(set(&[]).unwrap().only(), Err(ImportError::NoKey));
}

#[test]
fn two_keys_under_one_name_spoil_the_set_and_one_key_twice_does_not() {
    let named = |jwk| with(jwk, json!({ "kid": "a" }));
    assert_eq!(set(&[named(a2_public()), named(a3_public())]), Err(ImportError::DuplicateKid));
    assert_eq!(set(&[named(a2_public()), named(a2_public())]).unwrap().keys().len(), 1);
    assert_eq!(
        set(&[a2_public(), a3_public()]).unwrap().keys().len(),
        2,
        "without names they do not collide"
    );
}

#[test]
fn a_set_is_written_as_it_is_read() {
    let keys = set(&[with(a2_public(), json!({ "kid": "a" })), a3_public(), okp_public()]).unwrap();
    let again = PublicKeySet::read(keys.to_jwk_set().as_bytes()).unwrap();
    assert_eq!(again.keys().len(), 3);
    for (before, after) in keys.keys().iter().zip(again.keys()) {
        assert_eq!(before.key, after.key);
        assert_eq!(after.kid, before.kid.clone().or_else(|| Some(before.key.thumbprint())));
    }
}

#[test]
fn members_given_twice_and_other_json_are_refused() {
    let doubled = a3_public().to_string().replacen("\"crv\"", "\"crv\":\"P-256\",\"crv\"", 1);
    let twice = format!("{{\"keys\":[],\"keys\":[{}]}}", a2_public());
    let long = format!("{{\"keys\":[{}]}}", "{},".repeat(2000) + "{}");
    for bad in ["{}", "{", "[]", "{\"keys\":{}}", "{\"kty\":[]}", &doubled, &twice, "{\"keys\":[}"] {
        assert_eq!(PublicKeySet::read(bad.as_bytes()), Err(ImportError::Malformed), "{bad}");
    }
    assert_eq!(PublicKeySet::read(long.as_bytes()), Err(ImportError::TooLong));
    assert_eq!(PublicKeySet::read(&vec![b' '; (1 << 20) + 1]), Err(ImportError::TooLong));
}

//! Headers that try to choose.

use hmac::{Hmac, KeyInit, Mac};
use mpp_crypto::import::{PublicKeySet, to_public_der, to_public_pem};
use mpp_crypto::jose::{self, HeaderMembers, JoseError, PayloadForm};
use mpp_crypto::jws::{self, CompactJws, JwsError};
use mpp_crypto::{SigningKey, detached};
use serde_json::{Value, json};

use crate::published_keys::a2_public;
use crate::seeded::SeededEntropy;
use crate::{check, encode, forged, header, keys, public};

#[test]
fn the_key_fixes_the_algorithm() {
    let algorithms = [
        "RS256", "ES256", "EdDSA", "Ed25519", "none", "None", "NONE", "HS256", "PS256", "RS512", "rs256", "",
    ];
    for key in keys() {
        for alg in algorithms {
            let fits = alg == key.algorithm().name() || (alg, key.algorithm().name()) == ("Ed25519", "EdDSA");
            let outcome = check(&key, &forged(&key, &header(&json!({ "alg": alg })), b"{}")).map(|_| ());
            assert_eq!(outcome, if fits { Ok(()) } else { Err(JoseError::OtherAlgorithm) }, "{alg}");
        }
        for bad in
            ["{}", "{\"alg\":null}", "{\"alg\":[\"RS256\"]}", "[]", "\"RS256\"", "", "{\"alg\":\"RS256\"}x"]
        {
            assert_eq!(check(&key, &forged(&key, bad, b"{}")), Err(JoseError::Malformed), "{bad}");
        }
    }
}

#[test]
fn an_empty_signature_is_no_signature() {
    for key in keys() {
        for alg in ["none", key.algorithm().name()] {
            let text = format!("{}.{}.", encode(header(&json!({ "alg": alg }))), encode(b"{}"));
            assert!(check(&key, &text).is_err(), "{text}");
        }
    }
}

/// The public key is no secret: what is signed with it by HMAC is refused in whatever form it was used.
#[test]
fn a_public_key_is_no_hmac_secret() {
    for key in keys() {
        let jwk = PublicKeySet::to_jwk_set(&public(&key, None));
        let secrets = [
            to_public_pem(&key.public()).into_bytes(),
            to_public_pem(&key.public()).trim_end().as_bytes().to_vec(),
            to_public_der(&key.public()),
            jwk.into_bytes(),
            a2_public()["n"].as_str().unwrap().as_bytes().to_vec(),
        ];
        for secret in secrets {
            for alg in ["HS256", key.algorithm().name()] {
                let signed = format!("{}.{}", encode(header(&json!({ "alg": alg }))), encode(b"{}"));
                let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
                mac.update(signed.as_bytes());
                assert!(check(&key, &format!("{signed}.{}", encode(mac.finalize().into_bytes()))).is_err());
            }
        }
    }
}

#[test]
fn a_key_in_the_header_is_not_used() {
    let [rsa, p256, _] = keys();
    let public_key = serde_json::to_value(p256.public().to_jwk()).unwrap();
    let with_key = header(
        &json!({ "alg": "ES256", "jwk": public_key, "x5u": "https://evil.example", "jku": "https://evil.example" }),
    );
    assert_eq!(check(&rsa, &forged(&p256, &with_key, b"{}")), Err(JoseError::OtherAlgorithm));
    let other = SigningKey::generate_p256(&SeededEntropy::new(9));
    let signed = format!("{}.{}", encode(&with_key), encode(b"{}"));
    let text = format!("{signed}.{}", encode(other.sign(signed.as_bytes()).as_bytes()));
    assert_eq!(check(&p256, &text), Err(JoseError::Signature));
}

#[test]
fn members_given_twice_are_refused() {
    let [rsa, ..] = keys();
    for text in [
        "{\"alg\":\"RS256\",\"alg\":\"RS256\"}",
        "{\"alg\":\"none\",\"alg\":\"RS256\"}",
        "{\"alg\":\"RS256\",\"kid\":\"a\",\"kid\":\"a\"}",
        "{\"alg\":\"RS256\",\"typ\":\"a\",\"typ\":\"a\"}",
        "{\"alg\":\"RS256\",\"b64\":false,\"b64\":false,\"crit\":[\"b64\"]}",
        "{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"],\"crit\":[\"b64\"]}",
        "{\"alg\":\"RS256\",\"\\u0061lg\":\"RS256\"}",
    ] {
        assert_eq!(check(&rsa, &forged(&rsa, text, b"{}")), Err(JoseError::Malformed), "{text}");
    }
}

#[test]
fn what_is_critical_and_not_understood_is_refused() {
    let [rsa, ..] = keys();
    let critical = [
        json!({ "alg": "RS256", "crit": ["exp"], "exp": 1 }),
        json!({ "alg": "RS256", "crit": [] }),
        json!({ "alg": "RS256", "crit": ["b64"] }),
        json!({ "alg": "RS256", "b64": false }),
        json!({ "alg": "RS256", "b64": true }),
        json!({ "alg": "RS256", "b64": false, "crit": [] }),
        json!({ "alg": "RS256", "b64": false, "crit": ["b64", "b64"] }),
        json!({ "alg": "RS256", "b64": false, "crit": ["b64", "exp"] }),
        json!({ "alg": "RS256", "b64": false, "crit": ["B64"] }),
    ];
    for members in &critical {
        assert_eq!(
            check(&rsa, &forged(&rsa, &header(members), b"{}")),
            Err(JoseError::Critical),
            "{members}"
        );
    }
    for members in [
        json!({ "alg": "RS256", "crit": "b64", "b64": false }),
        json!({ "alg": "RS256", "crit": ["b64"], "b64": 0 }),
    ] {
        assert_eq!(
            check(&rsa, &forged(&rsa, &header(&members), b"{}")),
            Err(JoseError::Malformed),
            "{members}"
        );
    }
    // A raw payload travels apart; `true` announced is the ordinary form.
    let raw = json!({ "alg": "RS256", "b64": false, "crit": ["b64"] });
    assert_eq!(check(&rsa, &forged(&rsa, &header(&raw), b"{}")), Err(JoseError::Malformed));
    let encoded = json!({ "alg": "RS256", "b64": true, "crit": ["b64"] });
    assert!(check(&rsa, &forged(&rsa, &header(&encoded), b"{}")).is_ok());
}

#[test]
fn a_document_of_another_kind_is_refused() {
    let [rsa, ..] = keys();
    for (typ, expected) in [
        (json!("receipt"), Ok(())),
        (json!("Receipt"), Err(JoseError::OtherKind)),
        (Value::Null, Err(JoseError::OtherKind)),
    ] {
        let text = forged(&rsa, &header(&json!({ "alg": "RS256", "typ": typ })), b"{}");
        assert_eq!(
            jose::verify(&public(&rsa, None), &text, None, Some("receipt")).map(|_| ()),
            expected,
            "{typ}"
        );
    }
    let key = SigningKey::generate_p256(&SeededEntropy::new(1));
    let text = String::from(jws::sign(&key, "mpp-erasure-receipt", &7).unwrap());
    let jws: CompactJws = text.parse().unwrap();
    assert_eq!(jws::verify::<u8>(key.public(), "mpp-consent-artefact", &jws), Err(JwsError::OtherKind));
}

/// One value, one text: everything else that decodes to the same bytes elsewhere is refused here.
#[test]
fn base64url_has_one_form() {
    let [rsa, ..] = keys();
    let good = forged(&rsa, &header(&json!({ "alg": "RS256" })), b"{}");
    let [head, payload, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    assert!(check(&rsa, &good).is_ok());
    let last = signature.chars().last().unwrap();
    // 256 bytes leave four unused bits in the last character: they must be zero.
    let loose = char::from(last as u8 + 1);
    let parts = |head: &str, payload: &str, signature: &str| format!("{head}.{payload}.{signature}");
    for text in [
        parts(head, payload, &format!("{}{loose}", &signature[..signature.len() - 1])),
        parts(head, payload, &format!("{signature}==")),
        parts(head, payload, &format!("{signature}\n")),
        parts(head, payload, &signature.replacen(['-', '_'], "+", 1)),
        parts(head, payload, &signature.replacen(['-', '_'], "/", 1)),
        parts(&format!("{head}="), payload, signature),
        parts(head, "e30=", signature),
        parts(head, "e31", signature),
        parts(head, "e3", signature),
        parts(head, "e 30", signature),
        format!("{good}.{signature}"),
        format!(".{good}"),
        good.replace('.', ""),
    ] {
        assert!(check(&rsa, &text).is_err(), "{text}");
    }
}

#[test]
fn payload_and_form_must_agree() {
    let [rsa, ..] = keys();
    let known = public(&rsa, None);
    let made = |form| jose::sign(&rsa, HeaderMembers::default(), form, b"payload").unwrap();
    let (attached, detached, raw) =
        (made(PayloadForm::Attached), made(PayloadForm::Detached), made(PayloadForm::DetachedRaw));
    assert_eq!(jose::verify(&known, &attached, Some(b"payload"), None), Err(JoseError::PayloadTwice));
    for text in [&detached, &raw] {
        assert!(jose::verify(&known, text, Some(b"payload"), None).is_ok());
        assert_eq!(jose::verify(&known, text, None, None), Err(JoseError::PayloadMissing));
        assert_eq!(jose::verify(&known, text, Some(b"payloae"), None), Err(JoseError::Signature));
        assert_eq!(jose::verify(&known, text, Some(b""), None), Err(JoseError::Signature));
    }
    // A raw value is signed in the ecosystem's form too, where the header has a name.
    let named = HeaderMembers { kid: Some(rsa.kid()), typ: None };
    let value = jose::sign(&rsa, named, PayloadForm::DetachedRaw, b"payload").unwrap();
    let mpp_crypto::AnyVerifyingKey::Rsa(key) = rsa.public() else { panic!("RSA") };
    assert!(detached::verify(&value, b"payload", |_| Some(&key)).is_ok());
}

#[test]
fn keys_are_found_by_name_or_not_at_all() {
    let [rsa, p256, _] = keys();
    let text = forged(&rsa, &header(&json!({ "alg": "RS256", "kid": "a" })), b"{}");
    let named = |kid: &str| public(&rsa, Some(kid.parse().unwrap()));
    assert!(jose::verify(&named("a"), &text, None, None).is_ok());
    assert_eq!(jose::verify(&named("b"), &text, None, None), Err(JoseError::UnknownKey));
    assert!(
        jose::verify(&public(&rsa, None), &text, None, None).is_ok(),
        "a key without a name was chosen by hand"
    );
    assert_eq!(jose::verify(&PublicKeySet::default(), &text, None, None), Err(JoseError::UnknownKey));
    let unnamed = forged(&rsa, &header(&json!({ "alg": "RS256" })), b"{}");
    let two = named("a").with(public(&p256, None).keys()[0].clone()).unwrap();
    assert_eq!(jose::verify(&two, &unnamed, None, None), Err(JoseError::UnknownKey));
    let odd = forged(&rsa, &header(&json!({ "alg": "RS256", "kid": "a b" })), b"{}");
    assert_eq!(jose::verify(&named("a"), &odd, None, None), Err(JoseError::Malformed));
}

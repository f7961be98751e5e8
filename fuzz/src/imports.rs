//! Keys as others hand them over, and JWS under any of them.

use mpp_crypto::import::{
    Certificate, ImportError, NamedKey, PublicKeySet, read_signing_key, to_public_der, to_public_pem,
};
use mpp_crypto::jose::{self, HeaderMembers, PayloadForm};
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::{AnySigningKey, AnyVerifyingKey, JwsAlgorithm, detached};
use serde_json::Value;

use super::Reading;
use super::alteration::Alteration;
use super::world::{ED25519, ES256, RS256, RSA_KID, Seeded};

/// The input is a file of public keys. What is read is written as a JWK Set and read as the same; each key is written
/// as DER and PEM and read as the same. A certificate gives the key that a file with it gives.
pub(crate) fn public_keys(data: &[u8]) -> Reading {
    let read = PublicKeySet::read(data);
    if let Ok(set) = &read {
        let written = set.to_jwk_set();
        let again = PublicKeySet::from_jwk_set(&written).expect("what we wrote");
        let keys = |set: &PublicKeySet| set.keys().iter().map(|named| named.key.clone()).collect::<Vec<_>>();
        assert_eq!(keys(set), keys(&again));
        assert!(again.skipped().is_empty());
        assert_eq!(again.to_jwk_set(), written);
        for NamedKey { kid, key } in set.keys() {
            assert_eq!(the_only_key(&to_public_der(key)).as_ref(), Some(key));
            assert_eq!(the_only_key(to_public_pem(key).as_bytes()).as_ref(), Some(key));
            assert!(kid.as_ref().is_none_or(|kid| set.find(kid).is_some()));
        }
    }
    let certificate = match std::str::from_utf8(data) {
        // A text that begins like JSON is JSON, whatever stands in it.
        Ok(text) if text.trim_start().starts_with('{') => Err(ImportError::Malformed),
        Ok(text) => Certificate::from_pem(text),
        Err(_) => Certificate::from_der(data),
    };
    if let Ok(certificate) = &certificate {
        assert_eq!(the_only_key(data).as_ref(), Some(certificate.key()));
        let ordered = certificate.not_before() <= certificate.not_after();
        assert_eq!(certificate.check_valid_at(certificate.not_before()).is_ok(), ordered);
    }
    if read.is_ok() || certificate.is_ok() { Reading::Taken } else { Reading::Refused }
}

/// The input is a file with a private key. What is taken signs what its public half checks, and is no file of public
/// keys.
pub(crate) fn private_key(data: &[u8]) -> Reading {
    let read = read_signing_key(data);
    if let Ok(key) = &read {
        let signature = key.sign(b"message").expect("a sound key");
        assert!(key.public().verify(b"message", &signature).is_ok());
        assert!(key.public().verify(b"massage", &signature).is_err());
        let taken_for_public = PublicKeySet::read(data).is_ok_and(|set| !set.keys().is_empty());
        assert!(!taken_for_public, "a private key taken for a public one");
    }
    Reading::of(&read)
}

/// The input begins with a choice of key, form, and whether the rest is a JWS with its detached payload behind a line
/// break, or a payload that is signed, altered and refused. What stands here stands where the single forms are read.
pub(crate) fn jws_under_any_key(data: &[u8]) -> Reading {
    let Some((choice, rest)) = data.split_first() else { return Reading::Refused };
    if choice & 1 == 1 {
        return raw_jws(rest, choice & 2 == 2);
    }
    let key = curve_key(choice & 2 == 2);
    let form = match choice >> 2 & 3 {
        0 => PayloadForm::Attached,
        1 => PayloadForm::Detached,
        _ => PayloadForm::DetachedRaw,
    };
    let Some((alteration, payload)) = Alteration::split_off(rest) else { return Reading::Refused };
    let members = HeaderMembers { kid: Some(key.kid()), typ: Some("text") };
    let Ok(signed) = jose::sign(&key, members, form, payload) else { return Reading::Refused };
    let detached = (form != PayloadForm::Attached).then_some(payload);
    let check =
        |text: &str, detached: Option<&[u8]>| jose::verify(&known_keys(), text, detached, Some("text"));
    // An attached payload of no bytes is not told from a detached one.
    let sound = check(&signed, detached).is_ok();
    assert_eq!(sound, !(payload.is_empty() && form == PayloadForm::Attached));
    let Some(altered) = alteration.apply_to_text(&signed) else { return Reading::Refused };
    let verified = check(&altered, detached);
    assert_eq!(verified.is_ok(), sound && altered == signed, "{altered}");
    if let Some(payload) = detached {
        let other = alteration.apply(payload);
        assert_eq!(check(&signed, Some(&other)).is_ok(), other == payload);
    }
    Reading::of(&verified)
}

fn raw_jws(rest: &[u8], with_payload: bool) -> Reading {
    let at = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (text, payload) = rest.split_at(at);
    let Ok(text) = std::str::from_utf8(text) else { return Reading::Refused };
    let payload = with_payload.then(|| payload.get(1..).unwrap_or_default());
    let verified = jose::verify(&known_keys(), text, payload, None);
    if let Ok(jws) = &verified {
        let rsa = |kid: &mpp_core::Kid| (kid.as_str() == RSA_KID).then(|| RS256.clone());
        match (jws.algorithm, payload, &jws.kid) {
            (JwsAlgorithm::Rs256, Some(payload), Some(_)) => {
                assert!(detached::verify(text, payload, rsa).is_ok() || text.len() > 8192);
            }
            (JwsAlgorithm::Es256 | JwsAlgorithm::EdDsa, None, Some(_)) if jws.typ.is_some() => {
                let compact: CompactJws = text.parse().expect("it stands");
                let keys = [ES256.public(), ED25519.public()];
                let found = |kid: &mpp_core::Kid| keys.into_iter().find(|key| key.kid() == kid).cloned();
                let single = jws::verify_with::<Value, _>(found, compact.typ(), &compact);
                assert!(
                    matches!(single, Ok(_) | Err(jws::JwsError::Payload | jws::JwsError::Signature)),
                    "{single:?}"
                );
            }
            _ => {}
        }
    }
    Reading::of(&verified)
}

fn the_only_key(file: &[u8]) -> Option<AnyVerifyingKey> {
    PublicKeySet::read(file).ok()?.only().ok().map(|named| named.key.clone())
}

fn curve_key(ed25519: bool) -> AnySigningKey {
    let (p256, ed25519_key) =
        (mpp_crypto::SigningKey::generate_p256, mpp_crypto::SigningKey::generate_ed25519);
    AnySigningKey::Curve(if ed25519 { ed25519_key(&Seeded::new(2)) } else { p256(&Seeded::new(1)) })
}

/// The keys of [`super::world`], each under the name it goes by there.
fn known_keys() -> PublicKeySet {
    let rsa = NamedKey { kid: RSA_KID.parse().ok(), key: RS256.clone().into() };
    let curves = [ES256.public(), ED25519.public()];
    let curves = curves.map(|key| NamedKey { kid: Some(key.kid().clone()), key: key.clone().into() });
    let set = PublicKeySet::default().with(rsa).expect("the first");
    curves.into_iter().fold(set, |set, named| set.with(named).expect("another name"))
}

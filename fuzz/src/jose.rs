//! JWS in the three forms that come in: compact, detached over a body, `signedConsent`.

use mpp_core::Kid;
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::{SigningKey, VerifyingKey, detached, rs256, signed_consent};
use serde_json::Value;

use super::Reading;
use super::alteration::Alteration;
use super::world::{ED25519, ES256, RS256, RSA_KID};

const TYP: &str = "mpp-fuzz+jwt";

/// The input begins with a choice. An odd one: the rest is a compact JWS, kept as it is. An even one: the rest is a
/// payload, signed, altered as the input says, and refused unless the alteration changed nothing.
pub(crate) fn compact(data: &[u8]) -> Reading {
    let Some((choice, rest)) = data.split_first() else { return Reading::Refused };
    let key: &SigningKey = if choice & 2 == 0 { &ES256 } else { &ED25519 };
    if choice & 1 == 1 {
        let Ok(text) = std::str::from_utf8(rest) else { return Reading::Refused };
        return raw_compact(text);
    }
    let Some((alteration, payload)) = Alteration::split_off(rest) else { return Reading::Refused };
    let payload = String::from_utf8_lossy(payload).into_owned();
    let Ok(signed) = jws::sign(key, TYP, &payload) else { return Reading::Refused };
    let Some(altered) = alteration.apply_to_text(signed.as_str()) else { return Reading::Refused };
    let verified =
        altered.parse::<CompactJws>().and_then(|jws| jws::verify::<String>(key.public(), TYP, &jws));
    if altered == signed.as_str() {
        assert_eq!(verified, Ok(payload));
    } else {
        assert!(verified.is_err(), "an altered JWS stands: {altered}");
    }
    Reading::of(&verified)
}

/// What is read is the text itself; what stands under a key also stands when found by its name, and under no other key.
fn raw_compact(text: &str) -> Reading {
    let Ok(jws) = text.parse::<CompactJws>() else { return Reading::Refused };
    assert_eq!(jws.as_str(), text);
    let json = serde_json::to_string(&jws).expect("a text");
    assert_eq!(serde_json::from_str::<CompactJws>(&json).expect("what we wrote"), jws);
    let keys: [&VerifyingKey; 2] = [ES256.public(), ED25519.public()];
    let standing = keys.map(|key| jws::verify::<Value>(key, jws.typ(), &jws).is_ok());
    let resolved = jws::verify_with::<Value, _>(
        |kid| keys.into_iter().find(|key| key.kid() == kid).cloned(),
        jws.typ(),
        &jws,
    );
    assert_eq!(resolved.is_ok(), standing.contains(&true));
    assert_ne!(standing, [true, true]);
    assert!(jws::verify::<Value>(keys[0], "another", &jws).is_err() || jws.typ() == "another");
    Reading::of(&resolved)
}

/// The input is the value of `x-jws-signature`, a line break, and the body. What stands names its key, and stands under
/// no other body.
pub(crate) fn detached(data: &[u8]) -> Reading {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (value, body) = data.split_at(at);
    let Ok(value) = std::str::from_utf8(value) else { return Reading::Refused };
    let body = body.get(1..).unwrap_or_default();
    let claimed = detached::claimed_kid(value);
    let verified = detached::verify(value, body, rsa_key);
    if let Ok(kid) = &verified {
        assert_eq!(claimed.as_ref(), Ok(kid));
        assert!(detached::verify(value, &[body, b" "].concat(), rsa_key).is_err());
        assert!(detached::verify(&format!("{value}A"), body, rsa_key).is_err());
    }
    Reading::of(&verified)
}

/// The input is a `signedConsent`. What stands names its key and keeps its third part.
pub(crate) fn signed_consent(data: &[u8]) -> Reading {
    let Ok(text) = std::str::from_utf8(data) else { return Reading::Refused };
    let claimed = signed_consent::claimed_kid(text);
    let verified = signed_consent::verify(text, rsa_key);
    if let Ok(verified) = &verified {
        assert_eq!(claimed.as_ref(), Ok(&verified.kid));
        let [header, payload, signature] = text.split('.').collect::<Vec<_>>()[..] else {
            panic!("three parts")
        };
        assert_eq!(signature, verified.signature);
        assert_eq!(payload, base64_simd::URL_SAFE_NO_PAD.encode_to_string(&verified.payload));
        let other = base64_simd::URL_SAFE_NO_PAD.encode_to_string([&verified.payload[..], b" "].concat());
        assert!(signed_consent::verify(&format!("{header}.{other}.{signature}"), rsa_key).is_err());
    }
    Reading::of(&verified)
}

fn rsa_key(kid: &Kid) -> Option<rs256::VerifyingKey> {
    (kid.as_str() == RSA_KID).then(|| RS256.clone())
}

//! Keys as they come in: JWK, JWK Sets, PKCS#8 in PEM.

use mpp_core::PublicJwk;
use mpp_crypto::{EnvelopePrivateKey, EnvelopePublicKey, SigningKey, VerifyingKey, rs256, thumbprint};
use serde::Deserialize;

use super::Reading;

/// A JWK Set as the registries publish it: members nobody asked for are passed over.
#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<PublicJwk>,
}

/// The input is a JWK or a JWK Set. What is read is written and read as the same; a key taken for a use is written in one
/// form, whose thumbprint is its name.
pub(crate) fn jwk(data: &[u8]) -> Reading {
    if let Ok(set) = serde_json::from_slice::<JwkSet>(data) {
        let taken = set.keys.iter().filter(|jwk| one_jwk(jwk) == Reading::Taken).count();
        return if taken > 0 { Reading::Taken } else { Reading::Refused };
    }
    serde_json::from_slice::<PublicJwk>(data).map_or(Reading::Refused, |jwk| one_jwk(&jwk))
}

fn one_jwk(jwk: &PublicJwk) -> Reading {
    let written = serde_json::to_vec(jwk).expect("texts have a JSON form");
    assert_eq!(serde_json::from_slice::<PublicJwk>(&written).expect("what we wrote"), *jwk);
    let signing = VerifyingKey::from_jwk(jwk);
    let envelope = EnvelopePublicKey::from_jwk(jwk);
    let rsa = rs256::VerifyingKey::from_jwk(jwk);
    if let Ok(key) = &signing {
        assert_eq!(thumbprint(&key.to_jwk()), *key.kid());
        assert_eq!(VerifyingKey::from_jwk(&key.to_jwk()).as_ref(), Ok(key));
        assert!(key.verify(b"message", &[0; 64]).is_err());
    }
    if let Ok(key) = &envelope {
        assert_eq!(thumbprint(&key.to_jwk()), *key.kid());
        assert_eq!(EnvelopePublicKey::from_jwk(&key.to_jwk()).as_ref(), Ok(key));
        assert_eq!(signing.as_ref().map(VerifyingKey::kid), Ok(key.kid()), "one point, two names");
    }
    if let Ok(key) = &rsa {
        assert_eq!(rs256::VerifyingKey::from_jwk(&key.to_jwk()).as_ref(), Ok(key));
        assert!(signing.is_err());
        let PublicJwk::Rsa { n, .. } = key.to_jwk() else { panic!("an RSA key") };
        let length = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(n).expect("what we wrote").len();
        for filling in [0, 1, 0x55] {
            assert!(key.verify(b"message", &vec![filling; length]).is_err());
        }
    }
    if signing.is_ok() || envelope.is_ok() || rsa.is_ok() { Reading::Taken } else { Reading::Refused }
}

/// The input is a private key in PEM. What is taken is written in one form, which is read as the same key; a P-256 key has
/// one name for every use.
pub(crate) fn pem(data: &[u8]) -> Reading {
    let Ok(text) = std::str::from_utf8(data) else { return Reading::Refused };
    let signing = SigningKey::from_pkcs8_pem(text);
    let envelope = EnvelopePrivateKey::from_pkcs8_pem(text);
    if let Ok(key) = &signing {
        let again = SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem()).expect("what we wrote");
        assert_eq!(again.kid(), key.kid());
        assert!(again.public().verify(b"message", key.sign(b"message").as_bytes()).is_ok());
    }
    if let Ok(key) = &envelope {
        let again = EnvelopePrivateKey::from_pkcs8_pem(&key.to_pkcs8_pem()).expect("what we wrote");
        assert_eq!(again.kid(), key.kid());
        assert_eq!(signing.as_ref().map(SigningKey::kid).ok(), Some(key.kid()));
    }
    Reading::of(&signing)
}

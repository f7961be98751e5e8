//! `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7) of RSA (RFC 3279 §2.3.1), P-256 (RFC 5480) and Ed25519 (RFC 8410), and
//! `RSAPublicKey` (RFC 8017 appendix A.1.1).

use mpp_core::{OkpCurve, PublicJwk};

use super::ImportError;
use crate::keys::{AnyVerifyingKey, KeyError};
use crate::primitives::der::{DerReader, element};
use crate::primitives::{base64, p256_keys, pem};
use crate::rs256;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
const ID_EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.3.101.112
const ID_ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 1.3.101.110 to 113: X25519, X448, Ed25519, Ed448.
const ID_EDWARDS_FAMILY: &[u8] = &[0x2b, 0x65];

/// The key of the DER of a `SubjectPublicKeyInfo`.
pub(super) fn read_public_der(der: &[u8]) -> Result<AnyVerifyingKey, ImportError> {
    let info = Info::read(der).ok_or(ImportError::Malformed)?;
    match info.algorithm {
        // NULL it must be; that it is missing occurs in the field.
        RSA_ENCRYPTION if matches!(info.parameters, [] | [NULL, 0]) => read_rsa_public_key(info.key),
        RSA_ENCRYPTION => Err(ImportError::Malformed),
        ID_EC_PUBLIC_KEY => match DerReader::new(info.parameters).expect(OBJECT_IDENTIFIER) {
            Some(PRIME256V1) => p256(info.key),
            // Another name, or explicit parameters: a curve chosen by a stranger.
            _ => Err(ImportError::UnsupportedCurve),
        },
        ID_ED25519 if info.parameters.is_empty() => {
            let x = base64::encode_url(info.key);
            Ok(AnyVerifyingKey::from_jwk(&PublicJwk::Okp { crv: OkpCurve::Ed25519, x })?)
        }
        other if other.starts_with(ID_EDWARDS_FAMILY) => Err(ImportError::UnsupportedCurve),
        _ => Err(ImportError::UnsupportedKind),
    }
}

/// The key of the DER of an `RSAPublicKey`.
pub(super) fn read_rsa_public_key(der: &[u8]) -> Result<AnyVerifyingKey, ImportError> {
    let numbers = || {
        let mut outer = DerReader::new(der);
        let mut inner = outer.expect_nested(SEQUENCE)?;
        outer.end()?;
        let (n, e) = (unsigned(inner.expect(INTEGER)?)?, unsigned(inner.expect(INTEGER)?)?);
        inner.end()?;
        Some((n.to_vec(), e.to_vec()))
    };
    let (n, e) = numbers().ok_or(ImportError::Malformed)?;
    Ok(rs256::VerifyingKey::from_components(n, e)?.into())
}

/// The key as DER of a `SubjectPublicKeyInfo`.
#[must_use]
pub fn to_public_der(key: &AnyVerifyingKey) -> Vec<u8> {
    let oid = |content: &[u8]| element(OBJECT_IDENTIFIER, content);
    let (algorithm, bits) = match (key, key.to_jwk()) {
        (AnyVerifyingKey::Rsa(key), _) => {
            let (modulus, exponent) = key.components();
            let numbers = [positive(modulus), positive(exponent)].concat();
            ([oid(RSA_ENCRYPTION), element(NULL, &[])].concat(), element(SEQUENCE, &numbers))
        }
        (AnyVerifyingKey::Curve(_), PublicJwk::Okp { x, .. }) => {
            (oid(ID_ED25519), base64::decode_url(&x).unwrap_or_default())
        }
        (AnyVerifyingKey::Curve(_), jwk) => {
            let point = p256_keys::from_jwk(&jwk).map(|key| p256_keys::to_uncompressed(&key).to_vec());
            ([oid(ID_EC_PUBLIC_KEY), oid(PRIME256V1)].concat(), point.unwrap_or_default())
        }
    };
    let bits = element(BIT_STRING, &[&[0], bits.as_slice()].concat());
    element(SEQUENCE, &[element(SEQUENCE, &algorithm), bits].concat())
}

/// The key as PEM, `PUBLIC KEY`.
#[must_use]
pub fn to_public_pem(key: &AnyVerifyingKey) -> String {
    pem::encode_lines("PUBLIC KEY", &to_public_der(key)).to_string()
}

struct Info<'a> {
    algorithm: &'a [u8],
    /// Everything behind the algorithm's name.
    parameters: &'a [u8],
    key: &'a [u8],
}

impl<'a> Info<'a> {
    fn read(der: &'a [u8]) -> Option<Self> {
        let mut outer = DerReader::new(der);
        let mut inner = outer.expect_nested(SEQUENCE)?;
        outer.end()?;
        let mut named = inner.expect_nested(SEQUENCE)?;
        let algorithm = named.expect(OBJECT_IDENTIFIER)?;
        let parameters = named.rest();
        let [0, key @ ..] = inner.expect(BIT_STRING)? else { return None };
        inner.end()?;
        Some(Self { algorithm, parameters, key })
    }
}

/// A point in the one encoding this system knows, `04 || x || y`.
fn p256(point: &[u8]) -> Result<AnyVerifyingKey, ImportError> {
    let key = p256_keys::from_uncompressed(point).ok_or(KeyError::InvalidPublicKey)?;
    Ok(AnyVerifyingKey::from_jwk(&p256_keys::to_jwk(&key))?)
}

/// The digits of a positive INTEGER in its shortest form.
fn unsigned(content: &[u8]) -> Option<&[u8]> {
    match content {
        [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => Some(rest),
        [1..=0x7f, ..] => Some(content),
        _ => None,
    }
}

fn positive(digits: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if digits.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    element(INTEGER, &[sign, digits].concat())
}

//! Envelope keys in the forms of other programs: P-256 for key agreement.

use mpp_core::PublicJwk;
use zeroize::Zeroizing;

use super::jwk::Jwk;
use super::{ImportError, MAX_BYTES, PublicKeySet, read_signing_key, text_of};
use crate::keys::{AnySigningKey, EnvelopePrivateKey, EnvelopePublicKey, KeyError};
use crate::primitives::base64;

/// Reads the public half of an envelope key: a JWK, a PEM block (`PUBLIC KEY`, `CERTIFICATE`) or their DER.
///
/// # Errors
/// [`ImportError`] saying why the key is refused; [`ImportError::OtherUse`] for a JWK that says it is for signatures.
pub fn read_envelope_key(bytes: &[u8]) -> Result<EnvelopePublicKey, ImportError> {
    let jwk = match json(bytes)? {
        Some(jwk) if jwk.has_secret() => return Err(ImportError::PrivateKey),
        Some(jwk) => jwk.agreement_key()?,
        None => PublicKeySet::read(bytes)?.only()?.key.to_jwk(),
    };
    match jwk {
        PublicJwk::Ec { .. } => Ok(EnvelopePublicKey::from_jwk(&jwk)?),
        PublicJwk::Okp { .. } => Err(ImportError::UnsupportedCurve),
        PublicJwk::Rsa { .. } => Err(ImportError::UnsupportedKind),
    }
}

/// Reads an envelope key from a JWK with `d`, or from the one key block of a PEM text (PKCS#8, SEC1).
///
/// # Errors
/// [`ImportError`] saying why the key is refused.
pub fn read_envelope_private_key(bytes: &[u8]) -> Result<EnvelopePrivateKey, ImportError> {
    let key = match json(bytes)? {
        Some(jwk) => from_jwk(&jwk)?,
        None => match read_signing_key(bytes)? {
            AnySigningKey::Curve(key) => EnvelopePrivateKey::from_pkcs8_pem(&key.to_pkcs8_pem())
                .map_err(|_| ImportError::UnsupportedCurve)?,
            #[cfg(feature = "rs256-sign")]
            AnySigningKey::Rsa(_) => return Err(ImportError::UnsupportedKind),
        },
    };
    Ok(key)
}

fn from_jwk(jwk: &Jwk) -> Result<EnvelopePrivateKey, ImportError> {
    let public = jwk.agreement_key()?;
    let digits = jwk.d.as_deref().ok_or(ImportError::PublicKey)?;
    let digits = base64::decode_url(digits).map(Zeroizing::new).ok_or(ImportError::Malformed)?;
    let scalar = <&[u8; 32]>::try_from(digits.as_slice()).map_err(|_| KeyError::InvalidPrivateKey)?;
    let key = EnvelopePrivateKey::from_scalar(scalar).ok_or(KeyError::InvalidPrivateKey)?;
    // A `d` that is not of the published `x` would open nothing that is sealed to it.
    if key.public().to_jwk() == public { Ok(key) } else { Err(KeyError::InvalidPrivateKey.into()) }
}

/// The JWK, when the bytes are JSON.
fn json(bytes: &[u8]) -> Result<Option<Jwk>, ImportError> {
    if bytes.len() > MAX_BYTES {
        return Err(ImportError::TooLong);
    }
    match text_of(bytes).filter(|text| text.trim_start().starts_with('{')) {
        Some(text) => serde_json::from_str(text).map(Some).map_err(|_| ImportError::Malformed),
        None => Ok(None),
    }
}

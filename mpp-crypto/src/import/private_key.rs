//! Private keys: JWK (RFC 7518 §6.2.2, §6.3.2, RFC 8037 §2), PKCS#8 (RFC 5958), SEC1 (RFC 5915) and PKCS#1 (RFC 8017).

use mpp_core::Kid;
use p256::SecretKey;
use p256::pkcs8::DecodePrivateKey;
use zeroize::Zeroizing;

use super::jwk::{Jwk, Operation};
use super::{ImportError, MAX_BYTES, text_of};
use crate::keys::{AnySigningKey, JwsAlgorithm, KeyError, SigningKey};
use crate::primitives::{base64, pem};

/// Reads a private key from a JWK, or from the one key block of a PEM text: `PRIVATE KEY` (PKCS#8), `EC PRIVATE KEY`
/// (SEC1) or `RSA PRIVATE KEY` (PKCS#1). RSA keys need the feature `rs256-sign`; they go by the JWK's `kid`, else by
/// their thumbprint.
///
/// # Errors
/// [`ImportError`] saying why the key is refused.
pub fn read_signing_key(bytes: &[u8]) -> Result<AnySigningKey, ImportError> {
    read(bytes, None)
}

/// [`read_signing_key`] for a key that others know by this name. Keys on curves always go by their thumbprint in this
/// system: only RSA keys take the name.
///
/// # Errors
/// As [`read_signing_key`].
pub fn read_signing_key_named(bytes: &[u8], kid: Kid) -> Result<AnySigningKey, ImportError> {
    read(bytes, Some(kid))
}

fn read(bytes: &[u8], kid: Option<Kid>) -> Result<AnySigningKey, ImportError> {
    if bytes.len() > MAX_BYTES {
        return Err(ImportError::TooLong);
    }
    let text = text_of(bytes).ok_or(ImportError::Malformed)?;
    if text.trim_start().starts_with('{') { private_jwk(text, kid) } else { private_pem(text, kid) }
}

fn private_jwk(text: &str, kid: Option<Kid>) -> Result<AnySigningKey, ImportError> {
    let jwk: Jwk = serde_json::from_str(text).map_err(|_| ImportError::Malformed)?;
    let public = jwk.public_key(Operation::Sign)?;
    let secret = decode(&jwk.d).map_err(|_| ImportError::PublicKey)?;
    let key = match public.algorithm() {
        JwsAlgorithm::Rs256 => rsa_from_jwk(&jwk, &public, &secret, kid.or(jwk.kid()?))?,
        JwsAlgorithm::Es256 => {
            let scalar = (secret.len() == 32).then(|| SecretKey::from_slice(&secret).ok()).flatten();
            AnySigningKey::Curve(SigningKey::from_p256(&scalar.ok_or(KeyError::InvalidPrivateKey)?))
        }
        JwsAlgorithm::EdDsa => {
            let seed = <&[u8; 32]>::try_from(secret.as_slice()).map_err(|_| KeyError::InvalidPrivateKey)?;
            AnySigningKey::Curve(SigningKey::from_ed25519(ed25519_dalek::SigningKey::from_bytes(seed)))
        }
    };
    // A `d` that is not of the published `x` would sign what nobody can check.
    if key.public() == public { Ok(key) } else { Err(KeyError::InvalidPrivateKey.into()) }
}

fn decode(member: &Option<String>) -> Result<Zeroizing<Vec<u8>>, ImportError> {
    let text = member.as_deref().ok_or(ImportError::MissingMembers)?;
    base64::decode_url(text).map(Zeroizing::new).ok_or(ImportError::Malformed)
}

fn private_pem(text: &str, kid: Option<Kid>) -> Result<AnySigningKey, ImportError> {
    let blocks = pem::blocks(text).ok_or(ImportError::Malformed)?;
    // `openssl ecparam -genkey` writes the curve's name into a block of its own.
    let mut keys = blocks.iter().filter(|block| block.label != "EC PARAMETERS");
    let (Some(block), None) = (keys.next(), keys.next()) else {
        return Err(if blocks.is_empty() { ImportError::NoKey } else { ImportError::SeveralKeys });
    };
    match block.label {
        "PRIVATE KEY" => pkcs8(&block.der, kid),
        "EC PRIVATE KEY" => SecretKey::from_sec1_der(&block.der)
            .map(|key| AnySigningKey::Curve(SigningKey::from_p256(&key)))
            .map_err(|_| KeyError::InvalidPrivateKey.into()),
        "RSA PRIVATE KEY" => rsa_from_pkcs1(&block.der, kid),
        "ENCRYPTED PRIVATE KEY" => Err(ImportError::Encrypted),
        "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => Err(ImportError::PublicKey),
        _ => Err(ImportError::UnsupportedKind),
    }
}

fn pkcs8(der: &[u8], kid: Option<Kid>) -> Result<AnySigningKey, ImportError> {
    if let Ok(key) = SecretKey::from_pkcs8_der(der) {
        return Ok(AnySigningKey::Curve(SigningKey::from_p256(&key)));
    }
    if let Ok(key) = ed25519_dalek::SigningKey::from_pkcs8_der(der) {
        return Ok(AnySigningKey::Curve(SigningKey::from_ed25519(key)));
    }
    rsa_from_pkcs8(der, kid)
}

#[cfg(feature = "rs256-sign")]
use rsa_keys::{rsa_from_jwk, rsa_from_pkcs1, rsa_from_pkcs8};
#[cfg(not(feature = "rs256-sign"))]
use without_rsa::{rsa_from_jwk, rsa_from_pkcs1, rsa_from_pkcs8};

#[cfg(feature = "rs256-sign")]
mod rsa_keys {
    use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
    use mpp_core::Kid;

    use super::super::ImportError;
    use super::super::jwk::Jwk;
    use super::decode;
    use crate::keys::{AnySigningKey, AnyVerifyingKey, KeyError};
    use crate::rs256::SigningKey;

    pub(super) fn rsa_from_pkcs8(der: &[u8], kid: Option<Kid>) -> Result<AnySigningKey, ImportError> {
        from_pair(KeyPair::from_pkcs8(der), kid)
    }

    pub(super) fn rsa_from_pkcs1(der: &[u8], kid: Option<Kid>) -> Result<AnySigningKey, ImportError> {
        from_pair(KeyPair::from_der(der), kid)
    }

    /// The library checks that all numbers belong together; keys without the factors are not taken.
    pub(super) fn rsa_from_jwk(
        jwk: &Jwk,
        public: &AnyVerifyingKey,
        d: &[u8],
        kid: Option<Kid>,
    ) -> Result<AnySigningKey, ImportError> {
        let AnyVerifyingKey::Rsa(public) = public else { return Err(ImportError::UnsupportedKind) };
        let (n, e) = public.components();
        let [p, q, dp, dq, qi] = [&jwk.p, &jwk.q, &jwk.dp, &jwk.dq, &jwk.qi].map(decode);
        let (p, q, dp, dq, qi) = (p?, q?, dp?, dq?, qi?);
        let components = KeyPairComponents {
            public_key: PublicKeyComponents { n, e },
            d,
            p: p.as_slice(),
            q: q.as_slice(),
            dP: dp.as_slice(),
            dQ: dq.as_slice(),
            qInv: qi.as_slice(),
        };
        from_pair(KeyPair::from_components(&components), kid)
    }

    fn from_pair<E>(pair: Result<KeyPair, E>, kid: Option<Kid>) -> Result<AnySigningKey, ImportError> {
        let pair = pair.map_err(|_| KeyError::InvalidPrivateKey)?;
        Ok(AnySigningKey::Rsa(SigningKey::from_pair(pair, kid)?))
    }
}

/// Without the feature no RSA key signs.
#[cfg(not(feature = "rs256-sign"))]
mod without_rsa {
    use mpp_core::Kid;

    use super::super::ImportError;
    use super::super::jwk::Jwk;
    use crate::keys::{AnySigningKey, AnyVerifyingKey};

    pub(super) fn rsa_from_pkcs8(_: &[u8], _: Option<Kid>) -> Result<AnySigningKey, ImportError> {
        Err(ImportError::UnsupportedKind)
    }

    pub(super) fn rsa_from_pkcs1(_: &[u8], _: Option<Kid>) -> Result<AnySigningKey, ImportError> {
        Err(ImportError::UnsupportedKind)
    }

    pub(super) fn rsa_from_jwk(
        _: &Jwk,
        _: &AnyVerifyingKey,
        _: &[u8],
        _: Option<Kid>,
    ) -> Result<AnySigningKey, ImportError> {
        Err(ImportError::UnsupportedKind)
    }
}

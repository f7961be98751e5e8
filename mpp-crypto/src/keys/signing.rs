//! Our own signatures: ES256 (ECDSA over P-256 with SHA-256) and Ed25519. The key fixes the algorithm.

use std::fmt;

use mpp_core::{Entropy, Kid, OkpCurve, PublicJwk, draw};
use p256::ecdsa::signature::Signer;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use zeroize::Zeroizing;

use super::{KeyError, SignatureError, thumbprint};
use crate::primitives::{base64, ecdsa_p256, p256_keys};

/// The two algorithms our artefacts and receipts are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// ECDSA over P-256 with SHA-256, 64 bytes `r || s` (RFC 7518 §3.4).
    Es256,
    /// Ed25519 (RFC 8032).
    Ed25519,
}

/// The 64 bytes of an ES256 or Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The signature with these bytes, from where it was made.
    #[cfg(feature = "pkcs11")]
    pub(crate) const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The signature's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", base64::encode_url(&self.0))
    }
}

enum Secret {
    P256(Box<p256::ecdsa::SigningKey>),
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// A private key that signs what we issue. Wiped on drop, never cloned.
pub struct SigningKey {
    secret: Secret,
    public: VerifyingKey,
}

impl SigningKey {
    /// A fresh ES256 key.
    #[must_use]
    pub fn generate_p256(entropy: &dyn Entropy) -> Self {
        Self::from_p256(&p256_keys::generate_secret(entropy))
    }

    /// A fresh Ed25519 key.
    #[must_use]
    pub fn generate_ed25519(entropy: &dyn Entropy) -> Self {
        let seed = Zeroizing::new(draw::<32>(entropy));
        Self::from_ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// Reads a P-256 or Ed25519 key from PKCS#8 PEM.
    ///
    /// # Errors
    /// [`KeyError::InvalidPrivateKey`] when the text is anything else.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        p256::SecretKey::from_pkcs8_pem(pem)
            .map(|key| Self::from_p256(&key))
            .or_else(|_| ed25519_dalek::SigningKey::from_pkcs8_pem(pem).map(Self::from_ed25519))
            .map_err(|_| KeyError::InvalidPrivateKey)
    }

    /// The key as PKCS#8 PEM, for sealed storage only.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the form has no limit a key could exceed")]
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        match &self.secret {
            Secret::P256(key) => key.to_pkcs8_pem(LineEnding::LF),
            Secret::Ed25519(key) => without_public_half(key).to_pkcs8_pem(LineEnding::LF),
        }
        .expect("every key of these kinds has a PKCS#8 form")
    }

    /// The key of a big-endian scalar (ES256; `None` outside [1, n-1]) or of a seed (Ed25519).
    #[cfg(feature = "key-file")]
    pub(crate) fn from_secret(algorithm: SignatureAlgorithm, secret: &[u8; 32]) -> Option<Self> {
        match algorithm {
            SignatureAlgorithm::Es256 => {
                p256::SecretKey::from_slice(secret).ok().map(|key| Self::from_p256(&key))
            }
            SignatureAlgorithm::Ed25519 => {
                Some(Self::from_ed25519(ed25519_dalek::SigningKey::from_bytes(secret)))
            }
        }
    }

    /// The scalar or seed, for sealed storage only.
    #[cfg(feature = "key-file")]
    pub(crate) fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        match &self.secret {
            Secret::P256(key) => Zeroizing::new(key.to_bytes().into()),
            Secret::Ed25519(key) => Zeroizing::new(key.to_bytes()),
        }
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// The key's name: the RFC 7638 thumbprint of its public half.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        self.public.kid()
    }

    /// The algorithm the key signs with.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.public.algorithm()
    }

    /// Signs `message`; deterministic for both algorithms (RFC 6979, RFC 8032).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        match &self.secret {
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                Signature(signature.to_bytes().into())
            }
            Secret::Ed25519(key) => Signature(key.sign(message).to_bytes()),
        }
    }

    pub(crate) fn from_p256(key: &p256::SecretKey) -> Self {
        let secret = p256::ecdsa::SigningKey::from(key);
        let public = VerifyingKey::named(Public::P256(*secret.verifying_key()));
        Self { secret: Secret::P256(Box::new(secret)), public }
    }

    pub(crate) fn from_ed25519(key: ed25519_dalek::SigningKey) -> Self {
        let public = VerifyingKey::named(Public::Ed25519(key.verifying_key()));
        Self { secret: Secret::Ed25519(Box::new(key)), public }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid().as_str())
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

#[derive(Clone, PartialEq, Eq)]
enum Public {
    P256(p256::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// A public key that checks signatures.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    key: Public,
    kid: Kid,
}

impl VerifyingKey {
    /// Reads the key from its JWK.
    ///
    /// # Errors
    /// [`KeyError::InvalidPublicKey`] when it is neither P-256 nor Ed25519, or not a sound point of its curve.
    pub fn from_jwk(jwk: &PublicJwk) -> Result<Self, KeyError> {
        let key = match jwk {
            PublicJwk::Ec { .. } => p256_keys::from_jwk(jwk).map(|key| Public::P256((&key).into())),
            PublicJwk::Okp { crv: OkpCurve::Ed25519, x } => ed25519_from_text(x).map(Public::Ed25519),
            PublicJwk::Rsa { .. } => None,
        };
        key.map(Self::named).ok_or(KeyError::InvalidPublicKey)
    }

    /// The key as JWK.
    #[must_use]
    pub fn to_jwk(&self) -> PublicJwk {
        self.key.to_jwk()
    }

    /// The 32 bytes of an Ed25519 key (RFC 8032); `None` for a key of another kind.
    pub(crate) fn ed25519_bytes(&self) -> Option<[u8; 32]> {
        match &self.key {
            Public::P256(_) => None,
            Public::Ed25519(key) => Some(key.to_bytes()),
        }
    }

    /// The Ed25519 key of these bytes.
    pub(crate) fn from_ed25519_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        sound_ed25519(bytes).map(Public::Ed25519).map(Self::named).ok_or(KeyError::InvalidPublicKey)
    }

    /// The key's name: its RFC 7638 thumbprint.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The algorithm whose signatures the key checks.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        match self.key {
            Public::P256(_) => SignatureAlgorithm::Es256,
            Public::Ed25519(_) => SignatureAlgorithm::Ed25519,
        }
    }

    /// Checks a 64-byte signature over `message`.
    ///
    /// # Errors
    /// [`SignatureError`] when it does not stand, for whatever reason.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        match &self.key {
            Public::P256(key) => {
                if ecdsa_p256::verify(key, message, signature) {
                    Ok(())
                } else {
                    Err(SignatureError)
                }
            }
            Public::Ed25519(key) => {
                let signature =
                    ed25519_dalek::Signature::from_slice(signature).map_err(|_| SignatureError)?;
                key.verify_strict(message, &signature).map_err(|_| SignatureError)
            }
        }
    }

    fn named(key: Public) -> Self {
        Self { kid: thumbprint(&key.to_jwk()), key }
    }
}

impl Public {
    fn to_jwk(&self) -> PublicJwk {
        match self {
            Self::P256(key) => p256_keys::to_jwk(&key.into()),
            Self::Ed25519(key) => {
                PublicJwk::Okp { crv: OkpCurve::Ed25519, x: base64::encode_url(key.as_bytes()) }
            }
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("kid", &self.kid.as_str())
            .field("algorithm", &self.algorithm())
            .finish()
    }
}

/// PKCS#8 version 0, the seed alone: OpenSSL 3.0 and what is built on its reader refuse version 1.
fn without_public_half(key: &ed25519_dalek::SigningKey) -> ed25519_dalek::pkcs8::KeypairBytes {
    ed25519_dalek::pkcs8::KeypairBytes { secret_key: key.to_bytes(), public_key: None }
}

fn ed25519_from_text(x: &str) -> Option<ed25519_dalek::VerifyingKey> {
    sound_ed25519(&<[u8; 32]>::try_from(base64::decode_url(x)?).ok()?)
}

/// A key of small order would make one signature stand under every message: refused.
fn sound_ed25519(bytes: &[u8; 32]) -> Option<ed25519_dalek::VerifyingKey> {
    ed25519_dalek::VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak())
}

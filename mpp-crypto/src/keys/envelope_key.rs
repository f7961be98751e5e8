//! The partner's envelope key pair: the public half seals, the private half never leaves the client server.

use std::fmt;

use mpp_core::{Entropy, Kid, PublicJwk};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use zeroize::Zeroizing;

use super::{KeyError, thumbprint};
use crate::primitives::p256_keys;

/// The public half of an envelope key (P-256): everybody who has it can seal to its owner.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvelopePublicKey {
    key: p256::PublicKey,
    kid: Kid,
}

impl EnvelopePublicKey {
    /// Reads the key from its JWK.
    ///
    /// # Errors
    /// [`KeyError::InvalidPublicKey`] when it is not a P-256 key or not a point of the curve.
    pub fn from_jwk(jwk: &PublicJwk) -> Result<Self, KeyError> {
        p256_keys::from_jwk(jwk).map(Self::named).ok_or(KeyError::InvalidPublicKey)
    }

    /// The key as JWK.
    #[must_use]
    pub fn to_jwk(&self) -> PublicJwk {
        p256_keys::to_jwk(&self.key)
    }

    /// The key's name: its RFC 7638 thumbprint.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        &self.kid
    }

    pub(crate) const fn point(&self) -> &p256::PublicKey {
        &self.key
    }

    fn named(key: p256::PublicKey) -> Self {
        Self { kid: thumbprint(&p256_keys::to_jwk(&key)), key }
    }
}

impl fmt::Debug for EnvelopePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopePublicKey").field("kid", &self.kid.as_str()).finish()
    }
}

/// The private half of an envelope key (P-256): opens what was sealed to its owner. Wiped on drop, never cloned.
pub struct EnvelopePrivateKey {
    key: p256::SecretKey,
    public: EnvelopePublicKey,
}

impl EnvelopePrivateKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::with_public(p256_keys::generate(entropy))
    }

    /// Reads the key from PKCS#8 PEM.
    ///
    /// # Errors
    /// [`KeyError::InvalidPrivateKey`] when the text is anything else.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        p256::SecretKey::from_pkcs8_pem(pem).map(Self::with_public).map_err(|_| KeyError::InvalidPrivateKey)
    }

    /// The key as PKCS#8 PEM, for sealed storage only.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the form has no limit a key could exceed")]
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        self.key.to_pkcs8_pem(LineEnding::LF).expect("every P-256 key has a PKCS#8 form")
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &EnvelopePublicKey {
        &self.public
    }

    /// The key's name: the RFC 7638 thumbprint of its public half.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        self.public.kid()
    }

    pub(crate) const fn scalar(&self) -> &p256::SecretKey {
        &self.key
    }

    fn with_public(key: p256::SecretKey) -> Self {
        Self { public: EnvelopePublicKey::named(key.public_key()), key }
    }
}

impl fmt::Debug for EnvelopePrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopePrivateKey").field("kid", &self.kid().as_str()).finish_non_exhaustive()
    }
}

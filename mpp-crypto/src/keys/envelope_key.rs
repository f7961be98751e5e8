//! The partner's envelope key pair: the public half seals, the private half never leaves the client server.

use std::fmt;

use mpp_core::{Entropy, Kid, PublicJwk};
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use zeroize::Zeroizing;

use super::opening_keys::{AgreedSecret, EncapsulatedKey};
use super::{KeyError, thumbprint};
use crate::primitives::p256_keys;
use crate::primitives::providers::{ChosenP256, P256Agreement};

/// The public half of an envelope key (P-256): everybody who has it can seal to its owner.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvelopePublicKey {
    point: [u8; 65],
    kid: Kid,
}

impl EnvelopePublicKey {
    /// Reads the key from its JWK.
    ///
    /// # Errors
    /// [`KeyError::InvalidPublicKey`] when it is not a P-256 key or not a point of the curve.
    pub fn from_jwk(jwk: &PublicJwk) -> Result<Self, KeyError> {
        p256_keys::from_jwk(jwk).map(|key| Self::named(&key)).ok_or(KeyError::InvalidPublicKey)
    }

    /// The key as JWK.
    #[must_use]
    pub fn to_jwk(&self) -> PublicJwk {
        p256_keys::point_to_jwk(&self.point)
    }

    /// The key's name: its RFC 7638 thumbprint.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        &self.kid
    }

    /// `04 || x || y`, a point of the curve.
    pub(crate) const fn point(&self) -> &[u8; 65] {
        &self.point
    }

    fn named(key: &p256::PublicKey) -> Self {
        let point = p256_keys::to_uncompressed(key);
        Self { kid: thumbprint(&p256_keys::point_to_jwk(&point)), point }
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
    /// The same, as the chosen implementation wants it.
    ready: <ChosenP256 as P256Agreement>::Secret,
    public: EnvelopePublicKey,
}

impl EnvelopePrivateKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        loop {
            if let Some(key) = Self::with_public(p256_keys::generate_secret(entropy)) {
                return key;
            }
        }
    }

    /// Reads the key from PKCS#8 PEM.
    ///
    /// # Errors
    /// [`KeyError::InvalidPrivateKey`] when the text is anything else.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let key = p256::SecretKey::from_pkcs8_pem(pem).map_err(|_| KeyError::InvalidPrivateKey)?;
        Self::with_public(key).ok_or(KeyError::InvalidPrivateKey)
    }

    /// The key as PKCS#8 PEM, for sealed storage only.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the form has no limit a key could exceed")]
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        self.key.to_pkcs8_pem(LineEnding::LF).expect("every P-256 key has a PKCS#8 form")
    }

    /// The key of a big-endian scalar; `None` outside [1, n-1].
    #[cfg(feature = "key-file")]
    pub(crate) fn from_scalar(scalar: &[u8; 32]) -> Option<Self> {
        p256::SecretKey::from_slice(scalar).ok().and_then(Self::with_public)
    }

    /// The scalar, big-endian, for sealed storage only.
    #[cfg(feature = "key-file")]
    pub(crate) fn scalar(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes().into())
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

    /// The Diffie-Hellman secret with an encapsulated key.
    pub(crate) fn agree(&self, encapsulated: &EncapsulatedKey) -> Option<AgreedSecret> {
        ChosenP256::agree(&self.ready, encapsulated.as_bytes()).map(AgreedSecret::from_bytes)
    }

    /// `None` only when the chosen implementation fails.
    fn with_public(key: p256::SecretKey) -> Option<Self> {
        let scalar = Zeroizing::new(<[u8; 32]>::from(key.to_bytes()));
        let public = EnvelopePublicKey::named(&key.public_key());
        Some(Self { ready: ChosenP256::secret(&scalar)?, public, key })
    }
}

impl fmt::Debug for EnvelopePrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopePrivateKey").field("kid", &self.kid().as_str()).finish_non_exhaustive()
    }
}

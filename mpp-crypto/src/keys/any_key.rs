//! Keys of any kind this crate signs or checks with, for callers that are handed a key and not told which.

use std::fmt;

use mpp_core::{Kid, PublicJwk};

use super::{KeyError, SignatureAlgorithm, SignatureError, SigningKey, VerifyingKey, thumbprint};
use crate::rs256;

/// The signature algorithms of JOSE this crate knows (RFC 7518 §3.1, RFC 8037 §3.1). The key fixes the algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JwsAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl JwsAlgorithm {
    /// The name in a header's `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Whether a key whose `alg` is this text is meant for the algorithm; RFC 9864 gave `EdDSA` a second name.
    pub(crate) fn is_named(self, name: &str) -> bool {
        name == self.name() || (self == Self::EdDsa && name == "Ed25519")
    }
}

impl fmt::Display for JwsAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<SignatureAlgorithm> for JwsAlgorithm {
    fn from(algorithm: SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::Es256 => Self::Es256,
            SignatureAlgorithm::Ed25519 => Self::EdDsa,
        }
    }
}

/// A public key of any kind that checks signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyVerifyingKey {
    /// RSA, at least 2,048 bits.
    Rsa(rs256::VerifyingKey),
    /// P-256 or Ed25519.
    Curve(VerifyingKey),
}

impl AnyVerifyingKey {
    /// Reads the key from its JWK.
    ///
    /// # Errors
    /// [`KeyError`] when its numbers are no key, or the key is too weak or too large.
    pub fn from_jwk(jwk: &PublicJwk) -> Result<Self, KeyError> {
        match jwk {
            PublicJwk::Rsa { .. } => rs256::VerifyingKey::from_jwk(jwk).map(Self::Rsa),
            PublicJwk::Ec { .. } | PublicJwk::Okp { .. } => VerifyingKey::from_jwk(jwk).map(Self::Curve),
        }
    }

    /// The key as JWK.
    #[must_use]
    pub fn to_jwk(&self) -> PublicJwk {
        match self {
            Self::Rsa(key) => key.to_jwk(),
            Self::Curve(key) => key.to_jwk(),
        }
    }

    /// The RFC 7638 thumbprint of the key, its name where nobody published another.
    #[must_use]
    pub fn thumbprint(&self) -> Kid {
        thumbprint(&self.to_jwk())
    }

    /// The algorithm whose signatures the key checks.
    #[must_use]
    pub const fn algorithm(&self) -> JwsAlgorithm {
        match self {
            Self::Rsa(_) => JwsAlgorithm::Rs256,
            Self::Curve(key) => match key.algorithm() {
                SignatureAlgorithm::Es256 => JwsAlgorithm::Es256,
                SignatureAlgorithm::Ed25519 => JwsAlgorithm::EdDsa,
            },
        }
    }

    /// Checks a signature over `message`.
    ///
    /// # Errors
    /// [`SignatureError`] when it does not stand, for whatever reason.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        match self {
            Self::Rsa(key) => key.verify(message, signature),
            Self::Curve(key) => key.verify(message, signature),
        }
    }

    /// Checks a signature over the parts one after the other.
    pub(crate) fn verify_parts(&self, parts: &[&[u8]], signature: &[u8]) -> Result<(), SignatureError> {
        match self {
            Self::Rsa(key) => key.verify_parts(parts, signature),
            Self::Curve(key) => key.verify(&parts.concat(), signature),
        }
    }
}

impl From<rs256::VerifyingKey> for AnyVerifyingKey {
    fn from(key: rs256::VerifyingKey) -> Self {
        Self::Rsa(key)
    }
}

impl From<VerifyingKey> for AnyVerifyingKey {
    fn from(key: VerifyingKey) -> Self {
        Self::Curve(key)
    }
}

/// A private key of any kind that signs. Never cloned, wiped on drop.
#[derive(Debug)]
#[non_exhaustive]
pub enum AnySigningKey {
    /// RSA, with the feature `rs256-sign`.
    #[cfg(feature = "rs256-sign")]
    Rsa(rs256::SigningKey),
    /// P-256 or Ed25519.
    Curve(SigningKey),
}

impl AnySigningKey {
    /// The public half.
    #[must_use]
    pub fn public(&self) -> AnyVerifyingKey {
        match self {
            #[cfg(feature = "rs256-sign")]
            Self::Rsa(key) => AnyVerifyingKey::Rsa(key.public().clone()),
            Self::Curve(key) => AnyVerifyingKey::Curve(key.public().clone()),
        }
    }

    /// The name others know the key by: the one it was read with, else its RFC 7638 thumbprint.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        match self {
            #[cfg(feature = "rs256-sign")]
            Self::Rsa(key) => key.kid(),
            Self::Curve(key) => key.kid(),
        }
    }

    /// The algorithm the key signs with.
    #[must_use]
    pub fn algorithm(&self) -> JwsAlgorithm {
        self.public().algorithm()
    }

    /// Signs `message`.
    ///
    /// # Errors
    /// [`SignatureError`] when the library fails, which does not happen with a sound key.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        match self {
            #[cfg(feature = "rs256-sign")]
            Self::Rsa(key) => key.sign(message),
            Self::Curve(key) => Ok(key.sign(message).as_bytes().to_vec()),
        }
    }
}

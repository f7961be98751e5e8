//! What a ring says about a key: everything but the key.

use std::fmt;

use ed25519_dalek::pkcs8::EncodePublicKey;
use mpp_core::{Kid, PublicJwk, Timestamp};
use p256::pkcs8::LineEnding;

use crate::keys::{KeyError, SignatureAlgorithm};
use crate::primitives::{base64, p256_keys};

/// What a key is for. No key has two uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// Opening envelopes.
    Envelope,
    /// Signing what we issue.
    Signing,
}

impl KeyUse {
    /// The use as operators read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Envelope => "envelope",
            Self::Signing => "signing",
        }
    }
}

impl fmt::Display for KeyUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a key computes, which fixes its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// Diffie-Hellman over P-256, for envelopes.
    EcdhP256,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// Ed25519.
    Ed25519,
}

impl KeyAlgorithm {
    /// Every algorithm there is.
    pub const ALL: [Self; 3] = [Self::EcdhP256, Self::Es256, Self::Ed25519];

    /// The one use of such keys.
    #[must_use]
    pub const fn key_use(self) -> KeyUse {
        match self {
            Self::EcdhP256 => KeyUse::Envelope,
            Self::Es256 | Self::Ed25519 => KeyUse::Signing,
        }
    }

    /// The algorithm as operators read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EcdhP256 => "ECDH-P256",
            Self::Es256 => "ES256",
            Self::Ed25519 => "Ed25519",
        }
    }
}

impl From<SignatureAlgorithm> for KeyAlgorithm {
    fn from(algorithm: SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::Es256 => Self::Es256,
            SignatureAlgorithm::Ed25519 => Self::Ed25519,
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a key may do at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// The newest of its use: others seal to it, or it signs.
    Current,
    /// Still opens or verifies, nothing else.
    Older,
    /// Does nothing, but can be reinstated.
    Retired,
}

impl KeyState {
    /// The state as operators read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Older => "older",
            Self::Retired => "retired",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One key of a ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// Its name: the RFC 7638 thumbprint of its public half.
    pub kid: Kid,
    /// What it computes.
    pub algorithm: KeyAlgorithm,
    /// What it may do.
    pub state: KeyState,
    /// When it was made.
    pub created: Timestamp,
    /// Its public half.
    pub public: PublicJwk,
}

impl KeyEntry {
    /// The public half as `SubjectPublicKeyInfo` PEM (RFC 5480, RFC 8410), for programs that do not read JWK.
    ///
    /// # Errors
    /// [`KeyError::InvalidPublicKey`] when [`KeyEntry::public`] is not a key of this system; what a ring lists is.
    pub fn public_pem(&self) -> Result<String, KeyError> {
        let pem = match &self.public {
            jwk @ PublicJwk::Ec { .. } => {
                p256_keys::from_jwk(jwk).and_then(|key| key.to_public_key_pem(LineEnding::LF).ok())
            }
            PublicJwk::Okp { x, .. } => ed25519_pem(x),
            PublicJwk::Rsa { .. } => None,
        };
        pem.ok_or(KeyError::InvalidPublicKey)
    }
}

fn ed25519_pem(x: &str) -> Option<String> {
    let bytes = <[u8; 32]>::try_from(base64::decode_url(x)?).ok()?;
    ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok()?.to_public_key_pem(LineEnding::LF).ok()
}

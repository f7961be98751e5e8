//! Keys that live longer than one message: envelope keys and signing keys, named by RFC 7638 thumbprints.

mod any_key;
mod envelope_key;
mod key_ring;
mod opening_keys;
mod signing;
mod succession;
mod thumbprint;

use mpp_core::Persistence;

pub use any_key::{AnySigningKey, AnyVerifyingKey, JwsAlgorithm};
pub use envelope_key::{EnvelopePrivateKey, EnvelopePublicKey};
pub use key_ring::EnvelopeKeyRing;
pub use opening_keys::{AgreedSecret, EncapsulatedKey, OpeningKeys};
pub use signing::{Signature, SignatureAlgorithm, SigningKey, VerifyingKey};
pub use succession::{KEY_SUCCESSION_TYP, follow_successions, sign_succession};
pub use thumbprint::thumbprint;

pub use crate::key_ring::KeyRingError;

/// A key could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The private key text is not PKCS#8 of a kind this use takes.
    #[error("not a private key of the expected kind")]
    InvalidPrivateKey,
    /// The public key is of another kind, malformed, or not a point of its curve.
    #[error("not a public key of the expected kind")]
    InvalidPublicKey,
    /// The key is weaker than this system takes (RSA below 2,048 bits).
    #[error("the key is too weak")]
    TooWeak,
    /// The key is larger than this system works with (RSA above 8,192 bits).
    #[error("the key is too large")]
    TooLarge,
    /// The key could not be made or written.
    #[error("the key could not be produced")]
    Unproducible,
}

impl KeyError {
    /// Whether trying again can help: never with the same key.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::InvalidPrivateKey | Self::InvalidPublicKey | Self::TooWeak | Self::TooLarge => {
                Persistence::Permanent
            }
            Self::Unproducible => Persistence::Temporary,
        }
    }
}

/// A signature does not stand under these bytes with this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct SignatureError;

impl SignatureError {
    /// Whether trying again can help: never.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }
}

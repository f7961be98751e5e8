//! Private keys on their way into a ring file or out of it: for backups, which are the only reason to carry one.

use mpp_core::{Kid, Timestamp};

use super::KeyAlgorithm;
use crate::keys::{EnvelopePrivateKey, SigningKey};

/// A private key of either use. Never cloned, wiped on drop.
#[derive(Debug)]
#[non_exhaustive]
pub enum CarriedSecret {
    /// Opens what is sealed to its public half.
    Envelope(EnvelopePrivateKey),
    /// Signs.
    Signing(SigningKey),
}

impl CarriedSecret {
    /// The thumbprint of the public half, which is the key's name.
    #[must_use]
    pub const fn kid(&self) -> &Kid {
        match self {
            Self::Envelope(key) => key.kid(),
            Self::Signing(key) => key.kid(),
        }
    }

    /// What sort of key it is.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Envelope(_) => KeyAlgorithm::EcdhP256,
            Self::Signing(key) => key.algorithm().into(),
        }
    }
}

/// A private key with the time of its making.
#[derive(Debug)]
pub struct CarriedKey {
    /// The key.
    pub secret: CarriedSecret,
    /// When it was made.
    pub created: Timestamp,
}

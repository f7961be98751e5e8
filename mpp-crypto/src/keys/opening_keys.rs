//! The port through which envelopes are opened: private keys are used where they live.

use std::fmt;

use mpp_core::Kid;
use zeroize::Zeroizing;

use super::EnvelopePublicKey;
use crate::key_ring::KeyRingError;
use crate::primitives::p256_keys;

/// Keys that open envelopes: in memory, in a key-ring file, or in a hardware token that never gives them away.
///
/// The one private operation is a Diffie-Hellman agreement; everything after it happens outside. Calls may block for as
/// long as the holder of the keys takes: a token takes milliseconds.
pub trait OpeningKeys: fmt::Debug + Send + Sync {
    /// The public half of the key of this name.
    ///
    /// # Errors
    /// [`KeyRingError::UnknownKey`] when there is no such key, [`KeyRingError::Unavailable`] when its holder does not
    /// answer.
    fn envelope_key(&self, kid: &Kid) -> Result<EnvelopePublicKey, KeyRingError>;

    /// The Diffie-Hellman secret of the key of this name and a sender's ephemeral key.
    ///
    /// # Errors
    /// As [`OpeningKeys::envelope_key`].
    fn agree(&self, kid: &Kid, encapsulated: &EncapsulatedKey) -> Result<AgreedSecret, KeyRingError>;
}

/// A sender's ephemeral public key (HPKE's `enc`): a point of P-256, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncapsulatedKey([u8; 65]);

impl EncapsulatedKey {
    /// Reads `04 || x || y`; `None` when it is not a point of the curve.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 65]) -> Option<Self> {
        p256_keys::from_uncompressed(bytes).map(|_| Self(*bytes))
    }

    /// `04 || x || y`.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }
}

/// The x-coordinate of a Diffie-Hellman product, on its way from the holder of the key to the key schedule. Wiped on
/// drop, never cloned.
pub struct AgreedSecret(Zeroizing<[u8; 32]>);

impl AgreedSecret {
    /// The secret with these bytes, big-endian.
    #[must_use]
    pub const fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for AgreedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgreedSecret(..)")
    }
}

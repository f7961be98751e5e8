//! A list of envelope keys: the first is current, any opens.

use mpp_core::Kid;

use super::opening_keys::{AgreedSecret, EncapsulatedKey, OpeningKeys};
use super::{EnvelopePrivateKey, EnvelopePublicKey, KeyRingError};

/// The envelope keys of one client server, newest first. Callers name keys by [`Kid`]; key bytes stay here.
#[derive(Debug)]
pub struct EnvelopeKeyRing {
    current: EnvelopePrivateKey,
    older: Vec<EnvelopePrivateKey>,
}

impl EnvelopeKeyRing {
    /// A ring with one key.
    #[must_use]
    pub const fn new(current: EnvelopePrivateKey) -> Self {
        Self { current, older: Vec::new() }
    }

    /// The ring after a change of keys: `next` is current, all others still open.
    #[must_use]
    pub fn rotated(self, next: EnvelopePrivateKey) -> Self {
        let mut older = self.older;
        older.insert(0, self.current);
        Self { current: next, older }
    }

    /// The ring with one more key that only opens.
    #[must_use]
    pub fn with_older(mut self, key: EnvelopePrivateKey) -> Self {
        self.older.push(key);
        self
    }

    /// The key others should seal to.
    #[must_use]
    pub const fn current(&self) -> &EnvelopePrivateKey {
        &self.current
    }

    /// The key of this name.
    #[must_use]
    pub fn find(&self, kid: &Kid) -> Option<&EnvelopePrivateKey> {
        std::iter::once(&self.current).chain(&self.older).find(|key| key.kid() == kid)
    }
}

impl OpeningKeys for EnvelopeKeyRing {
    fn envelope_key(&self, kid: &Kid) -> Result<EnvelopePublicKey, KeyRingError> {
        self.find(kid)
            .map(|key| key.public().clone())
            .ok_or_else(|| KeyRingError::UnknownKey { kid: kid.clone() })
    }

    fn agree(&self, kid: &Kid, encapsulated: &EncapsulatedKey) -> Result<AgreedSecret, KeyRingError> {
        let key = self.find(kid).ok_or_else(|| KeyRingError::UnknownKey { kid: kid.clone() })?;
        key.agree(encapsulated)
            .ok_or_else(|| KeyRingError::Unavailable { reason: "the library failed".to_owned() })
    }
}

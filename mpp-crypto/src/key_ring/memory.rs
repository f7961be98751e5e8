//! A ring for tests, demonstrations and keys that need not outlive the process.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use mpp_core::{Entropy, Kid, Timestamp};

use super::key_list::{KeyList, PrivateKey};
use super::{KeyAlgorithm, KeyEntry, KeyRing, KeyRingError, OpeningKeys, SigningKeys};
use crate::keys::{AgreedSecret, EncapsulatedKey, EnvelopePublicKey, Signature, VerifyingKey};

/// Keys in memory; gone with the process.
pub struct MemoryKeyRing {
    keys: RwLock<KeyList>,
    entropy: Arc<dyn Entropy>,
}

impl MemoryKeyRing {
    /// A ring without keys, which draws new ones from `entropy`.
    #[must_use]
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self { keys: RwLock::new(KeyList::default()), entropy }
    }

    // Every change of the list is complete before it can panic, so a poisoned lock guards a sound list.
    fn read(&self) -> RwLockReadGuard<'_, KeyList> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, KeyList> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpeningKeys for MemoryKeyRing {
    fn envelope_key(&self, kid: &Kid) -> Result<EnvelopePublicKey, KeyRingError> {
        self.read().envelope_key(kid)
    }

    fn agree(&self, kid: &Kid, encapsulated: &EncapsulatedKey) -> Result<AgreedSecret, KeyRingError> {
        self.read().agree(kid, encapsulated)
    }
}

impl SigningKeys for MemoryKeyRing {
    fn verifying_key(&self, kid: &Kid) -> Result<VerifyingKey, KeyRingError> {
        self.read().verifying_key(kid)
    }

    fn sign(&self, kid: &Kid, message: &[u8]) -> Result<Signature, KeyRingError> {
        self.read().sign(kid, message)
    }
}

impl KeyRing for MemoryKeyRing {
    fn supports(&self, _algorithm: KeyAlgorithm) -> bool {
        true
    }

    fn entries(&self) -> Result<Vec<KeyEntry>, KeyRingError> {
        Ok(self.read().entries())
    }

    fn generate(&self, algorithm: KeyAlgorithm, created: Timestamp) -> Result<KeyEntry, KeyRingError> {
        let private = PrivateKey::generate(algorithm, self.entropy.as_ref());
        self.write().add(private, created)
    }

    fn retire(&self, kid: &Kid) -> Result<(), KeyRingError> {
        self.write().retire(kid)
    }

    fn reinstate(&self, kid: &Kid) -> Result<(), KeyRingError> {
        self.write().reinstate(kid)
    }

    fn destroy(&self, kid: &Kid) -> Result<(), KeyRingError> {
        self.write().destroy(kid)
    }
}

impl fmt::Debug for MemoryKeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryKeyRing").field("keys", &self.read().keys().len()).finish_non_exhaustive()
    }
}

//! The keys of a ring whose private halves are in this process: the list, and the rules of its states.

use mpp_core::{Entropy, Kid, Timestamp};

#[cfg(feature = "key-file")]
use super::{CarriedKey, CarriedSecret};
use super::{KeyAlgorithm, KeyEntry, KeyRingError, KeyState, KeyUse};
use crate::keys::{
    AgreedSecret, EncapsulatedKey, EnvelopePrivateKey, EnvelopePublicKey, Signature, SigningKey, VerifyingKey,
};

/// As many keys as a ring keeps: a hundred years of a new key every month.
pub(super) const MAX_KEYS: usize = 1_024;

/// A private key of either use.
#[derive(Debug)]
pub(super) enum PrivateKey {
    Envelope(EnvelopePrivateKey),
    Signing(SigningKey),
}

impl PrivateKey {
    pub(super) fn generate(algorithm: KeyAlgorithm, entropy: &dyn Entropy) -> Self {
        match algorithm {
            KeyAlgorithm::EcdhP256 => Self::Envelope(EnvelopePrivateKey::generate(entropy)),
            KeyAlgorithm::Es256 => Self::Signing(SigningKey::generate_p256(entropy)),
            KeyAlgorithm::Ed25519 => Self::Signing(SigningKey::generate_ed25519(entropy)),
        }
    }

    pub(super) const fn kid(&self) -> &Kid {
        match self {
            Self::Envelope(key) => key.kid(),
            Self::Signing(key) => key.kid(),
        }
    }

    pub(super) fn algorithm(&self) -> KeyAlgorithm {
        match self {
            Self::Envelope(_) => KeyAlgorithm::EcdhP256,
            Self::Signing(key) => key.algorithm().into(),
        }
    }

    /// The same key once more, to be carried out of the ring.
    #[cfg(feature = "key-file")]
    fn carried(&self) -> Option<CarriedSecret> {
        Some(match self {
            Self::Envelope(key) => CarriedSecret::Envelope(EnvelopePrivateKey::from_scalar(&key.scalar())?),
            Self::Signing(key) => {
                CarriedSecret::Signing(SigningKey::from_secret(key.algorithm(), &key.secret_bytes())?)
            }
        })
    }
}

#[cfg(feature = "key-file")]
impl From<CarriedKey> for HeldKey {
    fn from(CarriedKey { secret, created }: CarriedKey) -> Self {
        let private = match secret {
            CarriedSecret::Envelope(key) => PrivateKey::Envelope(key),
            CarriedSecret::Signing(key) => PrivateKey::Signing(key),
        };
        Self { private, created, retired: false }
    }
}

/// A key and what is known about it.
#[derive(Debug)]
pub(super) struct HeldKey {
    pub(super) private: PrivateKey,
    pub(super) created: Timestamp,
    pub(super) retired: bool,
}

impl HeldKey {
    fn key_use(&self) -> KeyUse {
        self.private.algorithm().key_use()
    }
}

/// Keys, newest first. The first of a use is its current key and never retired.
#[derive(Debug, Default)]
pub(super) struct KeyList(Vec<HeldKey>);

impl KeyList {
    /// The list of these keys, from where they were kept; `None` when there are too many, two of one name, or a first of its use is retired.
    #[cfg(feature = "key-file")]
    pub(super) fn from_keys(keys: Vec<HeldKey>) -> Option<Self> {
        let list = Self(keys);
        let sound = list.0.len() <= MAX_KEYS
            && list.0.iter().enumerate().all(|(index, key)| {
                let earlier = list.0.iter().take(index);
                let twice = earlier.clone().any(|other| other.private.kid() == key.private.kid());
                let first = !earlier.clone().any(|other| other.key_use() == key.key_use());
                !(twice || first && key.retired)
            });
        sound.then_some(list)
    }

    pub(super) fn keys(&self) -> &[HeldKey] {
        &self.0
    }

    /// All keys once more, newest first, to be carried out of the ring.
    #[cfg(feature = "key-file")]
    pub(super) fn carried(&self) -> Result<Vec<CarriedKey>, KeyRingError> {
        let carried = |key: &HeldKey| {
            let secret = key.private.carried();
            let secret = secret
                .ok_or_else(|| KeyRingError::Unavailable { reason: "a key cannot be carried".to_owned() })?;
            Ok(CarriedKey { secret, created: key.created })
        };
        self.0.iter().map(carried).collect()
    }

    pub(super) fn entries(&self) -> Vec<KeyEntry> {
        self.0.iter().map(|key| self.entry(key)).collect()
    }

    pub(super) fn envelope_key(&self, kid: &Kid) -> Result<EnvelopePublicKey, KeyRingError> {
        Ok(self.opening(kid)?.public().clone())
    }

    pub(super) fn agree(
        &self,
        kid: &Kid,
        encapsulated: &EncapsulatedKey,
    ) -> Result<AgreedSecret, KeyRingError> {
        let agreed = self.opening(kid)?.agree(encapsulated);
        agreed.ok_or_else(|| KeyRingError::Unavailable { reason: "the library failed".to_owned() })
    }

    pub(super) fn verifying_key(&self, kid: &Kid) -> Result<VerifyingKey, KeyRingError> {
        Ok(self.signing(kid)?.1.public().clone())
    }

    pub(super) fn sign(&self, kid: &Kid, message: &[u8]) -> Result<Signature, KeyRingError> {
        match self.signing(kid)? {
            (KeyState::Current, key) => Ok(key.sign(message)),
            (KeyState::Older | KeyState::Retired, _) => Err(KeyRingError::NotCurrent { kid: kid.clone() }),
        }
    }

    pub(super) fn add(&mut self, private: PrivateKey, created: Timestamp) -> Result<KeyEntry, KeyRingError> {
        if self.0.len() >= MAX_KEYS {
            return Err(KeyRingError::Full);
        }
        let kid = private.kid().clone();
        self.0.insert(0, HeldKey { private, created, retired: false });
        Ok(self.entry(self.find(&kid)?))
    }

    pub(super) fn retire(&mut self, kid: &Kid) -> Result<(), KeyRingError> {
        match self.state(self.find(kid)?) {
            KeyState::Current => Err(KeyRingError::StillCurrent { kid: kid.clone() }),
            KeyState::Older | KeyState::Retired => self.mark(kid, true),
        }
    }

    pub(super) fn reinstate(&mut self, kid: &Kid) -> Result<(), KeyRingError> {
        self.must_be_retired(kid)?;
        self.mark(kid, false)
    }

    pub(super) fn destroy(&mut self, kid: &Kid) -> Result<(), KeyRingError> {
        self.must_be_retired(kid)?;
        self.0.retain(|key| key.private.kid() != kid);
        Ok(())
    }

    fn find(&self, kid: &Kid) -> Result<&HeldKey, KeyRingError> {
        let found = self.0.iter().find(|key| key.private.kid() == kid);
        found.ok_or_else(|| KeyRingError::UnknownKey { kid: kid.clone() })
    }

    /// The key of this name that is not retired, with its state.
    fn usable(&self, kid: &Kid) -> Result<(KeyState, &PrivateKey), KeyRingError> {
        let key = self.find(kid)?;
        match self.state(key) {
            KeyState::Retired => Err(KeyRingError::Retired { kid: kid.clone() }),
            state @ (KeyState::Current | KeyState::Older) => Ok((state, &key.private)),
        }
    }

    fn opening(&self, kid: &Kid) -> Result<&EnvelopePrivateKey, KeyRingError> {
        match self.usable(kid)? {
            (_, PrivateKey::Envelope(key)) => Ok(key),
            (_, PrivateKey::Signing(_)) => Err(KeyRingError::UnknownKey { kid: kid.clone() }),
        }
    }

    fn signing(&self, kid: &Kid) -> Result<(KeyState, &SigningKey), KeyRingError> {
        match self.usable(kid)? {
            (state, PrivateKey::Signing(key)) => Ok((state, key)),
            (_, PrivateKey::Envelope(_)) => Err(KeyRingError::UnknownKey { kid: kid.clone() }),
        }
    }

    fn state(&self, key: &HeldKey) -> KeyState {
        let first = self.0.iter().find(|other| other.key_use() == key.key_use());
        if key.retired {
            KeyState::Retired
        } else if first.is_some_and(|first| first.private.kid() == key.private.kid()) {
            KeyState::Current
        } else {
            KeyState::Older
        }
    }

    fn entry(&self, key: &HeldKey) -> KeyEntry {
        let public = match &key.private {
            PrivateKey::Envelope(key) => key.public().to_jwk(),
            PrivateKey::Signing(key) => key.public().to_jwk(),
        };
        let (kid, algorithm) = (key.private.kid().clone(), key.private.algorithm());
        KeyEntry { kid, algorithm, state: self.state(key), created: key.created, public }
    }

    fn must_be_retired(&self, kid: &Kid) -> Result<(), KeyRingError> {
        if self.find(kid)?.retired { Ok(()) } else { Err(KeyRingError::NotRetired { kid: kid.clone() }) }
    }

    fn mark(&mut self, kid: &Kid, retired: bool) -> Result<(), KeyRingError> {
        let found = self.0.iter_mut().find(|key| key.private.kid() == kid);
        let key = found.ok_or_else(|| KeyRingError::UnknownKey { kid: kid.clone() })?;
        key.retired = retired;
        Ok(())
    }
}

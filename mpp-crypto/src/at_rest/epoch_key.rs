//! The long-lived keys outside the database.

use std::fmt;

use mpp_core::Entropy;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::AtRestError;
use crate::primitives::kdf;
use crate::primitives::stack::WipedStack;

/// Bytes of an [`EpochKeyId`].
pub(super) const ID_LEN: usize = 8;

/// The public name of an epoch key: derived from the key, so that a renamed key file cannot confuse anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EpochKeyId([u8; ID_LEN]);

impl EpochKeyId {
    pub(super) const fn from_bytes(bytes: [u8; ID_LEN]) -> Self {
        Self(bytes)
    }

    /// The name's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; ID_LEN] {
        &self.0
    }
}

impl fmt::Display for EpochKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// A key of one epoch (a month, say): seals fields and wraps item keys. Wiped on drop, never cloned.
pub struct EpochKey {
    /// Never moved in memory: a move would leave a copy behind.
    secret: Box<Zeroizing<[u8; 32]>>,
    id: EpochKeyId,
}

impl EpochKey {
    /// A fresh key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut secret = Box::new(Zeroizing::new([0; 32]));
        entropy.fill(secret.as_mut_slice());
        Self::from_boxed(secret)
    }

    /// The key with these bytes, from its file.
    #[must_use]
    pub fn from_bytes(secret: Zeroizing<[u8; 32]>) -> Self {
        Self::from_boxed(Box::new(secret))
    }

    /// The key with these bytes, which stay where they are.
    #[must_use]
    pub fn from_boxed(secret: Box<Zeroizing<[u8; 32]>>) -> Self {
        let _wiped = WipedStack;
        let id = kdf::derive::<ID_LEN>(secret.as_slice(), b"mpp epoch key v1", &[b"id"]);
        Self { secret, id: EpochKeyId(*id) }
    }

    /// The key's bytes, for its file only.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::clone(&self.secret)
    }

    /// The key's public name.
    #[must_use]
    pub const fn id(&self) -> EpochKeyId {
        self.id
    }

    pub(super) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }
}

impl fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EpochKey({}, ..)", self.id)
    }
}

/// All epoch keys that are loaded: the first seals, any opens.
#[derive(Debug)]
pub struct EpochKeys {
    current: EpochKey,
    older: Vec<EpochKey>,
}

impl EpochKeys {
    /// The keys with `current` sealing and `older` still opening.
    #[must_use]
    pub const fn new(current: EpochKey, older: Vec<EpochKey>) -> Self {
        Self { current, older }
    }

    /// The key that seals.
    #[must_use]
    pub const fn current(&self) -> &EpochKey {
        &self.current
    }

    /// The names of the keys that open but seal no more.
    pub fn older(&self) -> impl Iterator<Item = EpochKeyId> {
        self.older.iter().map(EpochKey::id)
    }

    /// The key of this name.
    ///
    /// # Errors
    /// [`AtRestError::UnknownEpoch`] when it is not loaded.
    pub fn find(&self, id: EpochKeyId) -> Result<&EpochKey, AtRestError> {
        let mut keys = std::iter::once(&self.current).chain(&self.older);
        keys.find(|key| key.id == id).ok_or(AtRestError::UnknownEpoch { epoch: id })
    }
}

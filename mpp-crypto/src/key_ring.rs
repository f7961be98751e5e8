//! Keys that stay where they live: the port through which a server uses, lists, rotates and gives up its own keys.
//!
//! Callers hold names ([`mpp_core::Kid`]); private halves stay in memory ([`MemoryKeyRing`]), in a file under a password
//! (`FileKeyRing`, feature `key-file`) or in a token that never gives them away (`TokenKeyRing`, feature `pkcs11`).
//!
//! The port is split by caller: whoever opens envelopes takes [`OpeningKeys`], whoever signs takes [`SigningKeys`], and
//! only wiring and the operator's command see a whole [`KeyRing`]. Calls are synchronous on purpose: a call is one
//! private operation, microseconds in memory and milliseconds in a token. A caller in an async runtime whose ring is a
//! slow token moves the call to a blocking thread.
//!
//! # States of a key
//!
//! Keys rotate by list: the newest key of a use is [`KeyState::Current`], it is the one others seal to and the only one
//! that signs; every [`KeyState::Older`] key still opens and verifies.
//!
//! | state | generate a successor | retire | reinstate | destroy |
//! | --- | --- | --- | --- | --- |
//! | current | older | refused | refused | refused |
//! | older | older | retired | refused | refused |
//! | retired | retired | retired | older | gone |
//!
//! A retired key is kept and does nothing: it neither opens nor verifies until it is reinstated, so that a key given up
//! too early can be brought back. Destroying is for ever, also for what is still sealed to the key, and therefore takes
//! two steps. The current key cannot be retired: its successor comes first, so that a server is never without a key and
//! no older one comes back into service unseen.
//!
//! # Adding a ring
//!
//! 1. Implement [`OpeningKeys`], [`SigningKeys`] and [`KeyRing`]; say what cannot be done in [`KeyRing::supports`].
//! 2. Run the suite: `key_ring_suite!` in `tests/support/key_ring_suite.rs`, all of it.
//! 3. Give it a feature of its own and a row in `docs/cli.md` when operators can choose it.

mod carried;
mod entry;
mod error;
#[cfg(feature = "key-file")]
mod file;
mod key_list;
mod memory;
#[cfg(feature = "pkcs11")]
mod token;

use std::fmt;

use mpp_core::{Kid, Timestamp};

pub use carried::{CarriedKey, CarriedSecret};
pub use entry::{KeyAlgorithm, KeyEntry, KeyState, KeyUse};
pub use error::KeyRingError;
#[cfg(feature = "key-file")]
pub use file::{FileKeyRing, InspectedRing, Password, PasswordCost, RingId, inspect_file};
pub use memory::MemoryKeyRing;
#[cfg(feature = "pkcs11")]
pub use token::{Pin, TokenKeyRing};

pub use crate::keys::OpeningKeys;
use crate::keys::{EnvelopePublicKey, Signature, VerifyingKey};

/// Keys that sign what this server issues.
pub trait SigningKeys: fmt::Debug + Send + Sync {
    /// The public half of the signing key of this name.
    ///
    /// # Errors
    /// [`KeyRingError::UnknownKey`] when there is no such signing key, [`KeyRingError::Retired`] when it is out of use,
    /// and what the ring's holder says.
    fn verifying_key(&self, kid: &Kid) -> Result<VerifyingKey, KeyRingError>;

    /// Signs `message` with the current signing key, which the caller names so that a change of keys between two calls
    /// cannot go unseen.
    ///
    /// # Errors
    /// As [`SigningKeys::verifying_key`], and [`KeyRingError::NotCurrent`] for an older key.
    fn sign(&self, kid: &Kid, message: &[u8]) -> Result<Signature, KeyRingError>;
}

/// A whole key ring, for wiring and for the operator.
///
/// Every change is done or not done when the call returns, also for other users of the same file or token. Entries are
/// listed newest first. See the [module](self) for what the states mean.
pub trait KeyRing: OpeningKeys + SigningKeys {
    /// Whether the ring can hold keys of this algorithm; [`KeyRing::generate`] refuses all others.
    fn supports(&self, algorithm: KeyAlgorithm) -> bool;

    /// All keys, newest first.
    ///
    /// # Errors
    /// What the ring's holder says.
    fn entries(&self) -> Result<Vec<KeyEntry>, KeyRingError>;

    /// Makes a key, current from now on for the use its algorithm has.
    ///
    /// # Errors
    /// [`KeyRingError::Unsupported`] when the ring cannot hold such keys, [`KeyRingError::Full`] when there are too many,
    /// and what the ring's holder says.
    fn generate(&self, algorithm: KeyAlgorithm, created: Timestamp) -> Result<KeyEntry, KeyRingError>;

    /// Puts an older key out of use. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`KeyRingError::UnknownKey`]; [`KeyRingError::StillCurrent`] when it has no successor.
    fn retire(&self, kid: &Kid) -> Result<(), KeyRingError>;

    /// Lets a retired key open or verify again.
    ///
    /// # Errors
    /// [`KeyRingError::UnknownKey`]; [`KeyRingError::NotRetired`].
    fn reinstate(&self, kid: &Kid) -> Result<(), KeyRingError>;

    /// Deletes a retired key for ever.
    ///
    /// # Errors
    /// [`KeyRingError::UnknownKey`]; [`KeyRingError::NotRetired`] for a key that is still in use.
    fn destroy(&self, kid: &Kid) -> Result<(), KeyRingError>;
}

/// What every ring can do besides.
pub trait KeyRingExt: KeyRing {
    /// The entry of this name.
    ///
    /// # Errors
    /// [`KeyRingError::UnknownKey`], and as [`KeyRing::entries`].
    fn entry(&self, kid: &Kid) -> Result<KeyEntry, KeyRingError> {
        let found = self.entries()?.into_iter().find(|entry| entry.kid == *kid);
        found.ok_or_else(|| KeyRingError::UnknownKey { kid: kid.clone() })
    }

    /// The current key of a use.
    ///
    /// # Errors
    /// [`KeyRingError::NoKey`] when none was generated yet, and as [`KeyRing::entries`].
    fn current(&self, key_use: KeyUse) -> Result<KeyEntry, KeyRingError> {
        let is_current =
            |entry: &KeyEntry| entry.state == KeyState::Current && entry.algorithm.key_use() == key_use;
        self.entries()?.into_iter().find(is_current).ok_or(KeyRingError::NoKey { key_use })
    }

    /// The key others should seal to.
    ///
    /// # Errors
    /// As [`KeyRingExt::current`].
    fn current_envelope_key(&self) -> Result<EnvelopePublicKey, KeyRingError> {
        self.envelope_key(&self.current(KeyUse::Envelope)?.kid)
    }

    /// Signs with the current signing key and says which it was.
    ///
    /// # Errors
    /// As [`KeyRingExt::current`] and [`SigningKeys::sign`].
    fn sign_with_current(&self, message: &[u8]) -> Result<(Kid, Signature), KeyRingError> {
        let kid = self.current(KeyUse::Signing)?.kid;
        let signature = self.sign(&kid, message)?;
        Ok((kid, signature))
    }
}

impl<R: KeyRing + ?Sized> KeyRingExt for R {}

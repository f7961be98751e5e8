//! The side that asked for the information.

use std::fmt;

use mpp_core::Timestamp;

use super::material::{OurKeyMaterial, PeerKeyMaterial};
use super::session::Session;
use super::{RebitError, expiry};
use crate::Plaintext;
use crate::primitives::base64;
use crate::primitives::providers::ChosenAead;

/// Opens one account's `encryptedFI`. For several accounts under one peer's key material, a [`Receiver`] agrees once.
///
/// # Errors
/// [`RebitError::Authentication`] when the text does not open; otherwise the input that is unusable.
pub fn open(
    our: &OurKeyMaterial,
    peer: &PeerKeyMaterial,
    encrypted: &str,
    now: Timestamp,
) -> Result<Plaintext, RebitError> {
    Receiver::new(our, peer, now)?.open(encrypted, now)
}

/// [`open`] within the text's own memory: see [`Receiver::open_in_place`].
///
/// # Errors
/// As [`open`].
pub fn open_in_place(
    our: &OurKeyMaterial,
    peer: &PeerKeyMaterial,
    encrypted: Vec<u8>,
    now: Timestamp,
) -> Result<Plaintext, RebitError> {
    Receiver::new(our, peer, now)?.open_in_place(encrypted, now)
}

/// Opens every account that came under one peer's key material: agreed once, wiped on drop.
///
/// The scheme as deployed seals all of them with the same key and nonce (rahasya.md §5.3). A reader has to accept
/// that; a [`super::Sender`] does not do it.
pub struct Receiver {
    session: Session,
    expiry: Timestamp,
}

impl Receiver {
    /// Agrees with the peer.
    ///
    /// # Errors
    /// [`RebitError::KeyExpired`] when the peer's key has expired, [`RebitError::InvalidPublicKey`] when the flavours
    /// differ, [`RebitError::LowOrderPoint`].
    pub fn new(our: &OurKeyMaterial, peer: &PeerKeyMaterial, now: Timestamp) -> Result<Self, RebitError> {
        expiry::check(peer.expiry, now)?;
        Ok(Self { session: Session::agree(our, peer)?, expiry: peer.expiry })
    }

    /// Opens one account's `encryptedFI`.
    ///
    /// # Errors
    /// [`RebitError::Authentication`] when the text does not open, [`RebitError::InvalidEncoding`] and
    /// [`RebitError::CiphertextTooShort`] when it cannot have been sealed by anybody, [`RebitError::KeyExpired`].
    pub fn open(&self, encrypted: &str, now: Timestamp) -> Result<Plaintext, RebitError> {
        expiry::check(self.expiry, now)?;
        let decoded = base64::decode_standard(encrypted).ok_or(RebitError::InvalidEncoding)?;
        self.session.open_decoded::<ChosenAead>(decoded).map(Plaintext::from)
    }

    /// Opens one account's `encryptedFI` within its own memory, for large ones: the base64 is decoded and decrypted where
    /// it lies, and the plaintext stays there. Given up entirely when it does not open.
    ///
    /// # Errors
    /// As [`Receiver::open`].
    pub fn open_in_place(&self, encrypted: Vec<u8>, now: Timestamp) -> Result<Plaintext, RebitError> {
        expiry::check(self.expiry, now)?;
        self.session.open::<ChosenAead>(encrypted).map(Plaintext::from)
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("expiry", &self.expiry).finish_non_exhaustive()
    }
}

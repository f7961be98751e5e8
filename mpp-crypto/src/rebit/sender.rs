//! The side that gives the information.

use std::fmt;

use mpp_core::Timestamp;
use zeroize::Zeroize;

use super::form::KeyMaterialForm;
use super::material::{OurKeyMaterial, PeerKeyMaterial};
use super::session::Session;
use super::{RebitError, expiry};
use crate::primitives::providers::{COPIED_AT_ONCE, ChosenAead};

/// Seals exactly one text to one peer: sealing uses it up, and the key material in it.
pub struct Sender {
    our: OurKeyMaterial,
    session: Session,
}

impl Sender {
    /// Prepares to seal to `peer` with fresh key material of the peer's flavour.
    ///
    /// # Errors
    /// [`RebitError::KeyExpired`] when the peer's key has expired, [`RebitError::InvalidPublicKey`] when the flavours
    /// differ.
    pub fn new(our: OurKeyMaterial, peer: &PeerKeyMaterial, now: Timestamp) -> Result<Self, RebitError> {
        expiry::check(peer.expiry, now)?;
        let session = Session::agree(&our, peer)?;
        Ok(Self { our, session })
    }

    /// Seals `plaintext`: the UTF-8 text of the financial information itself, not base64 of it.
    ///
    /// # Errors
    /// [`RebitError::Authentication`] when the text is longer than AES-GCM takes (64 GiB).
    pub fn seal(self, plaintext: &[u8]) -> Result<SealedInformation, RebitError> {
        let mut copy = Vec::with_capacity(plaintext.len());
        for piece in plaintext.chunks(COPIED_AT_ONCE) {
            copy.extend_from_slice(piece);
        }
        self.seal_in_place(copy)
    }

    /// Seals `plaintext` within its own memory, for large texts: nothing of the plaintext is left afterwards.
    ///
    /// # Errors
    /// As [`Sender::seal`].
    pub fn seal_in_place(self, mut plaintext: Vec<u8>) -> Result<SealedInformation, RebitError> {
        match self.session.seal::<ChosenAead>(&mut plaintext) {
            Ok(encrypted) => Ok(SealedInformation { encrypted, key_material: self.our.public_form() }),
            Err(refusal) => {
                plaintext.zeroize();
                Err(refusal)
            }
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("our", &self.our).finish_non_exhaustive()
    }
}

/// A sealed text and what the receiver needs beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedInformation {
    /// `encryptedFI`: standard base64 of ciphertext and tag.
    pub encrypted: String,
    /// The sender's `KeyMaterial`.
    pub key_material: KeyMaterialForm,
}

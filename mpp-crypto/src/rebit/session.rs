//! From the two key materials to plaintext and back (rahasya.md §5).

use std::fmt;

use mpp_core::Timestamp;
use zeroize::Zeroizing;

use super::form::KeyMaterialForm;
use super::material::{NONCE_LEN, OurKeyMaterial, PeerKeyMaterial};
use super::{RebitError, expiry};
use crate::primitives::aead::{self, AeadKey};
use crate::primitives::{base64, kdf};

/// Opens one account's `encryptedFI`. Several accounts under one peer's key material are all opened with the same
/// pair: the scheme as deployed repeats key and nonce there, and a reader has to accept it.
///
/// # Errors
/// [`RebitError::Authentication`] when the text does not open; otherwise the input that is unusable.
pub fn open(
    our: &OurKeyMaterial,
    peer: &PeerKeyMaterial,
    encrypted: &str,
    now: Timestamp,
) -> Result<Zeroizing<Vec<u8>>, RebitError> {
    expiry::check(peer.expiry, now)?;
    let session = Session::agree(our, peer)?;
    let mut buffer = Zeroizing::new(base64::decode_standard(encrypted).ok_or(RebitError::InvalidEncoding)?);
    if buffer.len() < aead::TAG_LEN {
        return Err(RebitError::CiphertextTooShort);
    }
    <AeadKey>::new(&session.key)
        .open(&session.iv, &[], &mut buffer)
        .map_err(|_| RebitError::Authentication)?;
    Ok(buffer)
}

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
        let mut buffer = Vec::with_capacity(plaintext.len().saturating_add(aead::TAG_LEN));
        buffer.extend_from_slice(plaintext);
        <AeadKey>::new(&self.session.key)
            .seal(&self.session.iv, &[], &mut buffer)
            .map_err(|_| RebitError::Authentication)?;
        Ok(SealedInformation {
            encrypted: base64::encode_standard(&buffer),
            key_material: self.our.public_form(),
        })
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

/// Key and nonce of one exchange; the same on both sides.
pub(super) struct Session {
    pub(super) key: Zeroizing<[u8; 32]>,
    pub(super) iv: [u8; aead::NONCE_LEN],
}

impl Session {
    /// `X = N_own XOR N_peer`, `K = HKDF-SHA256(Z, salt = X[0..20], info empty)`, `IV = X[20..32]`.
    pub(super) fn agree(our: &OurKeyMaterial, peer: &PeerKeyMaterial) -> Result<Self, RebitError> {
        let shared = our.key.agree(&peer.key)?;
        let mut mixed = [0; NONCE_LEN];
        for (byte, (own, other)) in mixed.iter_mut().zip(our.nonce.iter().zip(&peer.nonce)) {
            *byte = own ^ other;
        }
        let (salt, iv) = mixed.split_last_chunk().ok_or(RebitError::InvalidNonce)?;
        Ok(Self { key: kdf::derive(shared.as_slice(), salt, &[]), iv: *iv })
    }
}

//! Key and nonce of one exchange, from the two key materials (rahasya.md §5).

use zeroize::Zeroizing;

use super::RebitError;
use super::material::{NONCE_LEN, OurKeyMaterial, PeerKeyMaterial};
use crate::primitives::aead::{self, AeadKey};
use crate::primitives::providers::{Aead, ChosenX25519, X25519Agreement};
use crate::primitives::{base64, kdf};

/// Key and nonce of one exchange; the same on both sides. Wiped on drop.
pub(super) struct Session {
    pub(super) key: Zeroizing<[u8; 32]>,
    pub(super) iv: [u8; aead::NONCE_LEN],
}

impl Session {
    /// `X = N_own XOR N_peer`, `K = HKDF-SHA256(Z, salt = X[0..20], info empty)`, `IV = X[20..32]`.
    pub(super) fn agree(our: &OurKeyMaterial, peer: &PeerKeyMaterial) -> Result<Self, RebitError> {
        Self::agree_by::<ChosenX25519>(our, peer)
    }

    /// [`Session::agree`] by one implementation.
    pub(super) fn agree_by<X: X25519Agreement>(
        our: &OurKeyMaterial,
        peer: &PeerKeyMaterial,
    ) -> Result<Self, RebitError> {
        let shared = our.key.agree_by::<X>(&peer.key)?;
        let mut mixed = [0; NONCE_LEN];
        for (byte, (own, other)) in mixed.iter_mut().zip(our.nonce.iter().zip(&peer.nonce)) {
            *byte = own ^ other;
        }
        let (salt, iv) = mixed.split_last_chunk().ok_or(RebitError::InvalidNonce)?;
        Ok(Self { key: kdf::derive(shared.as_slice(), salt, &[]), iv: *iv })
    }

    /// From base64 to plaintext within one buffer, which nobody gets to see before the tag has been checked.
    pub(super) fn open<A: Aead>(&self, mut buffer: Vec<u8>) -> Result<Vec<u8>, RebitError> {
        let length = base64::decode_standard_in_place(&mut buffer).ok_or(RebitError::InvalidEncoding)?;
        buffer.truncate(length);
        self.open_decoded::<A>(buffer)
    }

    /// [`Session::open`] behind the base64.
    pub(super) fn open_decoded<A: Aead>(&self, mut buffer: Vec<u8>) -> Result<Vec<u8>, RebitError> {
        if buffer.len() < aead::TAG_LEN {
            return Err(RebitError::CiphertextTooShort);
        }
        AeadKey::<A>::new(&self.key)
            .open(&self.iv, &[], &mut buffer)
            .map_err(|_| RebitError::Authentication)?;
        Ok(buffer)
    }

    /// From plaintext to ciphertext within the buffer, then to base64 of it and the tag.
    pub(super) fn seal<A: Aead>(&self, buffer: &mut [u8]) -> Result<String, RebitError> {
        let tag = AeadKey::<A>::new(&self.key)
            .seal_slice(&self.iv, &[], buffer)
            .map_err(|_| RebitError::Authentication)?;
        Ok(base64::encode_standard_both(buffer, &tag))
    }
}

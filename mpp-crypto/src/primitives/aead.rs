//! AES-256-GCM (NIST SP 800-38D): 96-bit nonce, 128-bit tag at the end.

use super::providers::{Aead, ChosenAead};

/// Bytes of the tag behind every ciphertext.
pub(crate) const TAG_LEN: usize = 16;
/// Bytes of a nonce.
pub(crate) const NONCE_LEN: usize = 12;

/// Sealing or opening failed; for opening nothing more is said, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AeadFailure;

/// An expanded AES-256-GCM key of one implementation: the one the features choose, unless a test names another.
pub(crate) struct AeadKey<A = ChosenAead>(A);

impl<A: Aead> AeadKey<A> {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(A::new(key))
    }

    /// `buffer = E(key, nonce, aad, buffer) || tag`, in place.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Result<(), AeadFailure> {
        buffer.reserve_exact(TAG_LEN);
        let tag = self.0.seal_in_place(nonce, aad, buffer)?;
        buffer.extend_from_slice(&tag);
        Ok(())
    }

    /// The inverse of [`AeadKey::seal`], in place; the buffer's content is unspecified after a failure.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Result<(), AeadFailure> {
        let plaintext_len = self.open_slice(nonce, aad, buffer, 0)?;
        buffer.truncate(plaintext_len);
        Ok(())
    }

    /// Encrypts `buffer` in place and gives the tag.
    pub(crate) fn seal_slice(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], AeadFailure> {
        self.0.seal_in_place(nonce, aad, buffer)
    }

    /// Opens ciphertext and tag, which begin `shift` bytes into `buffer`, to its beginning, and says how many bytes there
    /// are the plaintext.
    pub(crate) fn open_slice(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        shift: usize,
    ) -> Result<usize, AeadFailure> {
        let (text, tag) = buffer.split_last_chunk_mut::<TAG_LEN>().ok_or(AeadFailure)?;
        let plaintext_len = text.len().checked_sub(shift).ok_or(AeadFailure)?;
        if shift == 0 {
            self.0.open_in_place(nonce, aad, text, tag)?;
        } else {
            self.0.open_towards_start(nonce, aad, text, shift, tag)?;
        }
        Ok(plaintext_len)
    }
}

//! AES-256-GCM (NIST SP 800-38D): 96-bit nonce, 128-bit tag at the end.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key};

/// Bytes of the tag behind every ciphertext.
pub(crate) const TAG_LEN: usize = 16;
/// Bytes of a nonce.
pub(crate) const NONCE_LEN: usize = 12;

/// Sealing or opening failed; for opening nothing more is said, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AeadFailure;

/// An expanded AES-256-GCM key; wiped on drop by the cipher itself.
pub(crate) struct AeadKey(Box<Aes256Gcm>);

impl AeadKey {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Box::new(Aes256Gcm::new(<&Key<Aes256Gcm>>::from(key))))
    }

    /// `buffer = E(key, nonce, aad, buffer) || tag`, in place.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Result<(), AeadFailure> {
        buffer.reserve_exact(TAG_LEN);
        self.0.encrypt_in_place(nonce.into(), aad, buffer).map_err(|_| AeadFailure)
    }

    /// The inverse of [`AeadKey::seal`], in place; the buffer's content is unspecified after a failure.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Result<(), AeadFailure> {
        self.0.decrypt_in_place(nonce.into(), aad, buffer).map_err(|_| AeadFailure)
    }
}

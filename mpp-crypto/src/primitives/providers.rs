//! One trait per primitive that has more than one good implementation, and the implementations.
//!
//! | primitive | default | `accelerated` | `graviola` |
//! | --- | --- | --- | --- |
//! | AES-256-GCM | `aes-gcm` | `ring` | `graviola` |
//! | ECDH over P-256 | `p256` | `aws-lc-rs` | `graviola` |
//! | X25519 | `curve25519-dalek` | `aws-lc-rs` | `graviola` |
//!
//! A feature chooses at compile time, `accelerated` before `graviola`; every implementation that is compiled in runs
//! every vector and is held against the others by property tests. HKDF and SHA-256 have one implementation (nothing
//! is faster), randomness is [`mpp_core::Entropy`].

#[cfg(feature = "accelerated")]
pub(crate) mod accelerated;
#[cfg(all(feature = "graviola", any(test, not(feature = "accelerated"))))]
pub(crate) mod on_graviola;
#[cfg(any(test, not(any(feature = "accelerated", feature = "graviola"))))]
pub(crate) mod pure;

use zeroize::Zeroizing;

#[cfg(feature = "accelerated")]
pub(crate) use accelerated::{Aes256GcmKey as ChosenAead, P256 as ChosenP256, X25519 as ChosenX25519};
#[cfg(all(feature = "graviola", not(feature = "accelerated")))]
pub(crate) use on_graviola::{Aes256GcmKey as ChosenAead, P256 as ChosenP256, X25519 as ChosenX25519};
#[cfg(not(any(feature = "accelerated", feature = "graviola")))]
pub(crate) use pure::{Aes256GcmKey as ChosenAead, P256 as ChosenP256, X25519 as ChosenX25519};

use super::aead::{AeadFailure, NONCE_LEN, TAG_LEN};

/// AES-256-GCM (NIST SP 800-38D) with 96-bit nonces and 128-bit tags, in place. Implementations wipe the key on drop.
pub(crate) trait Aead: Sized + Send + Sync {
    /// The cipher under this key.
    fn new(key: &[u8; 32]) -> Self;

    /// Encrypts `buffer` in place and gives the tag.
    fn seal_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], AeadFailure>;

    /// Checks the tag and decrypts `buffer` in place. The content is unspecified after a failure, and no plaintext.
    fn open_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), AeadFailure>;

    /// Like [`Aead::open_in_place`] for a ciphertext that begins `shift` bytes into `buffer`: the plaintext goes to its
    /// beginning. The `shift` bytes at the end are left unspecified.
    fn open_towards_start(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        shift: usize,
        tag: &[u8; TAG_LEN],
    ) -> Result<(), AeadFailure> {
        let length = buffer.len().checked_sub(shift).ok_or(AeadFailure)?;
        // In pieces that stay in the first cache: one large overlapping copy can be several times slower.
        for start in (0..length).step_by(COPIED_AT_ONCE) {
            let end = length.min(start.saturating_add(COPIED_AT_ONCE));
            buffer.copy_within(start.saturating_add(shift)..end.saturating_add(shift), start);
        }
        let text = buffer.get_mut(..length).ok_or(AeadFailure)?;
        self.open_in_place(nonce, aad, text, tag)
    }
}

/// Bytes moved by one copy.
pub(crate) const COPIED_AT_ONCE: usize = 2048;

/// Diffie-Hellman over P-256 (NIST SP 800-56A §5.7.1.2); points travel as `04 || x || y`.
pub(crate) trait P256Agreement {
    /// A private key, ready for use; wiped on drop.
    type Secret: Send + Sync;

    /// The key of a big-endian scalar; `None` outside [1, n-1].
    fn secret(scalar: &[u8; 32]) -> Option<Self::Secret>;

    /// A fresh key out of the library's own generator, which draws from the operating system; `None` when it has none,
    /// or fails. Quicker than [`P256Agreement::secret`] where a library checks a scalar it is given by computing its
    /// point twice.
    fn fresh() -> Option<Self::Secret> {
        None
    }

    /// The public point; `None` only when the library fails.
    fn public(secret: &Self::Secret) -> Option<[u8; 65]>;

    /// The x-coordinate of the product; `None` when `peer` is not an uncompressed point of the curve.
    fn agree(secret: &Self::Secret, peer: &[u8; 65]) -> Option<Zeroizing<[u8; 32]>>;
}

/// X25519 (RFC 7748 §5): the scalar is clamped, the top bit of u ignored and u reduced.
pub(crate) trait X25519Agreement {
    /// `X25519(secret, u)`; `None` when the product is zero, as it is for every point of small order.
    fn agree(secret: &[u8; 32], u: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>>;
}

#[cfg(test)]
#[cfg(any(feature = "accelerated", feature = "graviola"))]
mod tests;

//! Pure Rust: `aes-gcm`, `p256`, `curve25519-dalek`. Builds everywhere without a C compiler.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key};
use curve25519_dalek::montgomery::MontgomeryPoint;
use p256::SecretKey;
use zeroize::{Zeroize, Zeroizing};

use super::{Aead, P256Agreement, X25519Agreement};
use crate::primitives::aead::{AeadFailure, NONCE_LEN, TAG_LEN};
use crate::primitives::{equal_in_constant_time, p256_keys};

/// `aes-gcm`, which wipes its key schedule on drop.
pub(crate) struct Aes256GcmKey(Box<Aes256Gcm>);

impl Aead for Aes256GcmKey {
    fn new(key: &[u8; 32]) -> Self {
        Self(Box::new(Aes256Gcm::new(<&Key<Aes256Gcm>>::from(key))))
    }

    fn seal_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], AeadFailure> {
        let tag = self.0.encrypt_inout_detached(nonce.into(), aad, buffer.into()).map_err(|_| AeadFailure)?;
        Ok(tag.into())
    }

    fn open_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), AeadFailure> {
        self.0.decrypt_inout_detached(nonce.into(), aad, buffer.into(), tag.into()).map_err(|_| AeadFailure)
    }
}

/// `p256`.
pub(crate) struct P256;

impl P256Agreement for P256 {
    type Secret = SecretKey;

    fn secret(scalar: &[u8; 32]) -> Option<SecretKey> {
        SecretKey::from_slice(scalar).ok()
    }

    fn public(secret: &SecretKey) -> Option<[u8; 65]> {
        Some(p256_keys::to_uncompressed(&secret.public_key()))
    }

    fn agree(secret: &SecretKey, peer: &[u8; 65]) -> Option<Zeroizing<[u8; 32]>> {
        let shared = secret.diffie_hellman(&p256_keys::from_uncompressed(peer)?);
        <[u8; 32]>::try_from(shared.raw_secret_bytes().as_slice()).ok().map(Zeroizing::new)
    }
}

/// `curve25519-dalek`.
pub(crate) struct X25519;

impl X25519Agreement for X25519 {
    fn agree(secret: &[u8; 32], u: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        let mut product = MontgomeryPoint(*u).mul_clamped(*secret);
        let shared = Zeroizing::new(product.to_bytes());
        product.zeroize();
        (!equal_in_constant_time(shared.as_slice(), &[0; 32])).then_some(shared)
    }
}

//! `graviola`: formally verified assembly without C, for x86-64 and aarch64.

use graviola::aead::AesGcm;
use graviola::key_agreement::{p256, x25519};
use zeroize::Zeroizing;

use super::{Aead, P256Agreement, X25519Agreement};
use crate::primitives::aead::{AeadFailure, NONCE_LEN, TAG_LEN};

/// `graviola`, which wipes its key schedule on drop.
pub(crate) struct Aes256GcmKey(Box<AesGcm>);

impl Aead for Aes256GcmKey {
    fn new(key: &[u8; 32]) -> Self {
        Self(Box::new(AesGcm::new(key)))
    }

    fn seal_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], AeadFailure> {
        let mut tag = [0; TAG_LEN];
        self.0.encrypt(nonce, aad, buffer, &mut tag);
        Ok(tag)
    }

    fn open_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), AeadFailure> {
        self.0.decrypt(nonce, aad, buffer, tag).map_err(|_| AeadFailure)
    }
}

/// `graviola`.
pub(crate) struct P256;

impl P256Agreement for P256 {
    type Secret = p256::StaticPrivateKey;

    fn secret(scalar: &[u8; 32]) -> Option<p256::StaticPrivateKey> {
        p256::StaticPrivateKey::from_bytes(scalar).ok()
    }

    fn public(secret: &p256::StaticPrivateKey) -> Option<[u8; 65]> {
        Some(secret.public_key_uncompressed())
    }

    fn agree(secret: &p256::StaticPrivateKey, peer: &[u8; 65]) -> Option<Zeroizing<[u8; 32]>> {
        let peer = p256::PublicKey::from_x962_uncompressed(peer).ok()?;
        secret.diffie_hellman(&peer).ok().map(|shared| Zeroizing::new(shared.0))
    }
}

/// `graviola`.
pub(crate) struct X25519;

impl X25519Agreement for X25519 {
    fn agree(secret: &[u8; 32], u: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        let shared =
            x25519::StaticPrivateKey::from_array(secret).diffie_hellman(&x25519::PublicKey::from_array(u));
        shared.ok().map(|shared| Zeroizing::new(shared.as_bytes()))
    }
}

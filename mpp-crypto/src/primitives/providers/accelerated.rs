//! Assembly behind C: AES-256-GCM by `ring`, agreement by `aws-lc-rs`. What servers use.

use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};
use zeroize::Zeroizing;

use super::{Aead, P256Agreement, X25519Agreement};
use crate::primitives::aead::{AeadFailure, NONCE_LEN, TAG_LEN};

/// `ring`, whose AES-256-GCM is the fastest at hand. Its key schedule is wiped by nobody: `ring` offers no way.
pub(crate) struct Aes256GcmKey(LessSafeKey);

impl Aead for Aes256GcmKey {
    #[expect(clippy::expect_used, reason = "the one condition, 32 bytes, is in the type")]
    fn new(key: &[u8; 32]) -> Self {
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("a key of 32 bytes")))
    }

    fn seal_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], AeadFailure> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag =
            self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), buffer).map_err(|_| AeadFailure)?;
        tag.as_ref().try_into().map_err(|_| AeadFailure)
    }

    fn open_in_place(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), AeadFailure> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place_separate_tag(nonce, Aad::from(aad), Tag::from(*tag), buffer, 0..);
        opened.map(|_| ()).map_err(|_| AeadFailure)
    }

    /// `ring` moves while it decrypts.
    fn open_towards_start(
        &self,
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        buffer: &mut [u8],
        shift: usize,
        tag: &[u8; TAG_LEN],
    ) -> Result<(), AeadFailure> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened =
            self.0.open_in_place_separate_tag(nonce, Aad::from(aad), Tag::from(*tag), buffer, shift..);
        opened.map(|_| ()).map_err(|_| AeadFailure)
    }
}

/// `aws-lc-rs`.
pub(crate) struct P256;

impl P256Agreement for P256 {
    type Secret = PrivateKey;

    fn secret(scalar: &[u8; 32]) -> Option<PrivateKey> {
        PrivateKey::from_private_key(&ECDH_P256, scalar).ok()
    }

    fn fresh() -> Option<PrivateKey> {
        PrivateKey::generate(&ECDH_P256).ok()
    }

    fn public(secret: &PrivateKey) -> Option<[u8; 65]> {
        secret.compute_public_key().ok()?.as_ref().try_into().ok()
    }

    fn agree(secret: &PrivateKey, peer: &[u8; 65]) -> Option<Zeroizing<[u8; 32]>> {
        // The library reads compressed points too; this system's formats know one encoding.
        if peer.first() != Some(&4) {
            return None;
        }
        agree(secret, &UnparsedPublicKey::new(&ECDH_P256, peer.as_slice()))
    }
}

/// `aws-lc-rs`.
pub(crate) struct X25519;

impl X25519Agreement for X25519 {
    fn agree(secret: &[u8; 32], u: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        let secret = PrivateKey::from_private_key(&agreement::X25519, secret).ok()?;
        agree(&secret, &UnparsedPublicKey::new(&agreement::X25519, u.as_slice()))
    }
}

/// The library refuses points off the curve and products that are zero.
fn agree(secret: &PrivateKey, peer: &UnparsedPublicKey<&[u8]>) -> Option<Zeroizing<[u8; 32]>> {
    let copied = agreement::agree(secret, peer, (), |shared| {
        <[u8; 32]>::try_from(shared).map(Zeroizing::new).map_err(|_| ())
    });
    copied.ok()
}

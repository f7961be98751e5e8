//! Seals any number of messages under one long-lived key: every message has its own key and nonce.
//!
//! ```text
//! salt = 16 random bytes
//! prk  = HKDF-Extract(salt, master key)
//! key  = HKDF-Expand(prk, label || " key", 32)
//! iv   = HKDF-Expand(prk, label || " nonce", 12)
//! box  = salt || AES-256-GCM(key, iv, aad, plaintext)
//! ```
//!
//! A random 96-bit GCM nonce under one key would be worn out after 2^32 messages; here 2^48 messages leave the
//! chance of a repeat below 2^-32.

use mpp_core::{Entropy, draw};
use zeroize::Zeroizing;

use super::aead::{AeadFailure, AeadKey, NONCE_LEN, TAG_LEN};
use super::kdf;
use super::stack::WipedStack;

const SALT_LEN: usize = 16;
/// How many bytes a box is longer than its content.
pub(crate) const OVERHEAD: usize = SALT_LEN + TAG_LEN;

/// Seals `plaintext` under `master`; `label` separates uses of one key, `aad` places of one use.
pub(crate) fn seal(
    master: &[u8; 32],
    label: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, AeadFailure> {
    let salt = draw::<SALT_LEN>(entropy);
    let _wiped = WipedStack;
    let (key, nonce) = message_key(master, &salt, label);
    // Sealed in place and shifted behind the salt: the spare capacity is never reallocated with plaintext in it.
    let mut buffer = Vec::with_capacity(plaintext.len().saturating_add(OVERHEAD));
    buffer.extend_from_slice(plaintext);
    key.seal(&nonce, aad, &mut buffer)?;
    buffer.splice(0..0, salt);
    Ok(buffer)
}

/// Opens what [`seal`] made under the same key, label and `aad`.
pub(crate) fn open(
    master: &[u8; 32],
    label: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, AeadFailure> {
    let (salt, ciphertext) = sealed.split_first_chunk::<SALT_LEN>().ok_or(AeadFailure)?;
    let _wiped = WipedStack;
    let (key, nonce) = message_key(master, salt, label);
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    key.open(&nonce, aad, &mut buffer)?;
    Ok(buffer)
}

fn message_key(master: &[u8; 32], salt: &[u8; SALT_LEN], label: &[u8]) -> (AeadKey, [u8; NONCE_LEN]) {
    let prk = kdf::extract(salt, &[master]);
    let key = kdf::expand::<32>(&prk, &[label, b" key"]);
    let nonce = kdf::expand::<NONCE_LEN>(&prk, &[label, b" nonce"]);
    (AeadKey::new(&key), *nonce)
}

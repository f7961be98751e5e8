//! HPKE base mode (RFC 9180) with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM.
//!
//! Own implementation over [`super::providers`]: about a hundred lines, held by the official vectors.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::aead::{AeadFailure, AeadKey, NONCE_LEN, TAG_LEN};
use super::kdf;
use super::providers::{Aead, ChosenAead, P256Agreement};

/// Bytes of the encapsulated key `enc`: an uncompressed P-256 point.
pub(crate) const ENC_LEN: usize = 65;

const VERSION: &[u8] = b"HPKE-v1";

/// The names of the algorithms, as they go into every derivation (RFC 9180 §4.1, §5.1).
struct Suite {
    /// "KEM" || I2OSP(kem_id, 2)
    kem: &'static [u8],
    /// "HPKE" || I2OSP(kem_id, 2) || I2OSP(kdf_id, 2) || I2OSP(aead_id, 2)
    hpke: &'static [u8],
}

/// DHKEM(P-256, HKDF-SHA256) 0x0010, HKDF-SHA256 0x0001, AES-256-GCM 0x0002.
const P256_SUITE: Suite = Suite { kem: b"KEM\x00\x10", hpke: b"HPKE\x00\x10\x00\x01\x00\x02" };
const MODE_BASE: u8 = 0;

/// `SetupBaseS(pkR, info)` with the ephemeral key given; returns `enc` and the context. `None` when `recipient` is not
/// a point of the curve.
pub(crate) fn set_up_sender<P: P256Agreement, A: Aead>(
    recipient: &[u8; ENC_LEN],
    ephemeral: &P::Secret,
    info: &[u8],
) -> Option<([u8; ENC_LEN], Context<A>)> {
    let enc = P::public(ephemeral)?;
    let dh = P::agree(ephemeral, recipient)?;
    Some((enc, schedule_base(&dh, &enc, recipient, info)))
}

/// `SetupBaseR(enc, skR, info)`, after `dh = DH(skR, pkE)` has been computed wherever skR lives.
pub(crate) fn set_up_recipient<A: Aead>(
    enc: &[u8; ENC_LEN],
    dh: &[u8; 32],
    recipient: &[u8; ENC_LEN],
    info: &[u8],
) -> Context<A> {
    schedule_base(dh, enc, recipient, info)
}

/// `DeriveKeyPair(ikm)` (RFC 9180 §7.1.3): the first candidate in range, as scalar and ready for use; `None` after 256
/// misses.
pub(crate) fn derive_key_pair<P: P256Agreement>(ikm: &[u8]) -> Option<(Zeroizing<[u8; 32]>, P::Secret)> {
    let prk = labeled_extract(P256_SUITE.kem, &[], b"dkp_prk", ikm);
    (0..=u8::MAX).find_map(|counter| {
        let candidate = labeled_expand::<32>(P256_SUITE.kem, &prk, b"candidate", &[&[counter]]);
        P::secret(&candidate).map(|secret| (candidate, secret))
    })
}

/// A base-mode context: seals or opens a sequence of messages, in order.
pub(crate) struct Context<A = ChosenAead> {
    keys: MessageKeys<A>,
    sequence: u64,
}

impl<A: Aead> Context<A> {
    /// `KeySchedule(mode, shared_secret, info, "", "")`.
    fn schedule(suite: &Suite, mode: u8, shared_secret: &Zeroizing<[u8; 32]>, info: &[u8]) -> Self {
        let digest = |label, text| kdf::hmac_sha256(&[], &[VERSION, suite.hpke, label, text]);
        let (psk_id_hash, info_hash) = (digest(b"psk_id_hash", &[]), digest(b"info_hash", info));
        let context = [&[mode], psk_id_hash.as_slice(), info_hash.as_slice()];
        let secret = labeled_extract(suite.hpke, shared_secret.as_slice(), b"secret", &[]);
        let key = labeled_expand::<32>(suite.hpke, &secret, b"key", &context);
        let base_nonce = labeled_expand::<NONCE_LEN>(suite.hpke, &secret, b"base_nonce", &context);
        Self { keys: MessageKeys { key: AeadKey::new(&key), base_nonce }, sequence: 0 }
    }

    /// `ContextS.Seal(aad, pt)` in place, giving the tag.
    pub(crate) fn seal(&mut self, aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], AeadFailure> {
        let sequence = self.next()?;
        self.keys.seal(sequence, aad, text)
    }

    /// `ContextR.Open(aad, ct)`, in place, giving the length of the plaintext; `sealed` is ciphertext and tag. The
    /// sequence moves on after a failure too: a caller gives up then.
    pub(crate) fn open(&mut self, aad: &[u8], sealed: &mut [u8]) -> Result<usize, AeadFailure> {
        let sequence = self.next()?;
        self.keys.open(sequence, aad, sealed, 0)
    }

    /// How many messages have been sealed or opened.
    pub(crate) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The keys alone, for messages in any order.
    pub(crate) fn into_keys(self) -> MessageKeys<A> {
        self.keys
    }

    /// The number of the next message; checked, never wrapped.
    fn next(&mut self) -> Result<u64, AeadFailure> {
        let sequence = self.sequence;
        self.sequence = sequence.checked_add(1).ok_or(AeadFailure)?;
        Ok(sequence)
    }
}

/// Key and base nonce of a context: any message can be opened if its number is known (RFC 9180 §5.2). Who seals with this
/// sees to it that no number is used twice.
pub(crate) struct MessageKeys<A = ChosenAead> {
    key: AeadKey<A>,
    base_nonce: Zeroizing<[u8; NONCE_LEN]>,
}

impl<A: Aead> MessageKeys<A> {
    /// Seals message `sequence` in place and gives the tag.
    pub(crate) fn seal(
        &self,
        sequence: u64,
        aad: &[u8],
        text: &mut [u8],
    ) -> Result<[u8; TAG_LEN], AeadFailure> {
        self.key.seal_slice(&self.nonce(sequence), aad, text)
    }

    /// Opens message `sequence`, which begins `shift` bytes into `buffer`, to its beginning, and gives the length of the
    /// plaintext.
    pub(crate) fn open(
        &self,
        sequence: u64,
        aad: &[u8],
        buffer: &mut [u8],
        shift: usize,
    ) -> Result<usize, AeadFailure> {
        self.key.open_slice(&self.nonce(sequence), aad, buffer, shift)
    }

    /// `base_nonce XOR I2OSP(seq, Nn)`.
    fn nonce(&self, sequence: u64) -> [u8; NONCE_LEN] {
        let mut nonce = *self.base_nonce;
        for (byte, counter) in nonce.iter_mut().rev().zip(sequence.to_le_bytes()) {
            *byte ^= counter;
        }
        nonce
    }
}

fn schedule_base<A: Aead>(dh: &[u8; 32], enc: &[u8], recipient: &[u8], info: &[u8]) -> Context<A> {
    let shared = extract_and_expand(&P256_SUITE, dh, &[enc, recipient]);
    Context::schedule(&P256_SUITE, MODE_BASE, &shared, info)
}

/// `ExtractAndExpand(dh, kem_context)`, with the context in parts.
fn extract_and_expand(suite: &Suite, dh: &[u8], kem_context: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let prk = labeled_extract(suite.kem, &[], b"eae_prk", dh);
    labeled_expand(suite.kem, &prk, b"shared_secret", kem_context)
}

/// `Extract(salt, "HPKE-v1" || suite_id || label || ikm)`.
fn labeled_extract(suite: &[u8], salt: &[u8], label: &[u8], ikm: &[u8]) -> Hkdf<Sha256> {
    kdf::extract(salt, &[VERSION, suite, label, ikm])
}

/// `Expand(prk, I2OSP(N, 2) || "HPKE-v1" || suite_id || label || info, N)`.
fn labeled_expand<const N: usize>(
    suite: &[u8],
    prk: &Hkdf<Sha256>,
    label: &[u8],
    info: &[&[u8]],
) -> Zeroizing<[u8; N]> {
    let length = u16::try_from(N).unwrap_or(u16::MAX).to_be_bytes();
    let parts = [&[&length, VERSION, suite, label], info].concat();
    kdf::expand(prk, &parts)
}

#[cfg(test)]
mod tests;

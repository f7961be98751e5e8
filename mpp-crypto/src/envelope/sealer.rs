//! Sealing, in constant memory.

use std::fmt;

use mpp_core::{Entropy, draw};

use super::EnvelopeError;
use super::chunking::{CHUNK_LEN, FINAL, MORE, SEALED_CHUNK_LEN};
use super::context::Context;
use super::header::{EnvelopeId, Header};
use crate::Plaintext;
use crate::keys::EnvelopePublicKey;
use crate::primitives::providers::{COPIED_AT_ONCE, ChosenP256};
use crate::primitives::{hpke, p256_keys};

/// Seals a text that arrives in pieces. Holds at most one chunk of plaintext, which it wipes.
pub struct Sealer {
    hpke: hpke::Context,
    header: Header,
    pending: Plaintext,
}

impl Sealer {
    /// Begins an envelope to `recipient` for `context`; returns the bytes that come first.
    #[must_use]
    pub fn new(recipient: &EnvelopePublicKey, context: &Context, entropy: &dyn Entropy) -> (Self, Vec<u8>) {
        let Begun { hpke, header, head } = begin(recipient, context, entropy);
        (Self { hpke, header, pending: Plaintext::default() }, head)
    }

    /// The header of this envelope.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Takes the next plaintext and appends to `out` every chunk that is now known not to be the last.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLong`] past 2^64 chunks.
    pub fn push(&mut self, mut plaintext: &[u8], out: &mut Vec<u8>) -> Result<(), EnvelopeError> {
        while !plaintext.is_empty() {
            if self.pending.len() == CHUNK_LEN {
                self.seal_pending(MORE, out)?;
            }
            if self.pending.is_empty() && plaintext.len() > CHUNK_LEN {
                let (chunk, later) = plaintext.split_at_checked(CHUNK_LEN).unwrap_or((plaintext, &[]));
                append_sealed(&mut self.hpke, MORE, chunk, out)?;
                plaintext = later;
                continue;
            }
            let room = CHUNK_LEN.saturating_sub(self.pending.len());
            let (now, later) = plaintext.split_at_checked(room).unwrap_or((plaintext, &[]));
            let pending = self.pending.as_mut_vec();
            // All of it at once: growing would leave copies of the plaintext behind.
            pending.reserve_exact(CHUNK_LEN.saturating_sub(pending.len()));
            append_in_pieces(now, pending);
            plaintext = later;
        }
        Ok(())
    }

    /// Ends the envelope: appends the last chunk to `out`.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLong`] past 2^64 chunks.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), EnvelopeError> {
        self.seal_pending(FINAL, out)
    }

    fn seal_pending(&mut self, aad: &[u8], out: &mut Vec<u8>) -> Result<(), EnvelopeError> {
        append_sealed(&mut self.hpke, aad, &self.pending, out)?;
        self.pending.wipe();
        Ok(())
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("header", &self.header).finish_non_exhaustive()
    }
}

/// A begun envelope: the means to seal its chunks, and what comes before them.
pub(super) struct Begun {
    pub(super) hpke: hpke::Context,
    pub(super) header: Header,
    pub(super) head: Vec<u8>,
}

#[expect(clippy::expect_used, reason = "the point was checked when the key was read")]
pub(super) fn begin(recipient: &EnvelopePublicKey, context: &Context, entropy: &dyn Entropy) -> Begun {
    let id = EnvelopeId::from_random(draw(entropy));
    let header = Header { id, kid: recipient.kid().clone(), context: context.clone() };
    let mut head = header.encode();
    let ephemeral = p256_keys::ephemeral::<ChosenP256>(entropy);
    let (enc, hpke) = hpke::set_up_sender::<ChosenP256, _>(recipient.point(), &ephemeral, &head)
        .expect("a point of the curve");
    head.extend_from_slice(&enc);
    Begun { hpke, header, head }
}

/// Appends one sealed chunk to `out`: the text is copied once and encrypted where it then lies.
pub(super) fn append_sealed(
    hpke: &mut hpke::Context,
    aad: &[u8],
    text: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), EnvelopeError> {
    let start = out.len();
    out.reserve(SEALED_CHUNK_LEN.min(text.len().saturating_add(SEALED_CHUNK_LEN - CHUNK_LEN)));
    append_in_pieces(text, out);
    let sealed = out.get_mut(start..).ok_or(()).and_then(|text| hpke.seal(aad, text).map_err(|_| ()));
    let Ok(tag) = sealed else {
        zeroize::Zeroize::zeroize(out.get_mut(start..).unwrap_or_default());
        out.truncate(start);
        return Err(EnvelopeError::TooLong);
    };
    out.extend_from_slice(&tag);
    Ok(())
}

/// One large copy can be several times slower than many that stay in the first cache.
pub(super) fn append_in_pieces(bytes: &[u8], out: &mut Vec<u8>) {
    for piece in bytes.chunks(COPIED_AT_ONCE) {
        out.extend_from_slice(piece);
    }
}

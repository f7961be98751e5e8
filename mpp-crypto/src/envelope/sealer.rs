//! Sealing, in constant memory.

use std::fmt;

use mpp_core::{Entropy, draw};
use zeroize::Zeroizing;

use super::EnvelopeError;
use super::chunking::{CHUNK_LEN, FINAL, MORE, SEALED_CHUNK_LEN};
use super::context::Context;
use super::header::{EnvelopeId, Header};
use crate::keys::EnvelopePublicKey;
use crate::primitives::providers::ChosenP256;
use crate::primitives::{hpke, p256_keys};

/// Seals a text that arrives in pieces. Holds at most one chunk of plaintext, which it wipes.
pub struct Sealer {
    hpke: hpke::Context,
    header: Header,
    pending: Zeroizing<Vec<u8>>,
}

impl Sealer {
    /// Begins an envelope to `recipient` for `context`; returns the bytes that come first.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the point was checked when the key was read")]
    pub fn new(recipient: &EnvelopePublicKey, context: &Context, entropy: &dyn Entropy) -> (Self, Vec<u8>) {
        let id = EnvelopeId::from_random(draw(entropy));
        let header = Header { id, kid: recipient.kid().clone(), context: context.clone() };
        let mut bytes = header.encode();
        let (_, ephemeral) = p256_keys::generate::<ChosenP256>(entropy);
        let (enc, hpke) = hpke::set_up_sender::<ChosenP256, _>(recipient.point(), &ephemeral, &bytes)
            .expect("a point of the curve");
        bytes.extend_from_slice(&enc);
        // Room for the tag: sealing in place never reallocates.
        let pending = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_LEN));
        (Self { hpke, header, pending }, bytes)
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
            let room = CHUNK_LEN - self.pending.len();
            let (now, later) = plaintext.split_at_checked(room).unwrap_or((plaintext, &[]));
            self.pending.extend_from_slice(now);
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
        self.hpke.seal(aad, &mut self.pending).map_err(|_| EnvelopeError::TooLong)?;
        out.extend_from_slice(&self.pending);
        self.pending.clear();
        Ok(())
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("header", &self.header).finish_non_exhaustive()
    }
}

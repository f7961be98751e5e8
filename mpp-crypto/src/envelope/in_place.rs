//! Sealing and opening where the bytes lie: no second copy of a large text.

use std::fmt;
use std::io;

use mpp_core::Entropy;

use super::chunking::{CHUNK_LEN, FINAL, Layout, MORE, SEALED_CHUNK_LEN};
use super::context::Context;
use super::header::Header;
use super::opener::{Opened, set_up};
use super::sealer::{Begun, begin};
use super::{EnvelopeError, header};
use crate::Plaintext;
use crate::keys::{EnvelopePublicKey, OpeningKeys};
use crate::primitives::aead::TAG_LEN;

/// An envelope whose chunks lie where the text lay, with the head and the tags beside them.
///
/// Its bytes are [`SealedInPlace::parts`], one behind the other: hash, send or write them without gathering.
pub struct SealedInPlace<'t> {
    header: Header,
    head: Vec<u8>,
    text: &'t [u8],
    tags: Vec<[u8; TAG_LEN]>,
}

impl SealedInPlace<'_> {
    /// The header of this envelope.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The pieces of the envelope, in order.
    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        // The text of an empty envelope has no chunks of its own, but the envelope has one.
        let chunks = self.text.chunks(CHUNK_LEN).chain(std::iter::repeat(&[][..]));
        let sealed = chunks.zip(&self.tags).flat_map(|(chunk, tag)| [chunk, tag.as_slice()]);
        std::iter::once(self.head.as_slice()).chain(sealed)
    }

    /// Bytes of the whole envelope.
    #[must_use]
    pub fn total_len(&self) -> usize {
        self.parts().map(<[u8]>::len).sum()
    }

    /// The envelope in one piece.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut envelope = Vec::with_capacity(self.total_len());
        for part in self.parts() {
            envelope.extend_from_slice(part);
        }
        envelope
    }

    /// Writes the envelope.
    ///
    /// # Errors
    /// What the writer answers.
    pub fn write_to(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.parts().try_for_each(|part| out.write_all(part))
    }
}

impl fmt::Debug for SealedInPlace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedInPlace").field("header", &self.header).finish_non_exhaustive()
    }
}

/// Seals a text where it lies: afterwards the buffer holds ciphertext.
///
/// # Errors
/// [`EnvelopeError::TooLong`], which no text that fits into memory reaches.
pub fn seal_in_place<'t>(
    text: &'t mut [u8],
    recipient: &EnvelopePublicKey,
    context: &Context,
    entropy: &dyn Entropy,
) -> Result<SealedInPlace<'t>, EnvelopeError> {
    let Begun { mut hpke, header, head } = begin(recipient, context, entropy);
    let count = text.len().div_ceil(CHUNK_LEN).max(1);
    let mut tags = Vec::with_capacity(count);
    let mut rest = &mut *text;
    while rest.len() > CHUNK_LEN {
        let (chunk, later) = rest.split_at_mut_checked(CHUNK_LEN).ok_or(EnvelopeError::TooLong)?;
        tags.push(hpke.seal(MORE, chunk).map_err(|_| EnvelopeError::TooLong)?);
        rest = later;
    }
    tags.push(hpke.seal(FINAL, rest).map_err(|_| EnvelopeError::TooLong)?);
    Ok(SealedInPlace { header, head, text, tags })
}

/// Opens a whole envelope in its own buffer, giving nothing unless all of it stands.
///
/// # Errors
/// As [`Opener::push`](super::Opener::push) and [`Opener::finish`](super::Opener::finish).
pub fn open_in_place(
    envelope: Vec<u8>,
    keys: &dyn OpeningKeys,
    expected: &Context,
) -> Result<(Opened, Plaintext), EnvelopeError> {
    let inspected = header::read(&envelope)?;
    let hpke = set_up(&inspected, keys, expected)?;
    let layout = whole_layout(inspected.chunks_start, envelope.len())?;
    let keys = hpke.into_keys();
    // From here on the buffer holds plaintext, which is wiped if anything fails.
    let mut buffer = Plaintext::from(envelope);
    let mut text_len = 0_usize;
    for chunk in 0..layout.chunks() {
        // The gap grows by the head once and by a tag for every chunk before this one.
        let gap = inspected.chunks_start.saturating_add(TAG_LEN.saturating_mul(index(chunk)?));
        let end = text_len.saturating_add(gap).saturating_add(SEALED_CHUNK_LEN).min(buffer.len());
        let window = buffer.get_mut(text_len..end).ok_or(EnvelopeError::Authentication)?;
        let opened = keys.open(chunk, layout.aad(chunk), window, gap);
        text_len = text_len.saturating_add(opened.map_err(|_| EnvelopeError::Authentication)?);
    }
    buffer.as_mut_vec().truncate(text_len);
    Ok((Opened { header: inspected.header, chunks: layout.chunks() }, buffer))
}

/// The layout of a whole envelope in memory.
pub(super) fn whole_layout(chunks_start: usize, envelope_len: usize) -> Result<Layout, EnvelopeError> {
    let wide = |length: usize| u64::try_from(length).map_err(|_| EnvelopeError::Authentication);
    Layout::of(wide(chunks_start)?, wide(envelope_len)?).ok_or(EnvelopeError::Authentication)
}

/// A position in an envelope that is in memory.
pub(super) fn index(position: u64) -> Result<usize, EnvelopeError> {
    usize::try_from(position).map_err(|_| EnvelopeError::Authentication)
}

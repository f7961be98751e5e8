//! Opening any chunk alone: ranges of a large text, and many chunks at the same time.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Range;

use super::EnvelopeError;
use super::chunking::{CHUNK_LEN, Layout, SEALED_CHUNK_LEN};
use super::context::Context;
use super::header::{self, Header};
use super::in_place::{index, whole_layout};
use super::opener::set_up;
use crate::Plaintext;
use crate::keys::OpeningKeys;
use crate::primitives::hpke::MessageKeys;

/// Opens the chunks of one envelope in any order, from any thread.
///
/// It exists only after the last chunk has been opened: the length of the text, and that nothing is missing at its end,
/// are certain from then on. A chunk is certain when it has been opened, and says nothing about the others.
pub struct ChunkOpener {
    keys: MessageKeys,
    header: Header,
    layout: Layout,
}

impl ChunkOpener {
    /// Reads the head, which is at the beginning of `head` (more bytes behind it do no harm), and proves the end with
    /// the last chunk as it lies in the envelope (see [`last_chunk_of`]).
    ///
    /// # Errors
    /// As [`Opener::push`](super::Opener::push); [`EnvelopeError::Authentication`] when the last chunk does not open as
    /// the last of an envelope of `envelope_len` bytes.
    pub fn new(
        head: &[u8],
        last_chunk: &[u8],
        envelope_len: u64,
        keys: &dyn OpeningKeys,
        expected: &Context,
    ) -> Result<Self, EnvelopeError> {
        let inspected = header::read(head)?;
        let start = u64::try_from(inspected.chunks_start).map_err(|_| EnvelopeError::Authentication)?;
        let layout = Layout::of(start, envelope_len).ok_or(EnvelopeError::Authentication)?;
        let keys = set_up(&inspected, keys, expected)?.into_keys();
        let opener = Self { keys, header: inspected.header, layout };
        let mut last = Plaintext::from(last_chunk.to_vec());
        opener.open_chunk(layout.last(), &mut last)?;
        Ok(opener)
    }

    /// [`ChunkOpener::new`] over an envelope in memory.
    ///
    /// # Errors
    /// As [`ChunkOpener::new`].
    pub fn over(envelope: &[u8], keys: &dyn OpeningKeys, expected: &Context) -> Result<Self, EnvelopeError> {
        let start = header::read(envelope)?.chunks_start;
        let layout = whole_layout(start, envelope.len())?;
        let last = layout.sealed_range(layout.last()).ok_or(EnvelopeError::Authentication)?;
        let last = envelope.get(index(last.start)?..).ok_or(EnvelopeError::Authentication)?;
        let envelope_len = u64::try_from(envelope.len()).map_err(|_| EnvelopeError::Authentication)?;
        Self::new(envelope, last, envelope_len, keys, expected)
    }

    /// The header, authenticated.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// How many chunks the envelope has.
    #[must_use]
    pub const fn chunks(&self) -> u64 {
        self.layout.chunks()
    }

    /// Bytes of the whole text.
    #[must_use]
    pub const fn text_len(&self) -> u64 {
        self.layout.plaintext_len()
    }

    /// The chunks that hold these bytes of the text; what lies behind its end is left out.
    #[must_use]
    pub fn chunks_of(&self, text: &Range<u64>) -> Range<u64> {
        self.layout.chunks_of(text)
    }

    /// Where this chunk lies in the envelope: the bytes [`ChunkOpener::open_chunk`] wants. `None` past the last.
    #[must_use]
    pub fn sealed_range(&self, chunk: u64) -> Option<Range<u64>> {
        self.layout.sealed_range(chunk)
    }

    /// Which bytes of the text this chunk holds. `None` past the last.
    #[must_use]
    pub fn text_range(&self, chunk: u64) -> Option<Range<u64>> {
        self.layout.text_range(chunk)
    }

    /// Opens one chunk in place and gives its text.
    ///
    /// # Errors
    /// [`EnvelopeError::Authentication`] when it is not this chunk of this envelope; `sealed` then holds nothing of use.
    pub fn open_chunk<'s>(&self, chunk: u64, sealed: &'s mut [u8]) -> Result<&'s mut [u8], EnvelopeError> {
        let expected = self.layout.sealed_range(chunk).map(|range| range.end.saturating_sub(range.start));
        if expected != u64::try_from(sealed.len()).ok() {
            return Err(EnvelopeError::Authentication);
        }
        let opened = self.keys.open(chunk, self.layout.aad(chunk), sealed, 0);
        let text_len = opened.map_err(|_| EnvelopeError::Authentication)?;
        sealed.get_mut(..text_len).ok_or(EnvelopeError::Authentication)
    }
}

impl fmt::Debug for ChunkOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkOpener").field("header", &self.header).finish_non_exhaustive()
    }
}

/// The last chunk of an envelope of this length whose head is at the beginning of `head`: the bytes to read for
/// [`ChunkOpener::new`].
///
/// # Errors
/// As [`inspect`](super::inspect); [`EnvelopeError::Authentication`] when no envelope has this length.
pub fn last_chunk_of(head: &[u8], envelope_len: u64) -> Result<Range<u64>, EnvelopeError> {
    let start = u64::try_from(header::read(head)?.chunks_start).map_err(|_| EnvelopeError::Authentication)?;
    let layout = Layout::of(start, envelope_len).ok_or(EnvelopeError::Authentication)?;
    layout.sealed_range(layout.last()).ok_or(EnvelopeError::Authentication)
}

/// Opens a whole envelope on several threads, each chunk where it lies, giving nothing unless all of it stands: the
/// pieces of the text, in order.
///
/// # Errors
/// As [`ChunkOpener::over`]. The envelope's bytes are unspecified after a failure, and no plaintext.
pub fn open_in_parallel<'e>(
    envelope: &'e mut [u8],
    keys: &dyn OpeningKeys,
    expected: &Context,
    threads: NonZeroUsize,
) -> Result<Vec<&'e [u8]>, EnvelopeError> {
    let opener = ChunkOpener::over(envelope, keys, expected)?;
    let start = opener.sealed_range(0).map_or(0, |range| range.start);
    let sealed = envelope.get_mut(index(start)?..).ok_or(EnvelopeError::Authentication)?;
    let at_once = index(opener.chunks())?.div_ceil(threads.get()).max(1);
    let bands = sealed.chunks_mut(at_once.saturating_mul(SEALED_CHUNK_LEN));
    let firsts = (0_u64..).step_by(at_once);
    let opened = std::thread::scope(|scope| {
        let opener = &opener;
        let workers: Vec<_> = bands
            .zip(firsts)
            .map(|(band, first)| scope.spawn(move || open_band(opener, first, band)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or(Err(EnvelopeError::Authentication)))
            .collect()
    });
    let opened: Vec<Result<Vec<&mut [u8]>, EnvelopeError>> = opened;
    if opened.iter().any(Result::is_err) {
        // What other threads opened is not handed out either.
        opened.into_iter().flatten().flatten().for_each(zeroize::Zeroize::zeroize);
        return Err(EnvelopeError::Authentication);
    }
    Ok(opened.into_iter().flatten().flatten().map(|text| &*text).collect())
}

/// Opens the chunks from `first` on that lie in `band`.
fn open_band<'b>(
    opener: &ChunkOpener,
    first: u64,
    band: &'b mut [u8],
) -> Result<Vec<&'b mut [u8]>, EnvelopeError> {
    let mut texts = Vec::with_capacity(band.len().div_ceil(CHUNK_LEN));
    for (chunk, sealed) in (first..).zip(band.chunks_mut(SEALED_CHUNK_LEN)) {
        match opener.open_chunk(chunk, sealed) {
            Ok(text) => texts.push(text),
            Err(error) => {
                texts.into_iter().for_each(zeroize::Zeroize::zeroize);
                return Err(error);
            }
        }
    }
    Ok(texts)
}

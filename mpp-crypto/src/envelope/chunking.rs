//! How a text is cut: all chunks full but the last, and the last empty only when the whole text is.

use std::ops::Range;

use crate::primitives::aead::TAG_LEN;

/// Bytes of plaintext in a full chunk: 64 KiB.
pub const CHUNK_LEN: usize = 65_536;
/// Bytes of a full chunk as it travels.
pub(super) const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;

/// What is authenticated beside every chunk but the last.
pub(super) const MORE: &[u8] = b"";
/// What is authenticated beside the last chunk.
pub(super) const FINAL: &[u8] = b"final";

const CHUNK: u64 = 65_536;
const TAG: u64 = 16;

/// Bytes of all chunks of a text of this length, tags included.
pub(super) const fn sealed_len(plaintext_len: usize) -> usize {
    let chunks = plaintext_len.div_ceil(CHUNK_LEN);
    let chunks = if chunks == 0 { 1 } else { chunks };
    plaintext_len.saturating_add(chunks.saturating_mul(TAG_LEN))
}

/// What the length of an envelope says about its chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Where the first chunk begins.
    start: u64,
    /// How many chunks there are, at least one.
    chunks: u64,
    /// Bytes of plaintext.
    plaintext_len: u64,
}

impl Layout {
    /// The layout of an envelope of this length whose chunks begin at `start`; `None` when no text has an envelope of
    /// that length.
    pub(super) fn of(start: u64, envelope_len: u64) -> Option<Self> {
        let sealed = envelope_len.checked_sub(start)?;
        let chunks = sealed.div_ceil(CHUNK + TAG);
        let plaintext_len = sealed.checked_sub(chunks.checked_mul(TAG)?)?;
        let needed = plaintext_len.div_ceil(CHUNK).max(1);
        (chunks == needed).then_some(Self { start, chunks, plaintext_len })
    }

    pub(super) const fn chunks(&self) -> u64 {
        self.chunks
    }

    pub(super) const fn plaintext_len(&self) -> u64 {
        self.plaintext_len
    }

    /// The last chunk.
    pub(super) const fn last(&self) -> u64 {
        self.chunks.saturating_sub(1)
    }

    /// What is authenticated beside this chunk.
    pub(super) const fn aad(&self, chunk: u64) -> &'static [u8] {
        if chunk == self.last() { FINAL } else { MORE }
    }

    /// Where this chunk lies in the envelope; `None` when there is no such chunk.
    pub(super) fn sealed_range(&self, chunk: u64) -> Option<Range<u64>> {
        if chunk >= self.chunks {
            return None;
        }
        let from = self.start.checked_add(chunk.checked_mul(CHUNK + TAG)?)?;
        let text = self.text_range(chunk)?;
        let length = text.end.checked_sub(text.start)?.checked_add(TAG)?;
        Some(from..from.checked_add(length)?)
    }

    /// Which bytes of the text this chunk holds; `None` when there is no such chunk.
    pub(super) fn text_range(&self, chunk: u64) -> Option<Range<u64>> {
        if chunk >= self.chunks {
            return None;
        }
        let from = chunk.checked_mul(CHUNK)?;
        Some(from..from.checked_add(CHUNK)?.min(self.plaintext_len))
    }

    /// The chunks that hold these bytes of the text.
    pub(super) fn chunks_of(&self, text: &Range<u64>) -> Range<u64> {
        let end = text.end.min(self.plaintext_len);
        if text.start >= end { 0..0 } else { text.start / CHUNK..end.div_ceil(CHUNK) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_one_layout_and_other_lengths_have_none() {
        let start = 100;
        let full = u64::try_from(SEALED_CHUNK_LEN).unwrap();
        for text in [0_usize, 1, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 3 * CHUNK_LEN, 3 * CHUNK_LEN + 7] {
            let envelope_len = start + u64::try_from(sealed_len(text)).unwrap();
            let layout = Layout::of(start, envelope_len).unwrap();
            assert_eq!(layout.plaintext_len(), u64::try_from(text).unwrap());
            assert_eq!(layout.sealed_range(layout.last()).unwrap().end, envelope_len);
            assert_eq!(layout.sealed_range(layout.chunks()), None);
        }
        for sealed in [0, 15, full + 1, full + 16, 2 * full + 16] {
            assert_eq!(Layout::of(start, start + sealed), None, "{sealed}");
        }
        assert_eq!(Layout::of(start, start - 1), None);
        assert!(Layout::of(0, u64::MAX).is_none_or(|layout| layout.chunks() > 1));
    }

    #[test]
    fn a_range_of_the_text_names_its_chunks() {
        let layout = Layout::of(0, u64::try_from(sealed_len(2 * CHUNK_LEN + 5)).unwrap()).unwrap();
        assert_eq!(layout.chunks_of(&(0..1)), 0..1);
        assert_eq!(layout.chunks_of(&(CHUNK - 1..CHUNK + 1)), 0..2);
        assert_eq!(layout.chunks_of(&(CHUNK..2 * CHUNK)), 1..2);
        assert_eq!(layout.chunks_of(&(2 * CHUNK..u64::MAX)), 2..3);
        assert_eq!(layout.chunks_of(&(2 * CHUNK + 5..u64::MAX)), 0..0);
        assert_eq!(layout.text_range(2), Some(2 * CHUNK..2 * CHUNK + 5));
    }
}

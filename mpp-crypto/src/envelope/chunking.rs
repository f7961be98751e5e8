//! How a text is cut: all chunks full but the last, and the last empty only when the whole text is.

use crate::primitives::aead::TAG_LEN;

/// Bytes of plaintext in a full chunk: 64 KiB.
pub const CHUNK_LEN: usize = 65_536;
/// Bytes of a full chunk as it travels.
pub(super) const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;

/// What is authenticated beside every chunk but the last.
pub(super) const MORE: &[u8] = b"";
/// What is authenticated beside the last chunk.
pub(super) const FINAL: &[u8] = b"final";

/// Bytes of all chunks of a text of this length, tags included.
pub(super) const fn sealed_len(plaintext_len: usize) -> usize {
    let chunks = plaintext_len.div_ceil(CHUNK_LEN);
    let chunks = if chunks == 0 { 1 } else { chunks };
    plaintext_len.saturating_add(chunks.saturating_mul(TAG_LEN))
}

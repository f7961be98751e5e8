//! Opening, in constant memory.

use std::fmt;
use std::ops::Deref;

use zeroize::Zeroize;

use super::EnvelopeError;
use super::chunking::{FINAL, MORE, SEALED_CHUNK_LEN};
use super::context::Context;
use super::header::{self, Header, Inspected};
use super::sealer::append_in_pieces;
use crate::keys::{EncapsulatedKey, KeyRingError, OpeningKeys};
use crate::primitives::aead::TAG_LEN;
use crate::primitives::hpke;

/// Opens an envelope that arrives in pieces, under any key of a ring (`&EnvelopeKeyRing`, `Arc<dyn KeyRing>`, …).
///
/// A chunk is handed out only after its tag has been checked, but only [`Opener::finish`] says that the text is
/// complete: a caller that must not act on a beginning keeps what it was handed aside until then.
pub struct Opener<R> {
    ring: R,
    expected: Context,
    state: State,
    /// Sealed bytes whose chunk is not complete, or not known to have a successor.
    pending: Vec<u8>,
}

enum State {
    Header,
    Chunks { hpke: Box<hpke::Context>, header: Box<Header> },
    Failed,
}

/// What a completely opened envelope was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The header, authenticated.
    pub header: Header,
    /// How many chunks the envelope had.
    pub chunks: u64,
}

impl<R: Deref<Target: OpeningKeys>> Opener<R> {
    /// Begins to open an envelope that must be bound to `expected`.
    #[must_use]
    pub fn new(ring: R, expected: Context) -> Self {
        Self { ring, expected, state: State::Header, pending: Vec::new() }
    }

    /// Takes the next bytes of the envelope and appends to `out` the plaintext of every chunk that stands.
    ///
    /// # Errors
    /// [`EnvelopeError::NotAnEnvelope`], [`EnvelopeError::UnknownVersion`], [`EnvelopeError::UnknownKey`] or
    /// [`EnvelopeError::KeyUnavailable`] while reading the header; [`EnvelopeError::Authentication`] for everything that
    /// does not open, and for every call after a failure.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), EnvelopeError> {
        self.take(bytes, out).inspect_err(|_| self.state = State::Failed)
    }

    /// Says that the envelope has ended: appends the last chunk to `out` and confirms the whole.
    ///
    /// # Errors
    /// [`EnvelopeError::Incomplete`] when the bytes ended within the header, [`EnvelopeError::Authentication`] when
    /// the envelope does not open as a whole.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<Opened, EnvelopeError> {
        let (mut hpke, header) = match self.state {
            State::Header => return Err(EnvelopeError::Incomplete),
            State::Failed => return Err(EnvelopeError::Authentication),
            State::Chunks { hpke, header } => (hpke, header),
        };
        // Only the whole text may be empty: an empty chunk behind others would be a second encoding.
        let needlessly_empty = self.pending.len() == TAG_LEN && hpke.sequence() > 0;
        if needlessly_empty {
            return Err(EnvelopeError::Authentication);
        }
        append_opened(&mut hpke, FINAL, &self.pending, out)?;
        Ok(Opened { header: *header, chunks: hpke.sequence() })
    }

    fn take(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), EnvelopeError> {
        if matches!(self.state, State::Failed) {
            return Err(EnvelopeError::Authentication);
        }
        while !bytes.is_empty() {
            if let State::Chunks { hpke, .. } = &mut self.state {
                // A full chunk with more bytes behind it is not the last.
                if self.pending.len() == SEALED_CHUNK_LEN {
                    append_opened(hpke, MORE, &self.pending, out)?;
                    self.pending.clear();
                }
                if self.pending.is_empty() && bytes.len() > SEALED_CHUNK_LEN {
                    let (chunk, later) = bytes.split_at_checked(SEALED_CHUNK_LEN).unwrap_or((bytes, &[]));
                    append_opened(hpke, MORE, chunk, out)?;
                    bytes = later;
                    continue;
                }
            }
            let kept = self.keep(bytes);
            // What came behind the header is looked at again, as chunks.
            let surplus = if self.try_header()? { self.pending.len().min(kept) } else { 0 };
            self.pending.truncate(self.pending.len().saturating_sub(surplus));
            bytes = bytes.get(kept.saturating_sub(surplus)..).unwrap_or_default();
        }
        Ok(())
    }

    /// Keeps as much as belongs to the header or the next chunk; says how much.
    fn keep(&mut self, bytes: &[u8]) -> usize {
        let most = match self.state {
            State::Header => header::MAX_HEAD,
            State::Chunks { .. } | State::Failed => SEALED_CHUNK_LEN,
        };
        let room = most.saturating_sub(self.pending.len());
        let now = bytes.get(..room).unwrap_or(bytes);
        self.pending.reserve_exact(room);
        append_in_pieces(now, &mut self.pending);
        now.len()
    }

    /// Sets the context up as soon as the header is complete; says whether it was just now.
    fn try_header(&mut self) -> Result<bool, EnvelopeError> {
        if !matches!(self.state, State::Header) {
            return Ok(false);
        }
        let inspected = match header::read(&self.pending) {
            Err(EnvelopeError::Incomplete) => return Ok(false),
            read => read?,
        };
        let hpke = set_up(&inspected, &*self.ring, &self.expected)?;
        self.pending.drain(..inspected.chunks_start);
        self.state = State::Chunks { hpke: Box::new(hpke), header: Box::new(inspected.header) };
        Ok(true)
    }
}

impl<R> fmt::Debug for Opener<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("expected", &self.expected).finish_non_exhaustive()
    }
}

/// The context in which the chunks of this envelope open, if it is what it should be.
pub(super) fn set_up(
    inspected: &Inspected,
    keys: &(impl OpeningKeys + ?Sized),
    expected: &Context,
) -> Result<hpke::Context, EnvelopeError> {
    let kid = &inspected.header.kid;
    let recipient = keys.envelope_key(kid).map_err(cannot_open)?;
    if inspected.header.context != *expected {
        return Err(EnvelopeError::Authentication);
    }
    let enc = EncapsulatedKey::from_bytes(&inspected.enc).ok_or(EnvelopeError::Authentication)?;
    let agreed = keys.agree(kid, &enc).map_err(cannot_open)?;
    Ok(hpke::set_up_recipient(&inspected.enc, agreed.as_bytes(), recipient.point(), &inspected.info))
}

fn cannot_open(error: KeyRingError) -> EnvelopeError {
    match error {
        KeyRingError::UnknownKey { kid } => EnvelopeError::UnknownKey { kid },
        KeyRingError::Unavailable { reason } => EnvelopeError::KeyUnavailable { reason },
        other => EnvelopeError::KeyUnavailable { reason: other.to_string() },
    }
}

/// Appends the plaintext of one chunk to `out`, if it stands; else leaves `out` as it was.
fn append_opened(
    hpke: &mut hpke::Context,
    aad: &[u8],
    sealed: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), EnvelopeError> {
    let start = out.len();
    append_in_pieces(sealed, out);
    let chunk = out.get_mut(start..).unwrap_or_default();
    match hpke.open(aad, chunk) {
        Ok(plaintext_len) => out.truncate(start.saturating_add(plaintext_len)),
        Err(_) => {
            chunk.zeroize();
            out.truncate(start);
            return Err(EnvelopeError::Authentication);
        }
    }
    Ok(())
}

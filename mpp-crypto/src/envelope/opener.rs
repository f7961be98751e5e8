//! Opening, in constant memory.

use std::fmt;
use std::ops::Deref;

use zeroize::Zeroizing;

use super::EnvelopeError;
use super::chunking::{FINAL, MORE, SEALED_CHUNK_LEN};
use super::context::Context;
use super::header::{self, Header, Inspected};
use crate::keys::{EncapsulatedKey, KeyRingError, OpeningKeys};
use crate::primitives::aead::TAG_LEN;
use crate::primitives::hpke;

/// Opens an envelope that arrives in pieces, under any key of a ring (`&EnvelopeKeyRing`, `Arc<EnvelopeKeyRing>`, …).
///
/// A chunk is handed out only after its tag has been checked, but only [`Opener::finish`] says that the text is
/// complete: a caller that must not act on a beginning keeps what it was handed aside until then.
pub struct Opener<R> {
    ring: R,
    expected: Context,
    state: State,
    pending: Zeroizing<Vec<u8>>,
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
        let pending = Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_LEN));
        Self { ring, expected, state: State::Header, pending }
    }

    /// Takes the next bytes of the envelope and appends to `out` the plaintext of every chunk that stands.
    ///
    /// # Errors
    /// [`EnvelopeError::NotAnEnvelope`], [`EnvelopeError::UnknownVersion`] or [`EnvelopeError::UnknownKey`] while
    /// reading the header; [`EnvelopeError::Authentication`] for everything that does not open, and for every call
    /// after a failure.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), EnvelopeError> {
        while !bytes.is_empty() {
            self.make_room(out).inspect_err(|_| self.state = State::Failed)?;
            let room = SEALED_CHUNK_LEN - self.pending.len();
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.pending.extend_from_slice(now);
            bytes = later;
            self.try_header().inspect_err(|_| self.state = State::Failed)?;
        }
        Ok(())
    }

    /// Says that the envelope has ended: appends the last chunk to `out` and confirms the whole.
    ///
    /// # Errors
    /// [`EnvelopeError::Incomplete`] when the bytes ended within the header, [`EnvelopeError::Authentication`] when
    /// the envelope does not open as a whole.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Opened, EnvelopeError> {
        let (mut hpke, header) = match self.state {
            State::Header => return Err(EnvelopeError::Incomplete),
            State::Failed => return Err(EnvelopeError::Authentication),
            State::Chunks { hpke, header } => (hpke, header),
        };
        let needlessly_empty = self.pending.len() == TAG_LEN && hpke.sequence() > 0;
        hpke.open(FINAL, &mut self.pending).map_err(|_| EnvelopeError::Authentication)?;
        if needlessly_empty {
            return Err(EnvelopeError::Authentication);
        }
        out.extend_from_slice(&self.pending);
        Ok(Opened { header: *header, chunks: hpke.sequence() })
    }

    /// A full pending chunk with more bytes behind it is not the last.
    fn make_room(&mut self, out: &mut Vec<u8>) -> Result<(), EnvelopeError> {
        match &mut self.state {
            State::Failed => Err(EnvelopeError::Authentication),
            State::Chunks { hpke, .. } if self.pending.len() == SEALED_CHUNK_LEN => {
                hpke.open(MORE, &mut self.pending).map_err(|_| EnvelopeError::Authentication)?;
                out.extend_from_slice(&self.pending);
                self.pending.clear();
                Ok(())
            }
            State::Header | State::Chunks { .. } => Ok(()),
        }
    }

    /// Sets the context up as soon as the header is complete. It is far shorter than a chunk, so it always fits into
    /// the pending bytes.
    fn try_header(&mut self) -> Result<(), EnvelopeError> {
        if !matches!(self.state, State::Header) {
            return Ok(());
        }
        let inspected = match header::read(&self.pending) {
            Err(EnvelopeError::Incomplete) => return Ok(()),
            read => read?,
        };
        let hpke = self.set_up(&inspected)?;
        self.pending.drain(..inspected.chunks_start);
        self.state = State::Chunks { hpke: Box::new(hpke), header: Box::new(inspected.header) };
        Ok(())
    }

    fn set_up(&self, inspected: &Inspected) -> Result<hpke::Context, EnvelopeError> {
        let kid = &inspected.header.kid;
        let recipient = self.ring.envelope_key(kid).map_err(cannot_open)?;
        if inspected.header.context != self.expected {
            return Err(EnvelopeError::Authentication);
        }
        let enc = EncapsulatedKey::from_bytes(&inspected.enc).ok_or(EnvelopeError::Authentication)?;
        let agreed = self.ring.agree(kid, &enc).map_err(cannot_open)?;
        Ok(hpke::set_up_recipient(&inspected.enc, agreed.as_bytes(), recipient.point(), &inspected.info))
    }
}

fn cannot_open(error: KeyRingError) -> EnvelopeError {
    match error {
        KeyRingError::UnknownKey { kid } => EnvelopeError::UnknownKey { kid },
        KeyRingError::Unavailable { reason } => EnvelopeError::KeyUnavailable { reason },
        other => EnvelopeError::KeyUnavailable { reason: other.to_string() },
    }
}

impl<R> fmt::Debug for Opener<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("expected", &self.expected).finish_non_exhaustive()
    }
}

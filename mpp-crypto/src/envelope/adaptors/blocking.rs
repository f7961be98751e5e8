//! `std::io`.

use std::fmt;
use std::io::{self, Read, Write};
use std::ops::Deref;

use mpp_core::Entropy;

use super::super::chunking::CHUNK_LEN;
use super::super::{Context, Opened, Opener, Sealer};
use super::{READ_AT_ONCE, Unread, invalid};
use crate::keys::{EnvelopePublicKey, OpeningKeys};

/// Seals everything written to it into an envelope on the inner writer.
///
/// An envelope is complete only after [`SealingWriter::finish`]: whoever gets less refuses it.
pub struct SealingWriter<W> {
    sealer: Sealer,
    sealed: Vec<u8>,
    inner: W,
}

impl<W: Write> SealingWriter<W> {
    /// Begins an envelope to `recipient` for `context` and writes its head.
    ///
    /// # Errors
    /// What the inner writer answers.
    pub fn new(
        mut inner: W,
        recipient: &EnvelopePublicKey,
        context: &Context,
        entropy: &dyn Entropy,
    ) -> io::Result<Self> {
        let (sealer, mut sealed) = Sealer::new(recipient, context, entropy);
        inner.write_all(&sealed)?;
        sealed.clear();
        Ok(Self { sealer, sealed, inner })
    }

    /// Ends the envelope, flushes, and gives the inner writer back.
    ///
    /// # Errors
    /// What the inner writer answers.
    pub fn finish(mut self) -> io::Result<W> {
        self.sealer.finish(&mut self.sealed).map_err(invalid)?;
        self.inner.write_all(&self.sealed)?;
        self.inner.flush()?;
        Ok(self.inner)
    }
}

impl<W: Write> Write for SealingWriter<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let now = text.get(..CHUNK_LEN).unwrap_or(text);
        self.sealer.push(now, &mut self.sealed).map_err(invalid)?;
        self.inner.write_all(&self.sealed)?;
        self.sealed.clear();
        Ok(now.len())
    }

    /// Flushes what is sealed; a chunk is sealed when it is full and more text has come.
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W> fmt::Debug for SealingWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingWriter").field("sealer", &self.sealer).finish_non_exhaustive()
    }
}

/// Reads the text of an envelope from the inner reader.
///
/// Bytes are given out only after their chunk has been checked, but only an end without an error says that the text is
/// complete. An envelope that does not open is an error of the kind [`io::ErrorKind::InvalidData`] that holds the
/// [`EnvelopeError`](super::super::EnvelopeError).
pub struct OpeningReader<R, K> {
    unread: Unread<K>,
    sealed: Vec<u8>,
    inner: R,
}

impl<R: Read, K: Deref<Target: OpeningKeys>> OpeningReader<R, K> {
    /// Begins to open an envelope that must be bound to `expected`.
    pub fn new(inner: R, keys: K, expected: Context) -> Self {
        Self { unread: Unread::new(Opener::new(keys, expected)), sealed: vec![0; READ_AT_ONCE], inner }
    }

    /// What the envelope was; known when it has been read to its end.
    #[must_use]
    pub const fn opened(&self) -> Option<&Opened> {
        self.unread.opened.as_ref()
    }
}

impl<R: Read, K: Deref<Target: OpeningKeys>> Read for OpeningReader<R, K> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if target.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(count) = self.unread.take(target) {
                return Ok(count);
            }
            let count = self.inner.read(&mut self.sealed)?;
            self.unread.put(self.sealed.get(..count).unwrap_or_default())?;
        }
    }
}

impl<R, K> fmt::Debug for OpeningReader<R, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpeningReader").field("opened", &self.unread.opened).finish_non_exhaustive()
    }
}

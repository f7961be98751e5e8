//! `futures-io`, which every runtime has a bridge to (for tokio: `tokio_util::compat`).

use std::fmt;
use std::io;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context as Waker, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use mpp_core::Entropy;

use super::super::chunking::CHUNK_LEN;
use super::super::{Context, Opened, Opener, Sealer};
use super::{READ_AT_ONCE, Unread, invalid};
use crate::keys::{EnvelopePublicKey, OpeningKeys};

/// Seals everything written to it into an envelope on the inner writer.
///
/// An envelope is complete only after closing: whoever gets less refuses it.
pub struct AsyncSealingWriter<W> {
    /// Taken when the envelope has been ended.
    sealer: Option<Sealer>,
    sealed: Vec<u8>,
    written: usize,
    inner: W,
}

impl<W: AsyncWrite + Unpin> AsyncSealingWriter<W> {
    /// Begins an envelope to `recipient` for `context`; its head is written before the first text.
    pub fn new(inner: W, recipient: &EnvelopePublicKey, context: &Context, entropy: &dyn Entropy) -> Self {
        let (sealer, sealed) = Sealer::new(recipient, context, entropy);
        Self { sealer: Some(sealer), sealed, written: 0, inner }
    }

    /// The inner writer, to be used after closing.
    pub fn into_inner(self) -> W {
        self.inner
    }

    /// Writes everything that is sealed.
    fn drain(&mut self, waker: &mut Waker<'_>) -> Poll<io::Result<()>> {
        while let Some(unwritten) = self.sealed.get(self.written..).filter(|unwritten| !unwritten.is_empty())
        {
            let count = ready!(Pin::new(&mut self.inner).poll_write(waker, unwritten))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written = self.written.saturating_add(count);
        }
        self.sealed.clear();
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for AsyncSealingWriter<W> {
    fn poll_write(mut self: Pin<&mut Self>, waker: &mut Waker<'_>, text: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.drain(waker))?;
        let now = text.get(..CHUNK_LEN).unwrap_or(text);
        let this = &mut *self;
        let Some(sealer) = &mut this.sealer else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        sealer.push(now, &mut this.sealed).map_err(invalid)?;
        Poll::Ready(Ok(now.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(waker))?;
        Pin::new(&mut self.inner).poll_flush(waker)
    }

    /// Ends the envelope, then closes the inner writer.
    fn poll_close(mut self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(sealer) = this.sealer.take() {
            sealer.finish(&mut this.sealed).map_err(invalid)?;
        }
        ready!(this.drain(waker))?;
        Pin::new(&mut this.inner).poll_close(waker)
    }
}

impl<W> fmt::Debug for AsyncSealingWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncSealingWriter").field("sealer", &self.sealer).finish_non_exhaustive()
    }
}

/// Reads the text of an envelope from the inner reader, as [`OpeningReader`](super::OpeningReader) does.
pub struct AsyncOpeningReader<R, K> {
    unread: Unread<K>,
    sealed: Vec<u8>,
    inner: R,
}

impl<R: AsyncRead + Unpin, K: Deref<Target: OpeningKeys>> AsyncOpeningReader<R, K> {
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

impl<R: AsyncRead + Unpin, K: Deref<Target: OpeningKeys> + Unpin> AsyncRead for AsyncOpeningReader<R, K> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        waker: &mut Waker<'_>,
        target: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if target.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let this = &mut *self;
        loop {
            if let Some(count) = this.unread.take(target) {
                return Poll::Ready(Ok(count));
            }
            let count = ready!(Pin::new(&mut this.inner).poll_read(waker, &mut this.sealed))?;
            this.unread.put(this.sealed.get(..count).unwrap_or_default())?;
        }
    }
}

impl<R, K> fmt::Debug for AsyncOpeningReader<R, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncOpeningReader").field("opened", &self.unread.opened).finish_non_exhaustive()
    }
}

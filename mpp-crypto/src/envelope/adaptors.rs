//! Sealing and opening behind the ordinary interfaces of streams.

#[cfg(feature = "async")]
mod asynchronous;
mod blocking;

use std::io;

#[cfg(feature = "async")]
pub use asynchronous::{AsyncOpeningReader, AsyncSealingWriter};
pub use blocking::{OpeningReader, SealingWriter};

use super::{EnvelopeError, Opened, Opener};
use crate::Plaintext;
use crate::keys::OpeningKeys;

/// Bytes asked of the inner stream at once.
const READ_AT_ONCE: usize = 65_536;

/// What a reader holds between two calls: the opener, and plaintext nobody has asked for yet.
struct Unread<K> {
    opener: Option<Opener<K>>,
    opened: Option<Opened>,
    text: Plaintext,
    position: usize,
}

impl<K: std::ops::Deref<Target: OpeningKeys>> Unread<K> {
    fn new(opener: Opener<K>) -> Self {
        let text = Plaintext::with_capacity(2 * READ_AT_ONCE);
        Self { opener: Some(opener), opened: None, text, position: 0 }
    }

    /// Moves plaintext to `target`; says how many bytes, or nothing when there are none yet and the envelope goes on.
    fn take(&mut self, target: &mut [u8]) -> Option<usize> {
        let unread = self.text.get(self.position..).unwrap_or_default();
        if unread.is_empty() {
            return self.opened.is_some().then_some(0);
        }
        let count = unread.len().min(target.len());
        for (to, from) in target.iter_mut().zip(unread) {
            *to = *from;
        }
        self.position = self.position.saturating_add(count);
        Some(count)
    }

    /// Takes sealed bytes; none at all say that the envelope has ended.
    fn put(&mut self, sealed: &[u8]) -> io::Result<()> {
        self.text.wipe();
        self.position = 0;
        let Some(mut opener) = self.opener.take() else {
            return Err(invalid(EnvelopeError::Authentication));
        };
        if sealed.is_empty() {
            self.opened = Some(opener.finish(self.text.as_mut_vec()).map_err(invalid)?);
            return Ok(());
        }
        opener.push(sealed, self.text.as_mut_vec()).map_err(invalid)?;
        self.opener = Some(opener);
        Ok(())
    }
}

fn invalid(error: EnvelopeError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

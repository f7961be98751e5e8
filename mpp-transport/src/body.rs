//! Bodies: nothing, bytes at hand, or a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;

use crate::{BoxError, TransportError};

/// A body's bytes as they come. After an error the stream ends.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// The body of a request or an answer. `Debug` shows its kind and length only.
#[derive(Default)]
pub enum Body {
    /// No bytes at all.
    #[default]
    Empty,
    /// Bytes at hand.
    Bytes(Bytes),
    /// Bytes as they come.
    Stream(ByteStream),
}

impl Body {
    /// A body from a stream of byte chunks.
    pub fn stream(chunks: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static) -> Self {
        Self::Stream(Box::pin(chunks))
    }

    /// A body from any HTTP body; its trailers are dropped.
    pub fn from_http<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if body.is_end_stream() {
            return Self::Empty;
        }
        Self::stream(body.into_data_stream().map(|chunk| chunk.map_err(TransportError::interrupted)))
    }

    /// The bytes as they come.
    #[must_use]
    pub fn into_stream(self) -> ByteStream {
        match self {
            Self::Empty => Box::pin(stream::empty()),
            Self::Bytes(bytes) => Box::pin(stream::once(async { Ok(bytes) })),
            Self::Stream(chunks) => chunks,
        }
    }

    /// The whole body in memory.
    ///
    /// # Errors
    /// [`TransportError::TooLarge`] as soon as more than `limit_bytes` have come, or what broke the stream off.
    pub async fn collect(self, limit_bytes: usize) -> Result<Bytes, TransportError> {
        let mut chunks = match self {
            Self::Empty => return Ok(Bytes::new()),
            Self::Bytes(bytes) if bytes.len() <= limit_bytes => return Ok(bytes),
            Self::Bytes(_) => return Err(TransportError::TooLarge { limit_bytes }),
            Self::Stream(chunks) => chunks,
        };
        let mut whole = BytesMut::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            if chunk.len() > limit_bytes.saturating_sub(whole.len()) {
                return Err(TransportError::TooLarge { limit_bytes });
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() { Self::Empty } else { Self::Bytes(bytes) }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let this = self.get_mut();
        match std::mem::take(this) {
            Self::Empty => Poll::Ready(None),
            Self::Bytes(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Self::Stream(mut chunks) => {
                let polled = chunks.as_mut().poll_next(context);
                if !matches!(polled, Poll::Ready(None | Some(Err(_)))) {
                    *this = Self::Stream(chunks);
                }
                polled.map(|chunk| chunk.map(|bytes| bytes.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Empty)
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Bytes(bytes) => {
                u64::try_from(bytes.len()).map_or_else(|_| SizeHint::default(), SizeHint::with_exact)
            }
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests;

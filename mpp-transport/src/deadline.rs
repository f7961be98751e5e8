//! The time limit of one exchange, the same for every transport.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use tokio::time::{Instant, Sleep};

use crate::{Body, ByteStream, Bytes, TransportError};

/// The instant by which an exchange must be over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// So long from now.
    pub(crate) fn after(timeout: Duration) -> Self {
        let start = Instant::now();
        // A timeout beyond what the clock can tell is as good as a year.
        Self(start.checked_add(timeout).unwrap_or(start + Duration::from_secs(365 * 86_400)))
    }

    /// Gives `step` up when the time is over.
    pub(crate) async fn bound<T>(
        self,
        step: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        tokio::time::timeout_at(self.0, step).await.unwrap_or(Err(TransportError::Timeout))
    }

    /// The body, which fails when the time is over.
    pub(crate) fn bound_body(self, body: Body) -> Body {
        match body {
            Body::Empty | Body::Bytes(_) => body,
            Body::Stream(chunks) => {
                let over = Box::pin(tokio::time::sleep_until(self.0));
                Body::stream(Bounded { chunks: Some(chunks), over })
            }
        }
    }
}

struct Bounded {
    chunks: Option<ByteStream>,
    over: Pin<Box<Sleep>>,
}

impl Stream for Bounded {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(chunks) = self.chunks.as_mut() else { return Poll::Ready(None) };
        let polled = match chunks.as_mut().poll_next(context) {
            Poll::Pending => self.over.as_mut().poll(context).map(|()| Some(Err(TransportError::Timeout))),
            ready @ Poll::Ready(_) => ready,
        };
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.chunks = None;
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, stream};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up_at_the_deadline() {
        let first = stream::once(async { Ok(Bytes::from_static(b"first")) });
        let body = Body::stream(first.chain(stream::pending()));
        let mut chunks = Deadline::after(Duration::from_secs(5)).bound_body(body).into_stream();
        assert_eq!(chunks.next().await.unwrap().unwrap(), "first");
        assert!(matches!(chunks.next().await, Some(Err(TransportError::Timeout))));
        assert!(chunks.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_that_never_ends_is_given_up_at_the_deadline() {
        let never = futures::future::pending::<Result<(), TransportError>>();
        let result = Deadline::after(Duration::MAX).bound(async { Ok(1) }).await;
        assert_eq!(result.unwrap(), 1);
        let error = Deadline::after(Duration::from_secs(1)).bound(never).await.unwrap_err();
        assert!(matches!(error, TransportError::Timeout));
    }
}

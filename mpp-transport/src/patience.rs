//! Long answers: what has to keep coming, however long all of it takes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use tokio::time::Sleep;

use crate::{Body, ByteStream, Bytes, Request, Response, Transport, TransportError};

/// Sends a request whose answer may be long. The head has to come within `silence`, and so has every chunk after the reader
/// asked for it; [`Request::timeout`] bounds all of it. Time that the reader takes between chunks does not count as silence.
///
/// # Errors
/// As [`Transport::send`]; the body's stream yields [`TransportError::Timeout`] when nothing comes.
pub async fn send_patiently(
    transport: &dyn Transport,
    request: Request,
    silence: Duration,
) -> Result<Response, TransportError> {
    let sent = tokio::time::timeout(silence, transport.send(request)).await;
    let mut response = sent.unwrap_or(Err(TransportError::Timeout))?;
    response.body = keep_coming(response.body, silence);
    Ok(response)
}

fn keep_coming(body: Body, silence: Duration) -> Body {
    match body {
        Body::Empty | Body::Bytes(_) => body,
        Body::Stream(chunks) => Body::stream(Coming { chunks: Some(chunks), silence, waiting: None }),
    }
}

struct Coming {
    chunks: Option<ByteStream>,
    silence: Duration,
    /// Runs while somebody waits for a chunk.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Stream for Coming {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(chunks) = this.chunks.as_mut() else { return Poll::Ready(None) };
        let polled = match chunks.as_mut().poll_next(context) {
            Poll::Pending => {
                let silence = this.silence;
                let waiting = this.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(silence)));
                waiting.as_mut().poll(context).map(|()| Some(Err(TransportError::Timeout)))
            }
            ready @ Poll::Ready(_) => {
                this.waiting = None;
                ready
            }
        };
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            this.chunks = None;
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use futures::{StreamExt, stream};

    use super::*;

    const SILENCE: Duration = Duration::from_secs(30);

    fn chunk() -> Result<Bytes, TransportError> {
        Ok(Bytes::from_static(b"chunk"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_line_may_take_its_time_and_a_silent_one_is_given_up() {
        let slow = stream::iter(0..20).then(|_| async {
            tokio::time::sleep(Duration::from_secs(29)).await;
            chunk()
        });
        let body = Body::stream(slow.chain(stream::pending()));
        let mut chunks = keep_coming(body, SILENCE).into_stream();
        for _ in 0..20 {
            assert_eq!(chunks.next().await.unwrap().unwrap(), "chunk");
        }
        assert!(matches!(chunks.next().await, Some(Err(TransportError::Timeout))));
        assert!(chunks.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_a_reader_takes_is_no_silence() {
        let (sender, receiver) = futures::channel::mpsc::unbounded();
        let mut chunks = keep_coming(Body::stream(receiver), SILENCE).into_stream();
        sender.unbounded_send(chunk()).unwrap();
        chunks.next().await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_secs(300)).await;
        let (next, ()) = tokio::join!(chunks.next(), async {
            tokio::time::sleep(Duration::from_secs(29)).await;
            sender.unbounded_send(chunk()).unwrap();
        });
        assert_eq!(next.unwrap().unwrap(), "chunk");
    }
}

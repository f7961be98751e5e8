//! Peers in the same process.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use http::{HeaderValue, Method, StatusCode, Uri, header};
use tower::{Service, ServiceExt};
use url::{Position, Url};

use crate::deadline::Deadline;
use crate::{Body, BoxError, ByteStream, Request, Response, Transport, TransportError};

/// Hands requests to services of this process, found by the authority (`host` or `host:port`) of the URL.
/// A service is anything tower calls one, such as an axum router. Clones share their peers, so a peer can
/// be added, replaced or taken away (which refuses connections) while others use the transport.
#[derive(Clone, Default)]
pub struct LoopbackTransport {
    peers: Arc<RwLock<BTreeMap<String, Arc<dyn Peer>>>>,
}

impl LoopbackTransport {
    /// A transport without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The transport with one more peer: see [`LoopbackTransport::insert`].
    #[must_use]
    pub fn with<S, B>(self, authority: &str, service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.insert(authority, service);
        self
    }

    /// Lets `service` answer for `authority`, in place of an earlier one.
    pub fn insert<S, B>(&self, authority: &str, service: S)
    where
        S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut peers = self.peers.write().unwrap_or_else(PoisonError::into_inner);
        peers.insert(authority.to_ascii_lowercase(), Arc::new(service));
    }

    /// Takes the peer away: connections to `authority` are refused from now on.
    pub fn remove(&self, authority: &str) {
        let mut peers = self.peers.write().unwrap_or_else(PoisonError::into_inner);
        peers.remove(&authority.to_ascii_lowercase());
    }

    fn peer(&self, url: &Url) -> Option<Arc<dyn Peer>> {
        let authority = &url[Position::BeforeHost..Position::AfterPort];
        self.peers.read().unwrap_or_else(PoisonError::into_inner).get(authority).cloned()
    }
}

impl fmt::Debug for LoopbackTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peers = self.peers.read().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("LoopbackTransport").field("peers", &peers.keys().collect::<Vec<_>>()).finish()
    }
}

#[async_trait]
impl Transport for LoopbackTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let deadline = Deadline::after(request.timeout);
        let peer = self.peer(&request.url).ok_or_else(|| TransportError::connect("no such peer"))?;
        let bodiless = request.method == Method::HEAD;
        let message = to_message(request)?;
        let answer = deadline.bound(peer.answer(message)).await?;
        let (head, body) = answer.into_parts();
        let bodiless = bodiless || matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let declared = head.headers.get(header::CONTENT_LENGTH).and_then(declared_length);
        let body = match (body, declared) {
            (body, Some(declared)) if !bodiless => Body::stream(whole_only(body.into_stream(), declared)),
            (body, _) => body,
        };
        Ok(Response { status: head.status, headers: head.headers, body: deadline.bound_body(body) })
    }
}

/// The request as a server sees it: origin-form target, `host` and `content-length` among the header fields.
fn to_message(request: Request) -> Result<http::Request<Body>, TransportError> {
    const UNUSABLE: TransportError = TransportError::Invalid { reason: "not a usable address" };
    let target: Uri =
        request.url[Position::BeforePath..Position::AfterQuery].parse().map_err(|_| UNUSABLE)?;
    let host = &request.url[Position::BeforeHost..Position::AfterPort];
    let host = HeaderValue::from_str(host).map_err(|_| UNUSABLE)?;
    let length = match &request.body {
        Body::Bytes(bytes) => Some(HeaderValue::from(bytes.len())),
        Body::Empty | Body::Stream(_) => None,
    };
    let mut message = http::Request::new(request.body);
    *message.method_mut() = request.method;
    *message.uri_mut() = target;
    *message.headers_mut() = request.headers;
    message.headers_mut().entry(header::HOST).or_insert(host);
    if let Some(length) = length {
        message.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    Ok(message)
}

fn declared_length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.parse().ok()
}

/// The chunks, with an error in place of the end when fewer bytes came than were declared: on a network the
/// connection would have been cut.
fn whole_only(
    chunks: ByteStream,
    declared: u64,
) -> impl futures::Stream<Item = Result<Bytes, TransportError>> + Send {
    stream::unfold(Some((chunks, declared)), |state| async move {
        let (mut chunks, missing) = state?;
        match chunks.next().await {
            Some(Ok(chunk)) => {
                let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                match missing.checked_sub(length) {
                    Some(missing) => Some((Ok(chunk), Some((chunks, missing)))),
                    None => Some((Err(TransportError::interrupted("longer than declared")), None)),
                }
            }
            Some(Err(error)) => Some((Err(error), None)),
            None if missing > 0 => Some((Err(TransportError::interrupted("shorter than declared")), None)),
            None => None,
        }
    })
}

trait Peer: Send + Sync {
    fn answer(
        &self,
        message: http::Request<Body>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, TransportError>>;
}

impl<S, B> Peer for S
where
    S: Service<http::Request<Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn answer(
        &self,
        message: http::Request<Body>,
    ) -> BoxFuture<'static, Result<http::Response<Body>, TransportError>> {
        let service = self.clone();
        Box::pin(async move {
            let answer = service.oneshot(message).await.map_err(TransportError::interrupted)?;
            Ok(answer.map(Body::from_http))
        })
    }
}

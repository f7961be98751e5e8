//! HTTP and HTTPS over reqwest.

use async_trait::async_trait;
use futures::StreamExt;

use crate::deadline::Deadline;
use crate::{Body, ConnectionSettings, Request, Response, Transport, TransportError};

/// HTTP/1.1 over TCP or TLS (rustls, the operating system's certificate authorities). Follows no redirects,
/// takes no proxy from the environment and keeps connections for later requests.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
}

impl ReqwestTransport {
    /// A transport with connections of its own.
    ///
    /// # Errors
    /// [`TransportError::Invalid`] when TLS cannot be set up on this machine.
    pub fn new(settings: ConnectionSettings) -> Result<Self, TransportError> {
        let client = builder(settings)
            .build()
            // A machine without certificate authorities can still speak HTTP, and trusts nobody over HTTPS.
            .or_else(|_| builder(settings).tls_certs_only([]).build())
            .map_err(|_| TransportError::Invalid { reason: "TLS could not be set up" })?;
        Ok(Self { client })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let deadline = Deadline::after(request.timeout);
        let builder = self.client.request(request.method, request.url).headers(request.headers);
        let builder = match request.body {
            Body::Empty => builder,
            Body::Bytes(bytes) => builder.body(bytes),
            Body::Stream(chunks) => builder.body(reqwest::Body::wrap_stream(chunks)),
        };
        let answer = deadline.bound(async { builder.send().await.map_err(classify) }).await?;
        let answer: http::Response<reqwest::Body> = answer.into();
        let (head, body) = answer.into_parts();
        let body = match Body::from_http(body) {
            Body::Stream(chunks) => Body::stream(chunks.map(|chunk| chunk.map_err(strip_url))),
            whole => whole,
        };
        Ok(Response { status: head.status, headers: head.headers, body: deadline.bound_body(body) })
    }
}

fn builder(settings: ConnectionSettings) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(settings.connect_timeout)
        .pool_idle_timeout(settings.idle_timeout)
        .pool_max_idle_per_host(settings.idle_per_peer)
}

fn classify(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if error.is_builder() {
        TransportError::Invalid { reason: "not a usable request" }
    } else if error.is_connect() {
        TransportError::connect(error)
    } else if error.is_timeout() {
        TransportError::Timeout
    } else {
        TransportError::interrupted(error)
    }
}

/// reqwest names the address in the errors of bodies too.
fn strip_url(error: TransportError) -> TransportError {
    match error {
        TransportError::Interrupted { source } => match source.downcast::<reqwest::Error>() {
            Ok(error) => classify(*error),
            Err(source) => TransportError::Interrupted { source },
        },
        other => other,
    }
}

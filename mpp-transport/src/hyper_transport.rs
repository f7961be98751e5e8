//! HTTP and HTTPS straight on hyper.

use async_trait::async_trait;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::deadline::Deadline;
use crate::{Body, ConnectionSettings, Request, Response, Transport, TransportError};

/// HTTP/1.1 over TCP or TLS (rustls, the operating system's certificate authorities) with nothing between
/// hyper and the caller: the smallest client, and the second opinion on the first one.
#[derive(Debug, Clone)]
pub struct HyperTransport {
    client: Client<HttpsConnector<HttpConnector>, Body>,
}

impl HyperTransport {
    /// A transport with connections of its own.
    ///
    /// # Errors
    /// [`TransportError::Invalid`] when TLS cannot be set up on this machine.
    pub fn new(settings: ConnectionSettings) -> Result<Self, TransportError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(settings.connect_timeout));
        let connector = HttpsConnectorBuilder::new()
            .try_with_platform_verifier()
            .map_err(|_| TransportError::Invalid { reason: "TLS could not be set up" })?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(settings.idle_timeout)
            .pool_max_idle_per_host(settings.idle_per_peer)
            .retry_canceled_requests(false)
            .build(connector);
        Ok(Self { client })
    }
}

#[async_trait]
impl Transport for HyperTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let deadline = Deadline::after(request.timeout);
        let mut message = http::Request::new(request.body);
        *message.method_mut() = request.method;
        *message.headers_mut() = request.headers;
        *message.uri_mut() = request
            .url
            .as_str()
            .parse()
            .map_err(|_| TransportError::Invalid { reason: "not a usable address" })?;
        let answer = deadline.bound(async { self.client.request(message).await.map_err(classify) }).await?;
        let (head, body) = answer.into_parts();
        let body = deadline.bound_body(Body::from_http(body));
        Ok(Response { status: head.status, headers: head.headers, body })
    }
}

fn classify(error: hyper_util::client::legacy::Error) -> TransportError {
    if error.is_connect() { TransportError::connect(error) } else { TransportError::interrupted(error) }
}

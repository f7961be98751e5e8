//! HTTP and HTTPS straight on hyper.

use std::sync::Arc;

use async_trait::async_trait;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};

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
            .with_tls_config(tls()?)
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

/// TLS with the operating system's certificate authorities. A machine without any can still speak HTTP, and
/// trusts nobody over HTTPS.
fn tls() -> Result<ClientConfig, TransportError> {
    const UNUSABLE: TransportError = TransportError::Invalid { reason: "TLS could not be set up" };
    let builder = || {
        ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| UNUSABLE)
    };
    let config = match builder()?.try_with_platform_verifier() {
        Ok(trusting) => trusting.with_no_client_auth(),
        Err(_) => builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth(),
    };
    Ok(config)
}

fn classify(error: hyper_util::client::legacy::Error) -> TransportError {
    if error.is_connect() { TransportError::connect(error) } else { TransportError::interrupted(error) }
}

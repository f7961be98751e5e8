//! A request and its answer.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use url::{Position, Url};

use crate::{Body, Bytes, TransportError};

/// The timeout of a request that sets none: half a minute.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A request to be sent. `Debug` shows neither the query nor header values nor the body.
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to; `http` or `https`. Never put personal data into it.
    pub url: Url,
    /// The header fields. `host` and `content-length` are added by the transport.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// How long the whole exchange may take, up to the last byte of the answer's body.
    pub timeout: Duration,
}

impl Request {
    /// A request without body or header fields, with the [`DEFAULT_TIMEOUT`].
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), body: Body::Empty, timeout: DEFAULT_TIMEOUT }
    }

    /// A GET request.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST request.
    #[must_use]
    pub fn post(url: Url) -> Self {
        Self::new(Method::POST, url)
    }

    /// The request with this header field, in place of an earlier one of the same name.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The request with this body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// The request with this timeout for the whole exchange.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &&self.url[..Position::AfterPath])
            .field("headers", &names)
            .field("body", &self.body)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// An answer; its body may still be on the way. `Debug` shows neither header values nor the body.
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
}

impl Response {
    /// An answer without header fields.
    #[must_use]
    pub fn new(status: StatusCode, body: impl Into<Body>) -> Self {
        Self { status, headers: HeaderMap::new(), body: body.into() }
    }

    /// The value of a header field, when it is there once and is visible ASCII.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        if values.next().is_some() { None } else { first.to_str().ok() }
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// [`TransportError::TooLarge`] beyond `limit_bytes`, or what broke the body off.
    pub async fn collect(self, limit_bytes: usize) -> Result<Bytes, TransportError> {
        self.body.collect(limit_bytes).await
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &names)
            .field("body", &self.body)
            .finish()
    }
}

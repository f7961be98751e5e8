//! The HTTP caller under every typed client: encodes, authorises, sends, decodes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use mpp_core::Persistence;
use mpp_transport::{Request, Response, Transport, TransportError, send_patiently};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::problem::Problem;

/// The header under which a POST names itself, so that a repeat gets the stored answer.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The largest JSON answer a client reads: several accounts of 16 MiB, written in Base64.
const ANSWER_LIMIT_BYTES: usize = 256 * 1024 * 1024;

/// The largest problem document a client reads.
const PROBLEM_LIMIT_BYTES: usize = 64 * 1024;

/// How long a client waits for an answer, on top of what it asked the server to hold the line.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a file may take to its last byte behind a slow line, as long as something keeps coming.
const LONGEST_READ: Duration = Duration::from_secs(4 * 3600);

/// The code of a refusal that says nothing itself: it may come from anything between here and the server.
pub const UNEXPLAINED: &str = "unexplained";

/// The outgoing request as an authorisation sees it.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The method.
    pub method: &'a Method,
    /// The full address.
    pub url: &'a Url,
    /// The exact body bytes.
    pub body: &'a [u8],
}

/// Proves to the server who is calling: a bearer key, or an RFC 9421 signature made by a key ring.
pub trait Authorization: std::fmt::Debug + Send + Sync {
    /// The headers that prove it for this request.
    ///
    /// # Errors
    /// When the proof cannot be made, for example because the key is gone.
    fn headers(&self, outgoing: Outgoing<'_>) -> Result<HeaderMap, AuthorizationError>;
}

/// The proof of identity could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the request could not be authorised: {reason}")]
pub struct AuthorizationError {
    /// Why, without secrets.
    pub reason: String,
}

/// No proof: for the few calls that carry their own (a one-time link, an enrolment token).
#[derive(Debug, Clone, Copy, Default)]
pub struct Anonymous;

impl Authorization for Anonymous {
    fn headers(&self, _outgoing: Outgoing<'_>) -> Result<HeaderMap, AuthorizationError> {
        Ok(HeaderMap::new())
    }
}

/// A secret key in the `Authorization` header (RFC 6750).
pub struct Bearer(HeaderValue);

impl Bearer {
    /// Wraps a key.
    ///
    /// # Errors
    /// When the key has characters a header cannot carry.
    pub fn new(key: &str) -> Result<Self, AuthorizationError> {
        let mut value = HeaderValue::try_from(format!("Bearer {key}"))
            .map_err(|_| AuthorizationError { reason: "the key is not printable ASCII".to_owned() })?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(..)")
    }
}

impl Authorization for Bearer {
    fn headers(&self, _outgoing: Outgoing<'_>) -> Result<HeaderMap, AuthorizationError> {
        Ok(HeaderMap::from_iter([(header::AUTHORIZATION, self.0.clone())]))
    }
}

/// Why a call did not give its answer.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The server refused, and said why.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The request did not reach the server, or its answer did not come back.
    #[error("the exchange failed")]
    Transport(#[from] TransportError),
    /// The request could not be authorised.
    #[error(transparent)]
    Authorization(#[from] AuthorizationError),
    /// The answer is not what the interface promises.
    #[error("the answer to {path} could not be understood")]
    Answer {
        /// The path that was called.
        path: String,
    },
    /// The address or body could not be built.
    #[error("the request to {path} could not be built")]
    Request {
        /// The path that was to be called.
        path: String,
    },
}

impl ApiError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Refused(problem) if matches!(problem.status, 408 | 425 | 429 | 500..=599) => {
                Persistence::Temporary
            }
            Self::Refused(_) | Self::Authorization(_) | Self::Answer { .. } | Self::Request { .. } => {
                Persistence::Permanent
            }
            Self::Transport(error) if error.is_temporary() => Persistence::Temporary,
            Self::Transport(_) => Persistence::Permanent,
        }
    }

    /// The stable code of the refusal, when the server refused.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(problem) => Some(&problem.code),
            _ => None,
        }
    }
}

/// Calls one server as one party.
#[derive(Debug, Clone)]
pub struct Caller {
    base: Url,
    transport: Arc<dyn Transport>,
    authorization: Arc<dyn Authorization>,
}

impl Caller {
    /// A caller of the server at `base`.
    #[must_use]
    pub fn new(base: Url, transport: Arc<dyn Transport>, authorization: Arc<dyn Authorization>) -> Self {
        Self { base, transport, authorization }
    }

    /// The same server, called as another party.
    #[must_use]
    pub fn as_party(&self, authorization: Arc<dyn Authorization>) -> Self {
        Self { authorization, ..self.clone() }
    }

    /// The address of the server.
    #[must_use]
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// GETs a JSON document. `hold` is how long the server was asked to wait before it answers.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str, hold: Duration) -> Result<T, ApiError> {
        let response = self.send(Method::GET, path, HeaderMap::new(), Bytes::new(), hold).await?;
        decode(path, response).await
    }

    /// GETs a document as it streams in, with its headers.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn get_stream(&self, path: &str) -> Result<Response, ApiError> {
        let response = self.send(Method::GET, path, HeaderMap::new(), Bytes::new(), Duration::ZERO).await?;
        refuse_failures(path, response).await
    }

    /// The same for a file that may be large: a slow line is waited for up to four hours, a silent one is given up within half
    /// a minute.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn get_file(&self, path: &str) -> Result<Response, ApiError> {
        let request = self.request(Method::GET, path, HeaderMap::new(), Bytes::new(), LONGEST_READ)?;
        let response = send_patiently(&*self.transport, request, ANSWER_TIMEOUT).await?;
        refuse_failures(path, response).await
    }

    /// POSTs a JSON document under an idempotency key and reads the JSON answer.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        idempotency_key: &str,
        body: &B,
    ) -> Result<T, ApiError> {
        let bytes = serde_json::to_vec(body).map_err(|_| ApiError::Request { path: path.to_owned() })?;
        let key = HeaderValue::from_str(idempotency_key)
            .map_err(|_| ApiError::Request { path: path.to_owned() })?;
        let headers = HeaderMap::from_iter([
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (IDEMPOTENCY_KEY, key),
        ]);
        let response = self.send(Method::POST, path, headers, bytes.into(), Duration::ZERO).await?;
        decode(path, response).await
    }

    /// POSTs nothing, where a repeat changes nothing and so needs no idempotency key, and reads the JSON answer.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn post_nothing<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        let response = self.send(Method::POST, path, HeaderMap::new(), Bytes::new(), Duration::ZERO).await?;
        decode(path, response).await
    }

    /// Sends raw bytes with further headers and gives the answer's head and body, whatever its status below 400.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn send_raw(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response, ApiError> {
        let response = self.send(method, path, headers, body, Duration::ZERO).await?;
        refuse_failures(path, response).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        hold: Duration,
    ) -> Result<Response, ApiError> {
        let timeout = ANSWER_TIMEOUT.saturating_add(hold);
        let request = self.request(method, path, headers, body, timeout)?;
        Ok(self.transport.send(request).await?)
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        mut headers: HeaderMap,
        body: Bytes,
        timeout: Duration,
    ) -> Result<Request, ApiError> {
        let url = self.base.join(path).map_err(|_| ApiError::Request { path: path.to_owned() })?;
        let outgoing = Outgoing { method: &method, url: &url, body: &body };
        headers.extend(self.authorization.headers(outgoing)?);
        Ok(Request { method, url, headers, body: body.into(), timeout })
    }
}

async fn refuse_failures(path: &str, response: Response) -> Result<Response, ApiError> {
    if response.status.is_client_error() || response.status.is_server_error() {
        return Err(problem_of(path, response).await);
    }
    Ok(response)
}

async fn decode<T: DeserializeOwned>(path: &str, response: Response) -> Result<T, ApiError> {
    let response = refuse_failures(path, response).await?;
    let bytes = response.body.collect(ANSWER_LIMIT_BYTES).await?;
    let bytes: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
    serde_json::from_slice(bytes).map_err(|_| ApiError::Answer { path: path.to_owned() })
}

async fn problem_of(path: &str, response: Response) -> ApiError {
    let status = response.status;
    match response.body.collect(PROBLEM_LIMIT_BYTES).await {
        Ok(bytes) => serde_json::from_slice::<Problem>(&bytes)
            .map_or_else(|_| bare_problem(path, status), ApiError::Refused),
        Err(error) => ApiError::Transport(error),
    }
}

fn bare_problem(path: &str, status: StatusCode) -> ApiError {
    let title = format!("{path} answered {status} without saying why");
    ApiError::Refused(Problem::new(status.as_u16(), UNEXPLAINED, title))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;

    /// Answers with nothing, and keeps how long it was given.
    #[derive(Debug, Default)]
    struct Recording(Mutex<Vec<Duration>>);

    #[async_trait]
    impl Transport for Recording {
        async fn send(&self, request: Request) -> Result<Response, TransportError> {
            self.0.lock().unwrap().push(request.timeout);
            Ok(Response::new(StatusCode::OK, Bytes::new()))
        }
    }

    #[tokio::test]
    async fn a_file_has_hours_and_everything_else_half_a_minute() {
        let transport = Arc::new(Recording::default());
        let base = "http://localhost/".parse().unwrap();
        let shared: Arc<dyn Transport> = Arc::<Recording>::clone(&transport);
        let caller = Caller::new(base, shared, Arc::new(Anonymous));
        caller.get_file("/v1/parcels/1/content").await.unwrap();
        caller.get_stream("/v1/log/checkpoint").await.unwrap();
        caller.get::<()>("/v1/notifications", Duration::from_secs(25)).await.unwrap();
        let given: Vec<_> = transport.0.lock().unwrap().iter().map(Duration::as_secs).collect();
        assert_eq!(given, [4 * 3600, 30, 55]);
    }
}

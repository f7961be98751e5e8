//! Callers that sign their requests (RFC 9421): client servers and phones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, header};
use mpp_core::{Clock, Kid, Span, Timestamp};
use mpp_crypto::VerifyingKey;
use mpp_crypto::http_signature::{self, ContentDigest, Nonce, RequestParts, SignatureHeaders};

use super::Refusal;

/// The largest body of a signed request, in bytes; uploads come in appends below it.
pub const LARGEST_SIGNED_BODY: usize = 8 * 1024 * 1024;

/// How old a signature may be.
const FRESH: Span = Span::from_minutes(5);

/// How long a nonce is remembered: as long as a signature stays fresh, and the signer's clock may be ahead.
const REMEMBERED: Span = Span::from_minutes(6);

/// Who may call with a key.
#[derive(Debug, Clone)]
pub struct KnownSigner<P> {
    /// The key.
    pub key: VerifyingKey,
    /// Whose it is.
    pub party: P,
}

/// Knows the keys of those who may call, and whose they are.
#[async_trait]
pub trait SignerDirectory<P>: std::fmt::Debug + Send + Sync {
    /// The key of this name, if its owner may call now.
    ///
    /// # Errors
    /// When the directory does not answer.
    async fn signer(&self, kid: &Kid) -> Result<Option<KnownSigner<P>>, Refusal>;
}

/// Who may call, and what was called before.
#[derive(Debug, Clone)]
pub struct SignedCallers<P> {
    directory: Arc<dyn SignerDirectory<P>>,
    clock: Arc<dyn Clock>,
    seen: Arc<SeenNonces>,
}

impl<P> SignedCallers<P> {
    /// Callers known to a directory.
    #[must_use]
    pub fn new(directory: Arc<dyn SignerDirectory<P>>, clock: Arc<dyn Clock>) -> Self {
        Self { directory, clock, seen: Arc::default() }
    }

    async fn identify(&self, head: &Parts, body: &Bytes) -> Result<SignedCaller<P>, Refusal> {
        let headers = signature_headers(&head.headers).ok_or_else(Refusal::unauthenticated)?;
        let claimed = http_signature::claimed_kid(&headers).map_err(|_| Refusal::unauthenticated())?;
        let known = self.directory.signer(&claimed).await?.ok_or_else(Refusal::unauthenticated)?;
        let parts = RequestParts {
            method: head.method.as_str(),
            authority: authority(head).ok_or_else(Refusal::unauthenticated)?,
            path: head.uri.path(),
            query: head.uri.query(),
            content_digest: (!body.is_empty()).then(|| ContentDigest::of(body)),
            fields: &[],
        };
        let now = self.clock.now();
        let signer =
            http_signature::verify(&parts, &headers, |_| Some(&known.key), now, FRESH).map_err(|error| {
                tracing::debug!(%error, "a signed request was refused");
                Refusal::unauthenticated()
            })?;
        self.seen
            .first_time(&signer.kid, &signer.nonce, now)
            .then_some(())
            .ok_or_else(Refusal::unauthenticated)?;
        Ok(SignedCaller { kid: signer.kid, party: known.party })
    }
}

/// The key a request was signed with, and the party behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCaller<P> {
    /// The key.
    pub kid: Kid,
    /// Whose it is.
    pub party: P,
}

impl<S: Send + Sync, P: Clone + Send + Sync + 'static> FromRequestParts<S> for SignedCaller<P> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Refusal::unauthenticated)
    }
}

/// Middleware: lets a request through when its signature stands, is fresh and was not seen before.
pub async fn require_signature<P: Clone + Send + Sync + 'static>(
    State(callers): State<SignedCallers<P>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_SIGNED_BODY).await else {
        return Refusal::invalid_request("the body is too large or did not arrive whole").into_response();
    };
    match callers.identify(&head, &body).await {
        Ok(caller) => {
            head.extensions.insert(super::CallerName::new(&caller.kid));
            head.extensions.insert(caller);
            next.run(Request::from_parts(head, Body::from(body))).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

fn signature_headers(headers: &HeaderMap) -> Option<SignatureHeaders> {
    let single = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?.to_str().ok()?.to_owned();
        values.next().is_none().then_some(first)
    };
    Some(SignatureHeaders {
        content_digest: single("content-digest"),
        signature_input: single("signature-input")?,
        signature: single("signature")?,
    })
}

fn authority(head: &Parts) -> Option<&str> {
    let host = || head.headers.get(header::HOST)?.to_str().ok();
    head.uri.authority().map(http::uri::Authority::as_str).or_else(host)
}

/// The nonces of fresh signatures. Held by this process: nodes that share a load each refuse repeats of their own, and
/// every request that changes anything is idempotent by its own means.
#[derive(Debug, Default)]
struct SeenNonces(Mutex<HashMap<(Kid, Nonce), Timestamp>>);

impl SeenNonces {
    fn first_time(&self, kid: &Kid, nonce: &Nonce, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= 1024 && seen.len().is_power_of_two() {
            seen.retain(|_, at| now.since(*at) <= REMEMBERED);
        }
        seen.insert((kid.clone(), nonce.clone()), now).is_none()
    }
}

#[cfg(test)]
mod tests;

//! The port.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Request, Response, TransportError};

/// Carries one HTTP request to a peer and brings back its answer; held as `Arc<dyn Transport>`.
///
/// The contract, checked for every implementation by [`crate::conformance`]:
///
/// 1. Method, path, query, header fields and body arrive unaltered; so does the answer. Nothing is decoded.
/// 2. Any status is an answer, never an error. Redirects are not followed; no proxy is taken from the environment.
/// 3. Bodies stream both ways: neither side of the exchange is gathered in memory.
/// 4. `Request::timeout` covers everything from the call to the last byte of the answer's body. When it passes
///    while the body is read, the body's stream yields [`TransportError::Timeout`].
/// 5. A peer nobody listens at is [`TransportError::Connect`]; an answer that ends early is
///    [`TransportError::Interrupted`], never a shorter body.
/// 6. Nothing is retried once the peer may have seen the request.
/// 7. Dropping the future or the body gives up the exchange.
///
/// # Adding a transport
/// 1. A file with the type, behind a feature of its own.
/// 2. Map every error of the client below to a [`TransportError`] kind, without URLs in the texts.
/// 3. Bound the exchange with `deadline::Deadline`, as the other transports do.
/// 4. A line in `tests/conformance.rs`.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Sends `request` and returns once the head of the answer is there.
    ///
    /// # Errors
    /// When no answer came: see [`TransportError`].
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

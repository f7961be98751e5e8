//! Signs requests to central with the client server's signing key (RFC 9421).

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use mpp_api::{Authorization, AuthorizationError, Outgoing};
use mpp_core::{Clock, Entropy};
use mpp_crypto::http_signature::{self, ContentDigest, Nonce, RequestParts};
use mpp_services::client::ClientKeys;
use url::Position;

/// Signs with the key in force at the moment; before the enrolment there is none.
#[derive(Debug)]
pub(super) struct RequestSigner {
    keys: Arc<ClientKeys>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl RequestSigner {
    pub(super) const fn new(keys: Arc<ClientKeys>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { keys, clock, entropy }
    }
}

impl Authorization for RequestSigner {
    fn headers(&self, outgoing: Outgoing<'_>) -> Result<HeaderMap, AuthorizationError> {
        let failed = |reason: &str| AuthorizationError { reason: reason.to_owned() };
        let key = self.keys.signing().ok_or_else(|| failed("this server has no enrolled key"))?;
        let url = outgoing.url;
        let parts = RequestParts {
            method: outgoing.method.as_str(),
            authority: &url[Position::BeforeHost..Position::AfterPort],
            path: url.path(),
            query: url.query(),
            content_digest: (!outgoing.body.is_empty()).then(|| ContentDigest::of(outgoing.body)),
            fields: &[],
        };
        let nonce = Nonce::generate(self.entropy.as_ref());
        let signed = http_signature::sign(&parts, &key, self.clock.now(), &nonce)
            .map_err(|error| failed(&error.to_string()))?;
        let mut headers = HeaderMap::new();
        for (name, value) in signed.pairs() {
            let value =
                HeaderValue::from_str(value).map_err(|_| failed("a signature header is not printable"))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

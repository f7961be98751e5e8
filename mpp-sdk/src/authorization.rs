//! Every request to central is signed with the device key (RFC 9421).

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use mpp_api::{Authorization, AuthorizationError, Outgoing};
use mpp_core::{Clock, Entropy};
use mpp_crypto::SigningKey;
use mpp_crypto::http_signature::{self, ContentDigest, Nonce, RequestParts};
use url::Position;

/// Signs requests with the device key.
#[derive(Debug)]
pub(crate) struct DeviceSignature {
    pub(crate) key: Arc<SigningKey>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Authorization for DeviceSignature {
    fn headers(&self, outgoing: Outgoing<'_>) -> Result<HeaderMap, AuthorizationError> {
        let refuse = |reason: &str| AuthorizationError { reason: reason.to_owned() };
        let parts = RequestParts {
            method: outgoing.method.as_str(),
            authority: &outgoing.url[Position::BeforeHost..Position::AfterPort],
            path: outgoing.url.path(),
            query: outgoing.url.query(),
            content_digest: (!outgoing.body.is_empty()).then(|| ContentDigest::of(outgoing.body)),
            fields: &[],
        };
        let nonce = Nonce::generate(self.entropy.as_ref());
        let signed = http_signature::sign(&parts, &self.key, self.clock.now(), &nonce)
            .map_err(|_| refuse("the device key cannot sign"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in signed.pairs() {
            let value =
                HeaderValue::from_str(value).map_err(|_| refuse("a signature header is not ASCII"))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

//! Proof of a session: its bearer key and, on every request, a signature by the device key the session is bound
//! to (RFC 9421). A stolen bearer key alone is worth nothing.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use mpp_api::{Authorization, AuthorizationError, Outgoing};
use mpp_core::{Clock, Entropy};
use mpp_crypto::SigningKey;
use mpp_crypto::http_signature::{ContentDigest, Nonce, RequestParts, sign};
use url::Position;
use zeroize::Zeroizing;

/// See the module.
pub(crate) struct DeviceAuthorization {
    bearer: Zeroizing<String>,
    device_key: Arc<SigningKey>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl DeviceAuthorization {
    pub(crate) fn new(
        session_key: &str,
        device_key: Arc<SigningKey>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { bearer: Zeroizing::new(format!("Bearer {session_key}")), device_key, clock, entropy }
    }
}

impl std::fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceAuthorization").field("device_key", &self.device_key).finish_non_exhaustive()
    }
}

impl Authorization for DeviceAuthorization {
    fn headers(&self, outgoing: Outgoing<'_>) -> Result<HeaderMap, AuthorizationError> {
        let unusable = |reason: &str| AuthorizationError { reason: reason.to_owned() };
        let url = outgoing.url;
        let parts = RequestParts {
            method: outgoing.method.as_str(),
            authority: &url[Position::BeforeHost..Position::AfterPort],
            path: url.path(),
            query: url.query(),
            content_digest: (!outgoing.body.is_empty()).then(|| ContentDigest::of(outgoing.body)),
            fields: &[],
        };
        let nonce = Nonce::generate(&*self.entropy);
        let signed = sign(&parts, &self.device_key, self.clock.now(), &nonce)
            .map_err(|_| unusable("the request cannot be signed"))?;
        let mut bearer = HeaderValue::from_str(&self.bearer)
            .map_err(|_| unusable("the session key is not printable ASCII"))?;
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
        for (name, value) in signed.pairs() {
            let value = HeaderValue::from_str(value).map_err(|_| unusable("the signature is unusable"))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        Ok(headers)
    }
}

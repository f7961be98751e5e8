//! The contract with the register. Its key comes apart from it, from a file or the environment.

use std::fmt;

use mpp::core::{ProviderId, Span};
use mpp::transport::{BaseUrl, HeaderValue};
use serde::Deserialize;
use zeroize::Zeroizing;

/// One contract with one register.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterConfig {
    /// Its name in consents, prices and reports.
    pub(crate) id: ProviderId,
    /// Where its endpoints lie.
    pub(crate) base_url: BaseUrl,
}

impl RegisterConfig {
    /// How long one call may take.
    pub(crate) const TIMEOUT: Span = Span::from_seconds(10);
    /// How large a document may be.
    pub(crate) const LARGEST_DOCUMENT_BYTES: usize = 256 * 1024;

    /// A contract with the register at `base_url`.
    pub(crate) const fn new(id: ProviderId, base_url: BaseUrl) -> Self {
        Self { id, base_url }
    }
}

/// The key the register gave us. Never shown, never serialised.
pub(crate) struct RegisterKey(HeaderValue);

impl RegisterKey {
    /// The key with this text.
    ///
    /// # Errors
    /// When the text cannot be sent as a header value. The error does not repeat it.
    pub(crate) fn new(text: &str) -> Result<Self, &'static str> {
        let bearer = Zeroizing::new(format!("Bearer {}", text.trim()));
        let mut value = HeaderValue::from_str(&bearer).map_err(|_| "not usable as a key")?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    pub(super) fn bearer(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for RegisterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RegisterKey(hidden)")
    }
}

//! Keys that let us in at a peer.

use std::fmt;

#[cfg(any(feature = "bureau", feature = "rebit", feature = "telecom"))]
use http::HeaderValue;
use zeroize::Zeroizing;

/// A key or token a peer gave us (ReBIT's `client_api_key`, a provider's bearer key). Never shown, never
/// serialised, wiped when dropped.
#[derive(Clone)]
#[cfg_attr(
    not(any(feature = "bureau", feature = "rebit", feature = "telecom")),
    expect(dead_code, reason = "only adapters send it")
)]
pub struct ApiKey(Zeroizing<String>);

/// The text cannot be sent as a header value, so it is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not usable as an API key: empty, or not visible ASCII")]
pub struct InvalidApiKey;

impl ApiKey {
    /// The key with this text; surrounding white space (a file's last newline) is cut.
    ///
    /// # Errors
    /// When the rest is empty or not visible ASCII.
    pub fn new(text: String) -> Result<Self, InvalidApiKey> {
        let text = Zeroizing::new(text);
        let key = text.trim();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidApiKey);
        }
        Ok(Self(Zeroizing::new(key.to_owned())))
    }

    /// The key itself, for hashing.
    #[cfg(feature = "rebit")]
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The value of a header field that is the bare key.
    #[cfg(feature = "rebit")]
    pub(crate) fn header(&self) -> Result<HeaderValue, InvalidApiKey> {
        sensitive(&self.0)
    }

    /// The value of an `authorization` field with the `Bearer` scheme.
    #[cfg(any(feature = "bureau", feature = "telecom"))]
    pub(crate) fn bearer(&self) -> Result<HeaderValue, InvalidApiKey> {
        sensitive(&Zeroizing::new(format!("Bearer {}", self.0.as_str())))
    }
}

#[cfg(any(feature = "bureau", feature = "rebit", feature = "telecom"))]
fn sensitive(text: &str) -> Result<HeaderValue, InvalidApiKey> {
    let mut value = HeaderValue::from_str(text).map_err(|_| InvalidApiKey)?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(hidden)")
    }
}

#[cfg(all(test, feature = "bureau", feature = "rebit"))]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        let key = ApiKey::new("canary-key\n".into()).unwrap();
        assert_eq!(key.header().unwrap(), "canary-key");
        assert_eq!(key.bearer().unwrap(), "Bearer canary-key");
        assert!(!format!("{key:?} {:?} {:?}", key.header(), key.bearer()).contains("canary"));
    }

    #[test]
    fn what_cannot_be_a_header_is_no_key() {
        for bad in ["", " \n", "a b", "a\u{e9}", "a\nb"] {
            assert!(ApiKey::new(bad.into()).is_err(), "{bad:?}");
        }
    }
}

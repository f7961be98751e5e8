//! The address under which a peer's endpoints lie.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

/// An `http` or `https` address without credentials, query or fragment, under which a peer's endpoints lie.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(Url);

/// The text is not usable as a base address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an http or https address without credentials, query and fragment")]
pub struct InvalidBaseUrl;

impl BaseUrl {
    /// The address of the endpoint at `path` below the base; the base's own path is kept. Characters that
    /// have no place in a path are percent-encoded, so that `path` can never add a query.
    #[must_use]
    pub fn endpoint(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let joined = format!("{}/{}", self.0.path().trim_end_matches('/'), path.trim_start_matches('/'));
        url.set_path(&joined);
        url
    }

    /// The base address itself.
    #[must_use]
    pub const fn as_url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        Url::parse(text).map_err(|_| InvalidBaseUrl)?.try_into()
    }
}

impl TryFrom<Url> for BaseUrl {
    type Error = InvalidBaseUrl;

    fn try_from(url: Url) -> Result<Self, InvalidBaseUrl> {
        let clean = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if clean { Ok(Self(url)) } else { Err(InvalidBaseUrl) }
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = InvalidBaseUrl;

    fn try_from(text: String) -> Result<Self, InvalidBaseUrl> {
        text.parse()
    }
}

impl From<BaseUrl> for String {
    fn from(base: BaseUrl) -> Self {
        base.0.into()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_lie_below_the_base_path() {
        for base in ["https://aa.example/v2", "https://aa.example/v2/"] {
            let base: BaseUrl = base.parse().unwrap();
            assert_eq!(base.endpoint("/Consent/handle").as_str(), "https://aa.example/v2/Consent/handle");
            assert_eq!(base.endpoint("Consent").as_str(), "https://aa.example/v2/Consent");
        }
        let bare: BaseUrl = "http://127.0.0.1:8080".parse().unwrap();
        assert_eq!(bare.endpoint("a?b#c").as_str(), "http://127.0.0.1:8080/a%3Fb%23c");
    }

    #[test]
    fn anything_but_a_plain_web_address_is_refused() {
        for bad in
            ["", "aa.example", "ftp://aa.example", "https://u:p@aa.example", "https://a/?q", "https://a/#f"]
        {
            assert_eq!(bad.parse::<BaseUrl>(), Err(InvalidBaseUrl), "{bad}");
        }
    }
}

//! The one-time deep link: where to, and a secret in the fragment that no server on the way sees.

use std::fmt;

use url::Url;
use zeroize::Zeroizing;

/// A link that opens one consent request on one device.
pub struct OneTimeLink {
    token: Zeroizing<String>,
}

/// The text is not a link of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a consent link")]
pub struct InvalidLink;

impl OneTimeLink {
    /// Reads a link as the app received it.
    ///
    /// # Errors
    /// When it is no URL or has no proper secret.
    pub fn parse(text: &str) -> Result<Self, InvalidLink> {
        let url = Url::parse(text).map_err(|_| InvalidLink)?;
        let token = url.fragment().ok_or(InvalidLink)?;
        let holds = (32..=128).contains(&token.len())
            && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if holds { Ok(Self { token: Zeroizing::new(token.to_owned()) }) } else { Err(InvalidLink) }
    }

    /// The secret.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

impl fmt::Debug for OneTimeLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeLink(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_the_fragment_and_is_never_shown() {
        let secret = "a".repeat(43);
        let link = OneTimeLink::parse(&format!("https://app.example.in/c#{secret}")).unwrap();
        assert_eq!(link.token(), secret);
        assert!(!format!("{link:?}").contains(&secret));
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "https://app.example.in/c",
            "https://app.example.in/c#short",
            "c#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(OneTimeLink::parse(bad).unwrap_err(), InvalidLink, "{bad}");
        }
        let spaced = format!("https://app.example.in/c#{} {}", "a".repeat(20), "a".repeat(20));
        assert!(OneTimeLink::parse(&spaced).is_err());
    }
}

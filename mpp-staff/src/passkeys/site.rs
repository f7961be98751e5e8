//! Where passkeys are good for: a browser signs for one site, and says from which address it was asked.

use serde::Deserialize;
use url::Url;
use webauthn_rp::request::{AsciiDomain, RpId};
use webauthn_rp::response::Origin;

/// The host that stands for a person's own machine; browsers treat it as safe without TLS.
const THIS_MACHINE: &str = "localhost";

/// The site of a portal: what passkeys are bound to, and the one address they may be used at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Url")]
pub struct PasskeySite {
    rp_id: RpId,
    /// The origin as browsers write it.
    origin: String,
    /// Whether any port of this machine will do.
    any_port: bool,
}

/// An address cannot be the site of passkeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableSite {
    /// Browsers hand passkeys out over TLS only, or on the person's own machine.
    #[error("passkeys need https, or http://localhost")]
    NotSecure,
    /// Passkeys are bound to a domain: an address in numbers has none.
    #[error("passkeys need a host name, not an address in numbers")]
    NoDomain,
    /// An origin is scheme, host and port.
    #[error("an origin has no path, query or fragment")]
    MoreThanOrigin,
}

impl PasskeySite {
    /// The site of the portal at this origin. `http://localhost` without a port stands for every port of this machine.
    ///
    /// # Errors
    /// [`UnusableSite`] when no browser would hand a passkey to it.
    pub fn new(origin: &Url) -> Result<Self, UnusableSite> {
        let host = origin.domain().ok_or(UnusableSite::NoDomain)?;
        let local = origin.scheme() == "http" && host == THIS_MACHINE;
        if origin.scheme() != "https" && !local {
            return Err(UnusableSite::NotSecure);
        }
        let bare = origin.path() == "/" && origin.query().is_none() && origin.fragment().is_none();
        if !bare || !origin.username().is_empty() || origin.password().is_some() {
            return Err(UnusableSite::MoreThanOrigin);
        }
        let domain = AsciiDomain::try_from(host.to_owned()).map_err(|_| UnusableSite::NoDomain)?;
        Ok(Self {
            rp_id: RpId::Domain(domain),
            origin: origin.origin().ascii_serialization(),
            any_port: local && origin.port().is_none(),
        })
    }

    /// The host that passkeys are bound to.
    #[must_use]
    pub fn host(&self) -> &str {
        self.rp_id.as_ref()
    }

    /// The address at which they may be used.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) const fn rp_id(&self) -> &RpId {
        &self.rp_id
    }

    fn is_at(&self, said: &str) -> bool {
        if !self.any_port {
            return said == self.origin;
        }
        let rest = said.strip_prefix(self.origin.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
    }
}

impl TryFrom<Url> for PasskeySite {
    type Error = UnusableSite;

    fn try_from(origin: Url) -> Result<Self, UnusableSite> {
        Self::new(&origin)
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

impl PartialEq<Origin<'_>> for PasskeySite {
    fn eq(&self, said: &Origin<'_>) -> bool {
        self.is_at(&said.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(origin: &str) -> Result<PasskeySite, UnusableSite> {
        PasskeySite::new(&origin.parse().unwrap())
    }

    #[test]
    fn only_the_configured_origin_is_the_site() {
        let portal = site("https://portal.kaveri.example").unwrap();
        assert_eq!(portal.host(), "portal.kaveri.example");
        assert!(portal.is_at("https://portal.kaveri.example"));
        for other in [
            "https://portal.kaveri.example:8443",
            "http://portal.kaveri.example",
            "https://portal.kaveri.example.evil.example",
            "https://evil.example",
            "https://kaveri.example",
            "",
        ] {
            assert!(!portal.is_at(other), "{other}");
        }
        assert!(
            site("https://portal.kaveri.example:8443").unwrap().is_at("https://portal.kaveri.example:8443")
        );
    }

    #[test]
    fn every_port_of_this_machine_is_the_site_of_a_trial() {
        let portal = site("http://localhost").unwrap();
        assert!(portal.is_at("http://localhost") && portal.is_at("http://localhost:7001"));
        for other in [
            "http://localhost.evil.example",
            "http://localhost:7001/",
            "http://localhost:x",
            "https://localhost",
        ] {
            assert!(!portal.is_at(other), "{other}");
        }
        assert!(!site("http://localhost:7001").unwrap().is_at("http://localhost:7002"));
    }

    #[test]
    fn addresses_no_browser_would_take_are_refused() {
        for (origin, why) in [
            ("http://portal.kaveri.example", UnusableSite::NotSecure),
            ("http://127.0.0.1:7001", UnusableSite::NoDomain),
            ("https://[::1]", UnusableSite::NoDomain),
            ("https://portal.kaveri.example/portal", UnusableSite::MoreThanOrigin),
            ("https://portal.kaveri.example/?a", UnusableSite::MoreThanOrigin),
            ("https://me@portal.kaveri.example/", UnusableSite::MoreThanOrigin),
        ] {
            assert_eq!(site(origin), Err(why), "{origin}");
        }
    }
}

//! The section `[single_sign_on]` of a configuration, the same at central and at a client server.

use serde::Deserialize;
use url::Url;

use crate::egress::AddressRules;
use crate::runtime::SecretSource;

/// Where the provider sends the browser back to, below the server's address.
const RETURN_PATH: &str = "portal/single-sign-on";
/// The longest name on a button, in characters.
const LONGEST_NAME: usize = 40;

/// The OpenID provider that vouches for staff.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SingleSignOnSection {
    /// The provider, as it names itself; what it can do is read below it.
    pub issuer: Url,
    /// The name under which this server is registered there.
    pub client_id: String,
    /// The secret of that registration.
    pub client_secret: SecretSource,
    /// What the button calls the provider.
    pub name: String,
    /// Where browsers reach this server; without it, where it listens.
    #[serde(default)]
    pub address: Option<Url>,
    /// Where the provider sends people who signed out there too; without it, they stay there.
    #[serde(default)]
    pub after_sign_out: Option<Url>,
    /// The claim that names a member of staff.
    #[serde(default = "email")]
    pub claim: String,
    /// How the provider says that it asked for a second factor.
    #[serde(default)]
    pub second_factor: SecondFactorSection,
}

/// How a provider says that it asked for a second factor; with neither, the desk always asks for its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorSection {
    /// Methods of which one must be among those the provider names (`amr`).
    #[serde(default)]
    pub amr: Vec<String>,
    /// Levels of which one must be the one the provider names (`acr`); they are asked for.
    #[serde(default)]
    pub acr: Vec<String>,
}

fn email() -> String {
    "email".to_owned()
}

/// The section on single sign-on cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignOn {
    /// Somebody in between could answer in the provider's place.
    #[error("single_sign_on.issuer must begin with https, unless it is on this machine, and have no query")]
    Issuer,
    /// A browser would not keep the session there.
    #[error(
        "single_sign_on.address must begin with https, unless it is on this machine, and have no path or query"
    )]
    Address,
    /// Somebody in between could answer in this server's place.
    #[error("single_sign_on.after_sign_out must begin with https, unless it is on this machine")]
    AfterSignOut,
    /// The button would say nothing, or too much.
    #[error("single_sign_on.name must have 1 to 40 characters")]
    Name,
    /// A name is empty.
    #[error("single_sign_on.client_id and .claim must not be empty")]
    Empty,
}

impl SingleSignOnSection {
    /// Whether the section can be used.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), InvalidSignOn> {
        let plain =
            |url: &Url| url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !is_safe(&self.issuer) || !plain(&self.issuer) {
            return Err(InvalidSignOn::Issuer);
        }
        if self.address.as_ref().is_some_and(|url| !is_safe(url) || !plain(url) || url.path() != "/") {
            return Err(InvalidSignOn::Address);
        }
        if self.after_sign_out.as_ref().is_some_and(|url| !is_safe(url) || url.fragment().is_some()) {
            return Err(InvalidSignOn::AfterSignOut);
        }
        let shown = self.name.trim();
        if shown.is_empty() || shown.chars().count() > LONGEST_NAME || shown.chars().any(char::is_control) {
            return Err(InvalidSignOn::Name);
        }
        if self.client_id.is_empty() || self.claim.is_empty() {
            return Err(InvalidSignOn::Empty);
        }
        Ok(())
    }

    /// The exact address that is registered at the provider.
    pub(super) fn return_address(&self, base_url: &Url) -> Result<Url, url::ParseError> {
        self.address.as_ref().unwrap_or(base_url).join(RETURN_PATH)
    }
}

/// Whether nobody in between can read or answer.
pub(super) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && AddressRules::is_loopback_host(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        issuer = "https://login.kaveri.example/realms/staff"
        client_id = "mpp-central"
        client_secret = { file = "/etc/mpp/sign-on.secret" }
        name = "Kaveri account"
        address = "https://central.example/"
        after_sign_out = "https://central.example/portal/sign-in"
        claim = "preferred_username"
        second_factor = { amr = ["mfa"], acr = ["urn:example:gold"] }
    "#;

    fn checked(from: &str, to: &str) -> Result<(), InvalidSignOn> {
        toml::from_str::<SingleSignOnSection>(&WHOLE.replace(from, to)).unwrap().check()
    }

    #[test]
    fn a_whole_section_is_read() {
        let section: SingleSignOnSection = toml::from_str(WHOLE).unwrap();
        section.check().unwrap();
        let base = Url::parse("http://127.0.0.1:7001/").unwrap();
        assert_eq!(
            section.return_address(&base).unwrap().as_str(),
            "https://central.example/portal/single-sign-on"
        );
        let near = SingleSignOnSection { address: None, ..section };
        assert_eq!(
            near.return_address(&base).unwrap().as_str(),
            "http://127.0.0.1:7001/portal/single-sign-on"
        );
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        assert_eq!(checked("Kaveri", "Kaveri"), Ok(()));
        for issuer in ["http://login.kaveri.example", "https://login.kaveri.example/?a=b", "ftp://x.example"]
        {
            let refused = checked("https://login.kaveri.example/realms/staff", issuer);
            assert_eq!(refused, Err(InvalidSignOn::Issuer), "{issuer}");
        }
        for address in ["http://central.example/", "https://central.example/somewhere"] {
            assert_eq!(
                checked("\"https://central.example/\"", &format!("{address:?}")),
                Err(InvalidSignOn::Address),
                "{address}"
            );
        }
        assert_eq!(checked("\"https://central.example/\"", "\"http://127.0.0.1:7001/\""), Ok(()));
        for after in ["http://central.example/portal/sign-in", "https://central.example/#in"] {
            let refused = checked("https://central.example/portal/sign-in", after);
            assert_eq!(refused, Err(InvalidSignOn::AfterSignOut), "{after}");
        }
        assert_eq!(checked("Kaveri account", " "), Err(InvalidSignOn::Name));
        assert_eq!(checked("mpp-central", ""), Err(InvalidSignOn::Empty));
        assert!(toml::from_str::<SingleSignOnSection>(&WHOLE.replace("claim", "claims")).is_err());
    }
}

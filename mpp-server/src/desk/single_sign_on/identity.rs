//! What a provider says about a person, and what of it counts.

use std::collections::BTreeMap;
use std::fmt;

use mpp_staff::{Named, SecondFactor};
use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::SecondFactorSection;

/// The claims that OpenID Connect does not name.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct FurtherClaims(BTreeMap<String, Value>);

impl AdditionalClaims for FurtherClaims {}

impl fmt::Debug for FurtherClaims {
    /// Leaves out what is said: it is about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FurtherClaims(..)")
    }
}

/// Every claim of a token or of the answer about a person, by name.
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// The claims of something that was verified.
    pub(super) fn of(said: &impl Serialize) -> Self {
        match serde_json::to_value(said) {
            Ok(Value::Object(claims)) => Self(claims),
            _ => Self(Map::new()),
        }
    }

    /// What names the person by this claim. An e-mail address counts only when the provider verified it.
    pub(super) fn named(&self, claim: &str) -> Named {
        let value = self.0.get(claim).and_then(Value::as_str).filter(|value| !value.is_empty());
        let Some(value) = value else { return Named::Nothing };
        let verified = self.0.get("email_verified").and_then(Value::as_bool).unwrap_or(false);
        if claim == "email" && !verified { Named::Unverified } else { Named::By(value.to_owned()) }
    }

    /// What the provider calls its own session with the person.
    pub(super) fn session(&self) -> Option<String> {
        let said = self.0.get("sid").and_then(Value::as_str);
        said.filter(|session| !session.is_empty()).map(str::to_owned)
    }

    /// Whether the provider says, in the way the configuration names, that it asked for a second factor.
    pub(super) fn second_factor(&self, wanted: &SecondFactorSection) -> SecondFactor {
        let methods = self.0.get("amr").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let method = methods.iter().filter_map(Value::as_str).any(|method| is_one_of(method, &wanted.amr));
        let level = self.0.get("acr").and_then(Value::as_str);
        let level = level.is_some_and(|level| is_one_of(level, &wanted.acr));
        if method || level { SecondFactor::Proved } else { SecondFactor::NotProved }
    }
}

fn is_one_of(value: &str, wanted: &[String]) -> bool {
    wanted.iter().any(|one| one == value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_address_counts_only_when_it_is_verified() {
        let said = |claims: Value| Claims::of(&claims).named("email");
        let address = "asha@kaveri.example";
        assert!(said(json!({ "email": address, "email_verified": true })) == Named::By(address.to_owned()));
        assert!(said(json!({ "email": address, "email_verified": false })) == Named::Unverified);
        assert!(said(json!({ "email": address, "email_verified": "true" })) == Named::Unverified);
        assert!(said(json!({ "email": address })) == Named::Unverified);
        assert!(said(json!({ "email": "", "email_verified": true })) == Named::Nothing);
        assert!(said(json!({})) == Named::Nothing);
        assert!(Claims::of(&json!({ "upn": "asha" })).named("upn") == Named::By("asha".to_owned()));
    }

    #[test]
    fn a_second_factor_counts_only_as_configured() {
        let amr = SecondFactorSection { amr: vec!["mfa".into()], acr: Vec::new() };
        let acr = SecondFactorSection { amr: Vec::new(), acr: vec!["gold".into()] };
        let none = SecondFactorSection::default();
        for (claims, wanted, proved) in [
            (json!({ "amr": ["pwd", "mfa"] }), &amr, SecondFactor::Proved),
            (json!({ "amr": ["pwd"] }), &amr, SecondFactor::NotProved),
            (json!({ "amr": "mfa" }), &amr, SecondFactor::NotProved),
            (json!({ "acr": "gold" }), &acr, SecondFactor::Proved),
            (json!({ "acr": "silver" }), &acr, SecondFactor::NotProved),
            (json!({ "amr": ["mfa"], "acr": "gold" }), &none, SecondFactor::NotProved),
            (json!({}), &amr, SecondFactor::NotProved),
        ] {
            assert_eq!(Claims::of(&claims).second_factor(wanted), proved, "{claims} {wanted:?}");
        }
    }
}

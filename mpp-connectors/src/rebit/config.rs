//! Where an Account Aggregator is and who we are to it.

use std::sync::Arc;

use mpp_core::{EntityId, Span};
use mpp_crypto::rs256;
use mpp_transport::BaseUrl;
use serde::{Deserialize, Serialize};

use crate::ApiKey;

/// One Account Aggregator: the configuration of Onemoney, or of any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RebitAaConfigForm", into = "RebitAaConfigForm")]
pub struct RebitAaConfig(RebitAaConfigForm);

/// The parts of [`RebitAaConfig`] before they are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct RebitAaConfigForm {
    /// Its id in the Central Registry.
    pub entity: EntityId,
    /// Where its ReBIT endpoints lie; ends with `/v2`.
    pub base_url: BaseUrl,
    /// How long one call may take, in seconds; 1 to 300.
    #[serde(default = "default_timeout_seconds")]
    pub timeout_seconds: u16,
    /// How large an answer with data may be, in bytes.
    #[serde(default = "default_largest_answer_bytes")]
    pub largest_answer_bytes: usize,
}

const fn default_timeout_seconds() -> u16 {
    30
}

const fn default_largest_answer_bytes() -> usize {
    256 * 1024 * 1024
}

/// A configuration that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRebitAaConfig {
    /// The address is not one of version 2.
    #[error("base_url must end with /v2")]
    BaseUrl,
    /// The timeout is out of bounds.
    #[error("timeout_seconds must be 1 to 300")]
    Timeout,
}

impl RebitAaConfig {
    /// The configuration of the Account Aggregator `entity` at `base_url`, all else by default.
    ///
    /// # Errors
    /// [`InvalidRebitAaConfig::BaseUrl`] when the address does not end with `/v2`.
    pub fn new(entity: EntityId, base_url: BaseUrl) -> Result<Self, InvalidRebitAaConfig> {
        Self::try_from(RebitAaConfigForm {
            entity,
            base_url,
            timeout_seconds: default_timeout_seconds(),
            largest_answer_bytes: default_largest_answer_bytes(),
        })
    }

    /// The parts, for reading.
    #[must_use]
    pub const fn form(&self) -> &RebitAaConfigForm {
        &self.0
    }

    pub(super) fn timeout(&self) -> Span {
        Span::from_seconds(self.0.timeout_seconds.into())
    }
}

impl TryFrom<RebitAaConfigForm> for RebitAaConfig {
    type Error = InvalidRebitAaConfig;

    fn try_from(form: RebitAaConfigForm) -> Result<Self, InvalidRebitAaConfig> {
        let path = form.base_url.as_url().path().trim_end_matches('/');
        if !(path.ends_with("/v2") || path.ends_with("/V2")) {
            return Err(InvalidRebitAaConfig::BaseUrl);
        }
        if !(1..=300).contains(&form.timeout_seconds) {
            return Err(InvalidRebitAaConfig::Timeout);
        }
        Ok(Self(form))
    }
}

impl From<RebitAaConfig> for RebitAaConfigForm {
    fn from(config: RebitAaConfig) -> Self {
        config.0
    }
}

/// Who we are to an Account Aggregator.
#[derive(Debug, Clone)]
pub struct OurIdentity {
    /// Our id in the Central Registry (as AA client or FIU).
    pub entity: EntityId,
    /// Our signing key, whose public half is in the Central Registry.
    pub signing_key: Arc<rs256::SigningKey>,
    /// The key that lets us in (`client_api_key`).
    pub api_key: ApiKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_of_another_version_or_with_unknown_keys_is_refused() {
        let parse = serde_json::from_str::<RebitAaConfig>;
        assert!(parse(r#"{"entity":"AA-1","base_url":"https://aa.example/api/v2"}"#).is_ok());
        for bad in [
            r#"{"entity":"AA-1","base_url":"https://aa.example/api/v1"}"#,
            r#"{"entity":"AA-1","base_url":"https://aa.example/v2","timeout_seconds":0}"#,
            r#"{"entity":"AA-1","base_url":"https://aa.example/v2","retries":3}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}

//! A contract with an operator.

use mpp_core::{ProviderId, Span};
use mpp_transport::BaseUrl;
use serde::{Deserialize, Serialize};

/// One contract with one operator. The key comes apart from it, from a file or the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OperatorConfigForm", into = "OperatorConfigForm")]
pub struct OperatorConfig(OperatorConfigForm);

/// The parts of [`OperatorConfig`] before they are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorConfigForm {
    /// Its name in consents, prices and reports.
    pub id: ProviderId,
    /// Where its endpoints lie, without `/v1`.
    pub base_url: BaseUrl,
    /// How long one call may take, in seconds; 1 to 60.
    #[serde(default = "default_timeout_seconds")]
    pub timeout_seconds: u16,
    /// How large a profile may be, in bytes; at least 1 KiB.
    #[serde(default = "default_largest_document_bytes")]
    pub largest_document_bytes: usize,
}

const fn default_timeout_seconds() -> u16 {
    10
}

const fn default_largest_document_bytes() -> usize {
    256 * 1024
}

/// A configuration that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOperatorConfig {
    /// The timeout is out of bounds.
    #[error("timeout_seconds must be 1 to 60")]
    Timeout,
    /// No profile would fit.
    #[error("largest_document_bytes must be at least 1024")]
    LargestDocument,
}

impl OperatorConfig {
    /// A contract with the operator at `base_url`, all else by default.
    #[must_use]
    pub const fn new(id: ProviderId, base_url: BaseUrl) -> Self {
        Self(OperatorConfigForm {
            id,
            base_url,
            timeout_seconds: default_timeout_seconds(),
            largest_document_bytes: default_largest_document_bytes(),
        })
    }

    /// The parts, for reading.
    #[must_use]
    pub const fn form(&self) -> &OperatorConfigForm {
        &self.0
    }

    pub(super) fn timeout(&self) -> Span {
        Span::from_seconds(self.0.timeout_seconds.into())
    }
}

impl TryFrom<OperatorConfigForm> for OperatorConfig {
    type Error = InvalidOperatorConfig;

    fn try_from(form: OperatorConfigForm) -> Result<Self, InvalidOperatorConfig> {
        if !(1..=60).contains(&form.timeout_seconds) {
            return Err(InvalidOperatorConfig::Timeout);
        }
        if form.largest_document_bytes < 1024 {
            return Err(InvalidOperatorConfig::LargestDocument);
        }
        Ok(Self(form))
    }
}

impl From<OperatorConfig> for OperatorConfigForm {
    fn from(config: OperatorConfig) -> Self {
        config.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_and_impossible_values_are_refused() {
        let parse = serde_json::from_str::<OperatorConfig>;
        assert!(parse(r#"{"id":"operator","base_url":"https://o.example"}"#).is_ok());
        for bad in [
            r#"{"id":"operator","base_url":"https://o.example","retries":1}"#,
            r#"{"id":"operator","base_url":"https://o.example","timeout_seconds":0}"#,
            r#"{"id":"operator","base_url":"https://o.example","largest_document_bytes":1}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}

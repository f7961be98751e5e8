//! A contract with a bureau.

use mpp_core::{ProviderId, Span};
use mpp_transport::BaseUrl;
use serde::{Deserialize, Serialize};

use crate::provider::EnquiryKind;

/// One contract with one bureau. The key comes apart from it, from a file or the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BureauConfigForm", into = "BureauConfigForm")]
pub struct BureauConfig(BureauConfigForm);

/// The parts of [`BureauConfig`] before they are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BureauConfigForm {
    /// Its name in consents, prices and reports.
    pub id: ProviderId,
    /// Where its endpoints lie, without `/v1`.
    pub base_url: BaseUrl,
    /// What an enquiry under this contract leaves behind.
    #[serde(default = "soft")]
    pub enquiry: EnquiryKind,
    /// How long one call may take, in seconds; 1 to 300.
    #[serde(default = "default_timeout_seconds")]
    pub timeout_seconds: u16,
    /// How large a report may be, in bytes; at least 1 KiB.
    #[serde(default = "default_largest_document_bytes")]
    pub largest_document_bytes: usize,
}

const fn soft() -> EnquiryKind {
    EnquiryKind::Soft
}

const fn default_timeout_seconds() -> u16 {
    30
}

const fn default_largest_document_bytes() -> usize {
    4 * 1024 * 1024
}

/// A configuration that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBureauConfig {
    /// The timeout is out of bounds.
    #[error("timeout_seconds must be 1 to 300")]
    Timeout,
    /// No report would fit.
    #[error("largest_document_bytes must be at least 1024")]
    LargestDocument,
}

impl BureauConfig {
    /// A contract with the bureau at `base_url`, all else by default.
    #[must_use]
    pub const fn new(id: ProviderId, base_url: BaseUrl) -> Self {
        Self(BureauConfigForm {
            id,
            base_url,
            enquiry: soft(),
            timeout_seconds: default_timeout_seconds(),
            largest_document_bytes: default_largest_document_bytes(),
        })
    }

    /// The parts, for reading.
    #[must_use]
    pub const fn form(&self) -> &BureauConfigForm {
        &self.0
    }

    pub(super) fn timeout(&self) -> Span {
        Span::from_seconds(self.0.timeout_seconds.into())
    }
}

impl TryFrom<BureauConfigForm> for BureauConfig {
    type Error = InvalidBureauConfig;

    fn try_from(form: BureauConfigForm) -> Result<Self, InvalidBureauConfig> {
        if !(1..=300).contains(&form.timeout_seconds) {
            return Err(InvalidBureauConfig::Timeout);
        }
        if form.largest_document_bytes < 1024 {
            return Err(InvalidBureauConfig::LargestDocument);
        }
        Ok(Self(form))
    }
}

impl From<BureauConfig> for BureauConfigForm {
    fn from(config: BureauConfig) -> Self {
        config.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_and_impossible_values_are_refused() {
        let parse = serde_json::from_str::<BureauConfig>;
        let whole = parse(r#"{"id":"bureau","base_url":"https://b.example","enquiry":"hard"}"#).unwrap();
        assert_eq!(whole.form().enquiry, EnquiryKind::Hard);
        for bad in [
            r#"{"id":"bureau","base_url":"https://b.example","api_key":"in the file"}"#,
            r#"{"id":"bureau","base_url":"https://b.example","timeout_seconds":301}"#,
            r#"{"id":"bureau","base_url":"https://b.example","largest_document_bytes":10}"#,
            r#"{"id":"bureau","base_url":"b.example"}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}

//! JOSE headers (RFC 7515 §4) as this system reads and writes them.

use serde::{Deserialize, Serialize};

use super::base64;

/// Longer headers are refused before they are decoded.
const MAX_TEXT: usize = 4096;

/// The members this system acts on; others are ignored, duplicates refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JwsHeader {
    pub(crate) alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) typ: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) b64: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) crit: Option<Vec<String>>,
}

impl JwsHeader {
    /// Reads base64url text of a JSON object.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        serde_json::from_slice(&base64::decode_url(text)?).ok()
    }

    /// Base64url text of the header.
    pub(crate) fn encode(&self) -> Option<String> {
        serde_json::to_vec(self).ok().map(|json| base64::encode_url(&json))
    }

    /// RFC 7515 §4.1.11 and RFC 7797: `crit` may name `b64` only, once, and only when `b64` is there. That `crit` is
    /// missing beside `b64` is tolerated: it occurs in the field (account-aggregator.md §4).
    pub(crate) fn critical_members_hold(&self) -> bool {
        match &self.crit {
            None => true,
            Some(names) => names.len() == 1 && names.iter().all(|name| name == "b64") && self.b64.is_some(),
        }
    }

    /// Whether the payload is signed as it is (RFC 7797 `b64: false`).
    pub(crate) fn payload_is_raw(&self) -> bool {
        self.b64 == Some(false)
    }
}

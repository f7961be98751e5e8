//! Refusals on the wire: RFC 9457 problem details with a stable `code`.

use serde::{Deserialize, Serialize};

/// The media type of a problem document (RFC 9457 §3).
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// A refusal a program can act on (`code`, `status`) and a person can understand (`title`, `detail`).
/// It never carries personal data or internals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[error("{title} ({code})")]
pub struct Problem {
    /// Always `about:blank`: the `code` tells problems apart.
    #[serde(rename = "type", default = "about_blank")]
    pub kind: String,
    /// The problem in one short sentence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable name of the problem, in `snake_case`.
    pub code: String,
    /// What this occurrence is about and what to do, where there is more to say than the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Problem {
    /// A problem with the default type.
    #[must_use]
    pub fn new(status: u16, code: impl Into<String>, title: impl Into<String>) -> Self {
        Self { kind: about_blank(), title: title.into(), status, code: code.into(), detail: None }
    }

    /// The same problem with more to say.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

fn about_blank() -> String {
    "about:blank".to_owned()
}

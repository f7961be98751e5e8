//! What a provider answers.

use std::fmt;

use mpp_core::{QualityFlags, Span};
use mpp_transport::Body;
use serde::{Deserialize, Serialize};

/// What a provider answered.
#[derive(Debug)]
pub enum ProviderOutcome {
    /// The document.
    Document {
        /// Its media type, for example `application/json`.
        content_type: String,
        /// What is noticeable about it, without saying what stands in it; kept beside the fetch, so that staff see it.
        quality: QualityFlags,
        /// The provider's bytes, untouched. Seal them while reading.
        body: Body,
    },
    /// The provider does not know the customer.
    NoRecord,
    /// The provider is still working on it.
    Pending {
        /// What to ask with later.
        token: ResumeToken,
        /// How long to wait before asking.
        retry_after: Span,
    },
}

/// A provider's name for a request it deferred; stored until the document is there. `Debug` hides it: whoever
/// has it may get the document.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResumeToken(String);

/// The text cannot be a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a token of 1 to 512 visible ASCII characters")]
pub struct InvalidResumeToken;

impl ResumeToken {
    /// The token as the provider wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ResumeToken {
    type Error = InvalidResumeToken;

    fn try_from(text: String) -> Result<Self, InvalidResumeToken> {
        let holds = (1..=512).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if holds { Ok(Self(text)) } else { Err(InvalidResumeToken) }
    }
}

impl From<ResumeToken> for String {
    fn from(token: ResumeToken) -> Self {
        token.0
    }
}

impl fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResumeToken(hidden)")
    }
}

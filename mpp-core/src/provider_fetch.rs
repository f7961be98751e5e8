//! One fetch from a third-party provider by central.
//!
//! | state | start | seal | find_nothing | wait | retry | fail | cancel |
//! | --- | --- | --- | --- | --- | --- | --- | --- |
//! | scheduled | running | - | - | - | - | failed | cancelled |
//! | running | - | sealed | no_record | waiting | scheduled | failed | cancelled |
//! | waiting | running | - | - | - | - | failed | cancelled |
//! | sealed | - | - | - | - | - | - | - |
//! | no_record | - | - | - | - | - | - | - |
//! | failed | - | - | - | - | - | - | - |
//! | cancelled | - | - | - | - | - | - | - |
//!
//! A fetch cancelled while it runs (the consent was withdrawn) refuses `seal`: what the provider still
//! answers is thrown away.

mod quality;
mod state;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ConsentId, ConsentRequestId, FetchId, InvalidId, PartnerId, Persistence, ProductId, Source};

pub use quality::{QualityFlag, QualityFlags};
pub use state::ProviderFetchState;

/// What a provider gave for asking again later. It may name a person's order at the provider: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResumeToken(String);

impl ResumeToken {
    /// The token with this text, 1 to 4096 bytes.
    ///
    /// # Errors
    /// When it is empty or longer.
    pub fn new(text: String) -> Result<Self, InvalidId> {
        if text.is_empty() || text.len() > 4096 {
            Err(InvalidId { kind: "ResumeToken" })
        } else {
            Ok(Self(text))
        }
    }

    /// The token as the provider gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ResumeToken {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::new(text)
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

/// Why a provider gave nothing (other-sources.md §1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchFailure {
    /// Several people match the particulars.
    Ambiguous,
    /// The customer has to answer the provider's questions first.
    NeedsCustomer,
    /// The provider finds the particulars insufficient or malformed.
    InvalidInput,
    /// The provider does not accept the consent.
    ConsentRejected,
    /// The provider asks to call less often.
    Throttled,
    /// The provider cannot be reached or is out of order.
    ProviderDown,
    /// The provider has suspended the contract.
    ContractSuspended,
    /// The provider may have taken the request, but its answer is lost; asking again could count as a second
    /// enquiry.
    OutcomeUnknown,
    /// The provider's answer is not in the form agreed, or too large.
    UnusableAnswer,
    /// The consent no longer covers the fetch.
    OutOfScope,
}

impl FetchFailure {
    /// Whether the same fetch may succeed later without anybody doing anything.
    #[must_use]
    pub const fn persistence(self) -> Persistence {
        match self {
            Self::Throttled | Self::ProviderDown => Persistence::Temporary,
            Self::Ambiguous
            | Self::NeedsCustomer
            | Self::InvalidInput
            | Self::ConsentRejected
            | Self::ContractSuspended
            | Self::OutcomeUnknown
            | Self::UnusableAnswer
            | Self::OutOfScope => Persistence::Permanent,
        }
    }

    /// The stable code for clients.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::NeedsCustomer => "needs_customer",
            Self::InvalidInput => "invalid_input",
            Self::ConsentRejected => "consent_rejected",
            Self::Throttled => "throttled",
            Self::ProviderDown => "provider_down",
            Self::ContractSuspended => "contract_suspended",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::UnusableAnswer => "unusable_answer",
            Self::OutOfScope => "out_of_scope",
        }
    }
}

/// A fetch as central keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProviderFetch {
    /// The fetch; also the client reference by which a provider recognises a repeated request.
    pub id: FetchId,
    /// The consent it rests on.
    pub consent: ConsentId,
    /// The request the consent answers.
    pub request: ConsentRequestId,
    /// For whom.
    pub partner: PartnerId,
    /// For which product.
    pub product: ProductId,
    /// From where.
    pub source: Source,
    /// Where it stands.
    pub state: ProviderFetchState,
}

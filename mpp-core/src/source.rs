//! Where data comes from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{InvalidId, ProviderId};

/// What sort of data a source gives; price lists and screens group by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Accounts at banks, funds, insurers and the tax network, through an Account Aggregator.
    FinancialInformation,
    /// A credit information company.
    CreditBureau,
    /// A telecom operator or an aggregator of operators.
    Telecom,
    /// Anything else a provider offers.
    Other,
}

/// One place data is fetched from, written `account-aggregator` or `provider:<id>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// The Account Aggregator network: the data travels through the customer's phone.
    AccountAggregator,
    /// A third-party provider: the data is fetched and sealed by central.
    Provider(ProviderId),
}

const ACCOUNT_AGGREGATOR: &str = "account-aggregator";
const PROVIDER_PREFIX: &str = "provider:";

impl Source {
    /// The provider, where the source is one.
    #[must_use]
    pub const fn provider(&self) -> Option<&ProviderId> {
        match self {
            Self::AccountAggregator => None,
            Self::Provider(id) => Some(id),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountAggregator => f.write_str(ACCOUNT_AGGREGATOR),
            Self::Provider(id) => write!(f, "{PROVIDER_PREFIX}{id}"),
        }
    }
}

impl FromStr for Source {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text == ACCOUNT_AGGREGATOR {
            return Ok(Self::AccountAggregator);
        }
        let id = text.strip_prefix(PROVIDER_PREFIX).ok_or(InvalidId { kind: "Source" })?;
        id.parse().map(Self::Provider)
    }
}

impl TryFrom<String> for Source {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_written_as_one_word() {
        let bureau = Source::Provider("sandbox-bureau".parse().unwrap());
        assert_eq!(serde_json::to_string(&bureau).unwrap(), "\"provider:sandbox-bureau\"");
        for source in [bureau, Source::AccountAggregator] {
            assert_eq!(source.to_string().parse(), Ok(source.clone()));
        }
    }

    #[test]
    fn unknown_sources_are_refused() {
        for bad in ["", "provider", "provider:", "provider:a b", "Account-Aggregator", "aa"] {
            assert!(bad.parse::<Source>().is_err(), "{bad}");
        }
    }
}

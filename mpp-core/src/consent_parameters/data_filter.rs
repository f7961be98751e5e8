//! Narrowings of the transactions to be sent.

use serde::{Deserialize, Serialize};

/// What a data filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum DataFilterType {
    /// CREDIT or DEBIT.
    TransactionType,
    /// The amount in rupees.
    TransactionAmount,
}

/// How a data filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(missing_docs, reason = "the symbols say it")]
pub enum DataFilterOperator {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "!=")]
    NotEqual,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = ">=")]
    GreaterOrEqual,
    #[serde(rename = "<=")]
    LessOrEqual,
}

/// A narrowing of the transactions to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DataFilter {
    /// What is compared.
    #[serde(rename = "type")]
    pub kind: DataFilterType,
    /// How.
    pub operator: DataFilterOperator,
    /// With what.
    pub value: String,
}

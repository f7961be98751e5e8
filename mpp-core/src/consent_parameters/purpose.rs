//! What data is for.

use serde::{Deserialize, Serialize};

/// A ReBIT purpose code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum PurposeCode {
    /// Wealth management service.
    #[serde(rename = "101")]
    WealthManagement,
    /// Customer spending patterns, budget or other reportings.
    #[serde(rename = "102")]
    SpendingPatterns,
    /// Aggregated statement.
    #[serde(rename = "103")]
    AggregatedStatement,
    /// Explicit consent to monitor the accounts.
    #[serde(rename = "104")]
    Monitoring,
    /// Explicit one-time consent for the accounts.
    #[serde(rename = "105")]
    OneTime,
}

impl PurposeCode {
    /// The code as ReBIT writes it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::WealthManagement => "101",
            Self::SpendingPatterns => "102",
            Self::AggregatedStatement => "103",
            Self::Monitoring => "104",
            Self::OneTime => "105",
        }
    }

    /// The address of the code's definition (`Purpose.refUri`).
    #[must_use]
    pub fn ref_uri(self) -> String {
        format!("https://api.rebit.org.in/aa/purpose/{}.xml", self.code())
    }

    /// The name of the code's category (`Purpose.Category.type`).
    #[must_use]
    pub const fn category(self) -> &'static str {
        match self {
            Self::WealthManagement | Self::SpendingPatterns => "Personal Finance",
            Self::AggregatedStatement => "Financial Reporting",
            Self::Monitoring | Self::OneTime => "Account Query and Monitoring",
        }
    }
}

/// What the data is for: a code of ReBIT's list and the words shown to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Purpose {
    /// The code.
    pub code: PurposeCode,
    /// The words shown to the customer, unaltered from the product.
    pub text: String,
}

//! The terms of a consent, with every field and enum of ReBIT's `ConsentDetail` (account-aggregator.md §7).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{FiType, Span, Timestamp};

/// How the recipient may use the data (`consentMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConsentMode {
    /// Look at it, keep nothing.
    View,
    /// Keep it for the data life.
    Store,
    /// Ask questions of it.
    Query,
    /// Receive it as it arises.
    Stream,
}

/// How often the data may be fetched (`fetchType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FetchType {
    /// Once.
    Onetime,
    /// Repeatedly, within the frequency.
    Periodic,
}

/// What part of the data is consented (`consentTypes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConsentType {
    /// Who holds the account.
    Profile,
    /// Balances and terms.
    Summary,
    /// Single transactions.
    Transactions,
}

/// A ReBIT purpose code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Purpose {
    /// The code.
    pub code: PurposeCode,
    /// The words shown to the customer, unaltered from the product.
    pub text: String,
}

/// From when to when the data reaches; `from` lies before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RangeForm", into = "RangeForm")]
pub struct DataRange {
    from: Timestamp,
    to: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RangeForm {
    from: Timestamp,
    to: Timestamp,
}

impl DataRange {
    /// The range between two instants.
    ///
    /// # Errors
    /// When `from` does not lie before `to`.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self, InvalidConsentParameters> {
        if from < to { Ok(Self { from, to }) } else { Err(InvalidConsentParameters::RangeNotForward) }
    }

    /// The first instant of the range.
    #[must_use]
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// The last instant of the range.
    #[must_use]
    pub const fn to(self) -> Timestamp {
        self.to
    }

    /// Whether `other` lies wholly within this range.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

impl TryFrom<RangeForm> for DataRange {
    type Error = InvalidConsentParameters;

    fn try_from(form: RangeForm) -> Result<Self, InvalidConsentParameters> {
        Self::new(form.from, form.to)
    }
}

impl From<DataRange> for RangeForm {
    fn from(range: DataRange) -> Self {
        Self { from: range.from, to: range.to }
    }
}

/// A unit of `DataLife`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum DataLifeUnit {
    /// Calendar days.
    Day,
    /// Calendar months.
    Month,
    /// Calendar years.
    Year,
    /// Without end; the value is zero.
    Inf,
}

/// How long the recipient may keep the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataLife {
    /// The unit.
    pub unit: DataLifeUnit,
    /// How many of the unit.
    pub value: u32,
}

impl DataLife {
    /// When data received at `received` must be gone; `None` when it may stay without end.
    #[must_use]
    pub fn ends(self, received: Timestamp) -> Option<Timestamp> {
        match self.unit {
            DataLifeUnit::Day => Some(received.plus_calendar(0, self.value)),
            DataLifeUnit::Month => Some(received.plus_calendar(self.value, 0)),
            DataLifeUnit::Year => Some(received.plus_calendar(self.value.saturating_mul(12), 0)),
            DataLifeUnit::Inf => None,
        }
    }
}

/// A unit of `Frequency`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FrequencyUnit {
    /// Per hour.
    Hour,
    /// Per calendar day.
    Day,
    /// Per calendar month.
    Month,
    /// Per calendar year.
    Year,
    /// Without bound (allowed in requests only).
    Inf,
}

/// How many fetches are allowed per unit of time, counted in calendar buckets (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frequency {
    /// The unit.
    pub unit: FrequencyUnit,
    /// How many fetches per unit.
    pub value: u32,
}

/// What a data filter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum DataFilterType {
    /// CREDIT or DEBIT.
    TransactionType,
    /// The amount in rupees.
    TransactionAmount,
}

/// How a data filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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

/// Terms that contradict themselves or the specification.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConsentParameters {
    /// The data range ends before it begins.
    #[error("the data range must begin before it ends")]
    RangeNotForward,
    /// The consent ends before it begins.
    #[error("the consent must start before it expires")]
    ValidityNotForward,
    /// There is no consent type.
    #[error("at least one consent type is needed")]
    NoConsentType,
    /// The data life contradicts the mode: above zero for STORE (or INF with zero), else zero.
    #[error("data life must be positive for STORE and zero otherwise")]
    DataLifeAgainstMode,
    /// No fetch would be allowed.
    #[error("frequency must allow at least one fetch")]
    NoFetchAllowed,
    /// The purpose has no words.
    #[error("the purpose needs a text of 1 to 500 characters")]
    PurposeText,
}

/// The terms of one consent. Construction proves they are free of contradiction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ConsentParametersForm", into = "ConsentParametersForm")]
pub struct ConsentParameters(ConsentParametersForm);

/// The parts of [`ConsentParameters`] before they are checked against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentParametersForm {
    /// When the consent begins to hold.
    pub consent_start: Timestamp,
    /// When it ends.
    pub consent_expiry: Timestamp,
    /// How the recipient may use the data.
    pub consent_mode: ConsentMode,
    /// Once or repeatedly.
    pub fetch_type: FetchType,
    /// Which parts of the data.
    pub consent_types: BTreeSet<ConsentType>,
    /// Which kinds of financial information; empty for a third-party source.
    #[serde(default)]
    pub fi_types: BTreeSet<FiType>,
    /// What for.
    pub purpose: Purpose,
    /// From when to when the data reaches.
    pub data_range: DataRange,
    /// How long the recipient may keep it.
    pub data_life: DataLife,
    /// How often it may be fetched.
    pub frequency: Frequency,
    /// Narrowings of the transactions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_filter: Vec<DataFilter>,
}

impl ConsentParameters {
    /// Checks the parts against each other.
    ///
    /// # Errors
    /// The first contradiction found.
    pub fn new(form: ConsentParametersForm) -> Result<Self, InvalidConsentParameters> {
        use InvalidConsentParameters as Invalid;
        if form.consent_start >= form.consent_expiry {
            return Err(Invalid::ValidityNotForward);
        }
        if form.consent_types.is_empty() {
            return Err(Invalid::NoConsentType);
        }
        let stored = form.consent_mode == ConsentMode::Store;
        let keeps = form.data_life.value > 0 && form.data_life.unit != DataLifeUnit::Inf;
        let keeps_for_ever = form.data_life == DataLife { unit: DataLifeUnit::Inf, value: 0 };
        if (stored && !keeps && !keeps_for_ever) || (!stored && form.data_life.value > 0) {
            return Err(Invalid::DataLifeAgainstMode);
        }
        if form.frequency.value == 0 && form.frequency.unit != FrequencyUnit::Inf {
            return Err(Invalid::NoFetchAllowed);
        }
        if form.purpose.text.trim().is_empty() || form.purpose.text.chars().count() > 500 {
            return Err(Invalid::PurposeText);
        }
        Ok(Self(form))
    }

    /// The parts, for reading.
    #[must_use]
    pub const fn form(&self) -> &ConsentParametersForm {
        &self.0
    }

    /// How long the consent holds.
    #[must_use]
    pub fn validity(&self) -> Span {
        self.0.consent_expiry.since(self.0.consent_start)
    }
}

impl TryFrom<ConsentParametersForm> for ConsentParameters {
    type Error = InvalidConsentParameters;

    fn try_from(form: ConsentParametersForm) -> Result<Self, InvalidConsentParameters> {
        Self::new(form)
    }
}

impl From<ConsentParameters> for ConsentParametersForm {
    fn from(parameters: ConsentParameters) -> Self {
        parameters.0
    }
}

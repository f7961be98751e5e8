//! The terms of a consent, with every field and enum of ReBIT's `ConsentDetail` (account-aggregator.md §7).

mod data_filter;
mod data_life;
mod data_range;
mod frequency;
mod purpose;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{FiType, Persistence, Span, Timestamp};

pub use data_filter::{DataFilter, DataFilterOperator, DataFilterType};
pub use data_life::{DataLife, DataLifeUnit};
pub use data_range::DataRange;
pub use frequency::{Frequency, FrequencyBucket, FrequencyUnit};
pub use purpose::{Purpose, PurposeCode};

/// How the recipient may use the data (`consentMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FetchType {
    /// Once.
    Onetime,
    /// Repeatedly, within the frequency.
    Periodic,
}

/// What part of the data is consented (`consentTypes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConsentType {
    /// Who holds the account.
    Profile,
    /// Balances and terms.
    Summary,
    /// Single transactions.
    Transactions,
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

impl InvalidConsentParameters {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RangeNotForward => "data_range_not_forward",
            Self::ValidityNotForward => "validity_not_forward",
            Self::NoConsentType => "no_consent_type",
            Self::DataLifeAgainstMode => "data_life_against_mode",
            Self::NoFetchAllowed => "no_fetch_allowed",
            Self::PurposeText => "purpose_text_invalid",
        }
    }

    /// The same terms will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }
}

/// The terms of one consent. Construction proves they are free of contradiction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "ConsentParametersForm", into = "ConsentParametersForm")]
pub struct ConsentParameters(ConsentParametersForm);

/// The parts of [`ConsentParameters`] before they are checked against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

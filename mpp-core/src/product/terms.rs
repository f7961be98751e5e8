//! The terms of a product's item, relative to the time of asking.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    CalendarSpan, ConsentMode, ConsentParameters, ConsentParametersForm, ConsentType, DataFilter, DataLife,
    DataRange, FetchType, FiType, Frequency, InvalidConsentParameters, Purpose, Timestamp,
};

/// The terms of a product's item: [`ConsentParameters`] with lengths in place of dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProductTerms {
    /// What for.
    pub purpose: Purpose,
    /// How the partner may use the data.
    pub consent_mode: ConsentMode,
    /// Once or repeatedly.
    pub fetch_type: FetchType,
    /// Which parts of the data.
    pub consent_types: BTreeSet<ConsentType>,
    /// Which kinds of financial information; empty for a third-party source.
    #[serde(default)]
    pub fi_types: BTreeSet<FiType>,
    /// How long the consent holds.
    pub valid_for: CalendarSpan,
    /// How far back the data reaches.
    pub range_back: CalendarSpan,
    /// How long the partner may keep it.
    pub data_life: DataLife,
    /// How often it may be fetched.
    pub frequency: Frequency,
    /// Narrowings of the transactions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_filter: Vec<DataFilter>,
}

impl ProductTerms {
    /// The terms of a consent asked for at `now`. The data of a periodic consent reaches up to its expiry,
    /// that of a one-time consent up to `now`.
    ///
    /// # Errors
    /// When the terms contradict each other.
    pub fn parameters(&self, now: Timestamp) -> Result<ConsentParameters, InvalidConsentParameters> {
        let consent_expiry = self.valid_for.after(now);
        let to = match self.fetch_type {
            FetchType::Onetime => now,
            FetchType::Periodic => consent_expiry,
        };
        ConsentParameters::new(ConsentParametersForm {
            consent_start: now,
            consent_expiry,
            consent_mode: self.consent_mode,
            fetch_type: self.fetch_type,
            consent_types: self.consent_types.clone(),
            fi_types: self.fi_types.clone(),
            purpose: self.purpose.clone(),
            data_range: DataRange::new(self.range_back.before(now), to)?,
            data_life: self.data_life,
            frequency: self.frequency,
            data_filter: self.data_filter.clone(),
        })
    }
}

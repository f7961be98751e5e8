//! What was done on a day, row by row, and what is held.

use mpp_core::{CaseRef, ConsentId, ConsentRequestId, ParcelId, PartnerId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::address::present;

/// Which rows are wanted (`GET /v1/operator/activity`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActivityQuery {
    /// `given` for consents, what was done under them (`fetched`, `no_record`, `delivered`, `erased`, `expired`, `failed`), or `held` for
    /// parcels whose bytes or keys are still here; `given` without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// On this day in India, `yyyy-MM-dd`; today without. What is held is of any day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl ActivityQuery {
    /// The parts that say which and where, by name.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        present([("what", &self.what), ("day", &self.day), ("after", &self.after)])
    }
}

/// One thing that was done, or is held (`GET /v1/operator/activity`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ActivityRowView {
    /// When; of a parcel that is held, since when it stands as it does, and absent before all of it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The consent it rests on.
    pub consent_id: ConsentId,
    /// The request the consent answers.
    pub consent_request_id: ConsentRequestId,
    /// For whom.
    pub partner_id: PartnerId,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// From where.
    pub source: String,
    /// The parcel, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<ParcelId>,
    /// The state of a parcel that is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Until when a parcel that is held is kept at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<Timestamp>,
}

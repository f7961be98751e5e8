//! How the FIPs do: what whoever runs the private share service asks.

use std::collections::BTreeMap;
use std::time::Duration;

use mpp_core::FipId;
use serde::{Deserialize, Serialize};

use crate::address::{present, with_query};
use crate::{ApiError, Caller};

/// Which days a report is about (`GET /v1/operator/fips`): days in India that are over, `yyyy-MM-dd`; the seven before today
/// when nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FipReportQuery {
    /// The first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// How the FIPs did in these days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FipReportView {
    /// The first day.
    pub from: String,
    /// The last one.
    pub to: String,
    /// Whether all data sessions of these days were looked at.
    pub complete: bool,
    /// A FIP that was asked for fewer accounts on a day is not named for that day.
    pub fewest: u64,
    /// The FIPs, those asked most first; what is not named is the last row.
    pub fips: Vec<FipHealthView>,
}

/// How a FIP did, or those that are not named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FipHealthView {
    /// The FIP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fip: Option<FipId>,
    /// How many accounts were asked.
    pub asked: u64,
    /// How many were answered with data.
    pub answered: u64,
    /// How many may still be answered.
    pub waiting: u64,
    /// How many were not answered, by stable reason.
    pub failed: BTreeMap<String, u64>,
    /// From the request to the word that the data is ready, in milliseconds: the median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_millis: Option<u64>,
    /// 95 of 100 took no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p95_millis: Option<u64>,
    /// 99 of 100 took no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_millis: Option<u64>,
}

/// Calls the private share service as whoever runs it.
#[derive(Debug, Clone)]
pub struct HealthClient(Caller);

impl HealthClient {
    /// A client over a caller with an operator's bearer key.
    #[must_use]
    pub const fn new(caller: Caller) -> Self {
        Self(caller)
    }

    /// How the FIPs did.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn fips(&self, query: &FipReportQuery) -> Result<FipReportView, ApiError> {
        let pairs = present([("from", &query.from), ("to", &query.to)]);
        self.0.get(&with_query("/v1/operator/fips", &pairs), Duration::ZERO).await
    }
}

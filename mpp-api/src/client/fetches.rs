//! How data came, or why it did not, as staff see it.

use std::time::Duration;

use mpp_core::{CaseRef, ConsentId, ConsentRequestId, DataItemId, NotificationId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};

use super::StaffClient;
use crate::address::{list, present};
use crate::{ApiError, Page};

/// Which fetches are wanted (`GET /v1/staff/fetches`). Every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ToldFetchQuery {
    /// `due`, `collecting`, `received`, `faulty`, `gone`, `no_record` or `failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// From this source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Told on this day in India or later, `yyyy-MM-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Told on this day in India or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl ToldFetchQuery {
    /// The parts that say which and where, by name.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        present([
            ("status", &self.status),
            ("source", &self.source),
            ("from", &self.from),
            ("to", &self.to),
            ("after", &self.after),
        ])
    }
}

/// A fetch, as central told of it (`GET /v1/staff/fetches`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ToldFetchView {
    /// The notification of central that told it.
    pub notification_id: NotificationId,
    /// When it happened.
    pub at: Timestamp,
    /// The case.
    pub case_ref: CaseRef,
    /// The consent request.
    pub consent_request_id: ConsentRequestId,
    /// For which product; absent where the case was not placed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// The consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<ConsentId>,
    /// From where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `due` (time for the customer's app to share again), `collecting`, `received`, `faulty` (what came is not what was announced),
    /// `gone` (central no longer has it, and it never was here), `no_record` or `failed`.
    pub status: String,
    /// A stable reason, where nothing came or what came is not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The document that came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_id: Option<DataItemId>,
    /// What central noticed about it: `outdated`, `undated`, `inexact_match`, `parts_missing`; never of what a phone sealed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<String>,
}

impl StaffClient {
    /// Lists fetches, as central told of them.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn fetches(&self, query: &ToldFetchQuery) -> Result<Page<ToldFetchView>, ApiError> {
        self.0.get(&list("/v1/staff/fetches", &query.pairs(), query.limit), Duration::ZERO).await
    }
}

//! The calendar of data lives: which documents reach the end of theirs on which day, and what was purged.

use std::time::Duration;

use jiff::civil::Date;
use mpp_core::{ProductId, Timestamp};
use serde::{Deserialize, Serialize};

use super::StaffClient;
use crate::ApiError;
use crate::address::{present, with_query};

/// Which weeks are wanted (`GET /v1/staff/purge-calendar`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PurgeCalendarQuery {
    /// A day of the first week, `yyyy-MM-dd`; today's when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Only this product's documents; `none` for those whose case was not placed here. With a source only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Only documents of this source. With a product only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Six weeks of ends of data lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PurgeCalendarView {
    /// When it was counted.
    pub as_of: Timestamp,
    /// Today in India.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub today: Date,
    /// How far purges that wait for a person were counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// Whether every document is counted: those received by a program of before come in little by little.
    pub complete: bool,
    /// The days, from a Monday on.
    pub days: Vec<PurgeDayView>,
    /// Days whose documents should be gone and are still here, whatever is asked for; today's own too, the oldest first.
    pub overdue: Vec<OverdueDayView>,
    /// Documents whose data life ended earlier today and that are still here: of the product and source that are asked for.
    #[serde(default)]
    pub overdue_today: u64,
    /// Documents that can no longer be read and are being destroyed.
    pub purging: u64,
    /// Purges that failed and wait for a person.
    pub parked: u64,
    /// Documents without an end of their data life.
    pub never: u64,
    /// Every product with each of its sources.
    pub slices: Vec<SliceView>,
}

/// A day of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PurgeDayView {
    /// The day in India.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub day: Date,
    /// Documents whose data life ends on it and that are still here.
    pub ends: u64,
    /// Documents that were purged on it.
    pub purged: u64,
}

/// A day with documents that should be gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OverdueDayView {
    /// The day in India on which their data life ended.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub day: Date,
    /// How many are still here.
    pub count: u64,
}

/// A product with a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SliceView {
    /// The product; absent where the case was not placed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// The source.
    pub source: String,
}

/// A day by product and source (`GET /v1/staff/purge-calendar/{day}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DayOfPurgesView {
    /// The day as a whole.
    pub whole: PurgeDayView,
    /// What there was of which product and source.
    pub slices: Vec<DaySliceView>,
}

/// What there was of a product and source on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DaySliceView {
    /// The product; absent where the case was not placed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// The source.
    pub source: String,
    /// Documents whose data life ends on the day and that are still here.
    pub ends: u64,
    /// Documents that were purged on it.
    pub purged: u64,
}

const CALENDAR: &str = "/v1/staff/purge-calendar";

impl StaffClient {
    /// Six weeks of ends of data lives.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn purge_calendar(&self, query: &PurgeCalendarQuery) -> Result<PurgeCalendarView, ApiError> {
        let parts = [("from", &query.from), ("product", &query.product), ("source", &query.source)];
        self.0.get(&with_query(CALENDAR, &present(parts)), Duration::ZERO).await
    }

    /// A day by product and source.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn purges_of_day(&self, day: Date) -> Result<DayOfPurgesView, ApiError> {
        self.0.get(&format!("{CALENDAR}/{day}"), Duration::ZERO).await
    }
}

//! What this partner pays for, as central says it.

use std::time::Duration;

use mpp_billing::BillDocument;
use mpp_core::BillId;

use super::StaffClient;
use crate::central::{BillRowView, UsageView};
use crate::{ApiError, Page, Place};

impl StaffClient {
    /// Lists this partner's metered uses (`GET /v1/staff/usage`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn usage(&self, place: impl Into<Place<'_>> + Send) -> Result<Page<UsageView>, ApiError> {
        self.0.get(&place.into().on("/v1/staff/usage", &[]), Duration::ZERO).await
    }

    /// Lists this partner's bills, the newest first (`GET /v1/staff/bills`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn bills(&self, place: impl Into<Place<'_>> + Send) -> Result<Page<BillRowView>, ApiError> {
        self.0.get(&place.into().on("/v1/staff/bills", &[]), Duration::ZERO).await
    }

    /// The document of one of them (`GET /v1/staff/bills/{bill}`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn bill(&self, bill: BillId) -> Result<BillDocument, ApiError> {
        self.0.get(&format!("/v1/staff/bills/{bill}"), Duration::ZERO).await
    }
}

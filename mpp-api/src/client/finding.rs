//! Finding a case by what people have in hand.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{CaseRowView, StaffClient};
use crate::address::with_query;
use crate::{ApiError, Page};

/// What is looked for (`GET /v1/staff/find`): a case reference, or the identifier of a request, a consent, a document or a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindCaseQuery {
    /// The text.
    pub text: String,
}

/// A case that was found (`GET /v1/staff/find`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FoundCaseView {
    /// What the text names: `case`, `request`, `consent`, `document` or `parcel`.
    pub kind: String,
    /// The case it belongs to.
    pub case: CaseRowView,
}

impl StaffClient {
    /// Finds the case of whatever a text names; one at most.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn find_case(&self, text: &str) -> Result<Page<FoundCaseView>, ApiError> {
        self.0.get(&with_query("/v1/staff/find", &[("text", text)]), Duration::ZERO).await
    }
}

//! Filters of lists that somebody keeps under a name.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{DeskClient, UNREPEATED};
use crate::ApiError;

/// A view of the caller's own (`GET /v1/desk/views`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SavedViewView {
    /// Its number among the caller's.
    pub number: u32,
    /// The page within the portal, as `/requests`.
    pub page: String,
    /// Its name.
    pub name: String,
    /// The filter as the query of the page's address.
    pub query: String,
}

impl fmt::Debug for SavedViewView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedViewView").field("number", &self.number).finish_non_exhaustive()
    }
}

/// `POST /v1/desk/views`: keeps a view; one of this name on the same page is replaced.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SaveView {
    /// The page within the portal.
    pub page: String,
    /// A name of 1 to 60 characters.
    pub name: String,
    /// The filter. Cursors and empty values are left out of what is kept.
    pub query: String,
}

impl fmt::Debug for SaveView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaveView").field("page", &self.page).finish_non_exhaustive()
    }
}

/// `POST /v1/desk/views/{number}/rename`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenameView {
    /// The new name.
    pub name: String,
}

impl DeskClient {
    /// The caller's own views, in the order they were kept.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn views(&self) -> Result<Vec<SavedViewView>, ApiError> {
        self.0.get("/v1/desk/views", Duration::ZERO).await
    }

    /// Keeps a view.
    ///
    /// # Errors
    /// See [`ApiError`]; `too_many_views`.
    pub async fn save_view(&self, body: &SaveView) -> Result<(), ApiError> {
        self.0.post("/v1/desk/views", UNREPEATED, body).await
    }

    /// Gives a view another name.
    ///
    /// # Errors
    /// See [`ApiError`]; `not_found`, `view_name_taken`.
    pub async fn rename_view(&self, number: u32, body: &RenameView) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/views/{number}/rename"), UNREPEATED, body).await
    }

    /// Removes a view.
    ///
    /// # Errors
    /// See [`ApiError`]; `not_found`.
    pub async fn remove_view(&self, number: u32) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/views/{number}/remove"), UNREPEATED, &()).await
    }
}

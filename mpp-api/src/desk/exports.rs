//! Files that a person has made of lists. A portal begins one, hands over rows and bytes while it reads the list as the
//! person, and finishes it; the person looks at it, takes it, stops and removes it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderValue};
use mpp_core::{ExportId, Timestamp};
use mpp_transport::Response;
use serde::{Deserialize, Serialize};

use super::{DeskClient, UNREPEATED};
use crate::ApiError;

/// A file of the caller's own (`GET /v1/desk/exports`, the newest first; `GET /v1/desk/exports/{export}`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExportView {
    /// The file.
    pub export_id: ExportId,
    /// The list, as a path within the portal: `/requests`.
    pub list: String,
    /// The filter as the query of the list's address.
    pub query: String,
    /// The filter in words.
    pub filter: String,
    /// The name of the file, without its ending.
    pub file: String,
    /// `csv` or `xlsx`.
    pub format: String,
    /// How many rows it has so far.
    pub rows: u64,
    /// How many it will have, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// How many bytes it has so far.
    pub size_bytes: u64,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When it is over, whatever its state.
    pub ends_at: Timestamp,
    /// `working`, `ready`, `stopped`, `interrupted` or `failed`.
    pub state: String,
    /// Why there is no file and will be none: `cancelled`, `session_ended`, `role_missing`, `interrupted`, `too_large`,
    /// `sheet_full`, `cell_full`, `sheet_unwritten`, `unread`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl fmt::Debug for ExportView {
    /// Leaves out what is filtered by.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportView")
            .field("export_id", &self.export_id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// `POST /v1/desk/exports`: begins a file. It goes on under the caller's session and ends with it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartExport {
    /// The form it is asked for with: while the file is made, the same form begins no other.
    pub once: String,
    /// The list, as a path within the portal.
    pub list: String,
    /// The filter. Cursors and empty values are left out of what is kept.
    pub query: String,
    /// The filter in words.
    pub filter: String,
    /// The name of the file, without its ending: letters, digits and hyphens.
    pub file: String,
    /// `csv` or `xlsx`.
    pub format: String,
    /// How many rows there will be, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// A file of the caller's own that has ended: this one stands in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ExportId>,
}

impl fmt::Debug for StartExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartExport").field("list", &self.list).finish_non_exhaustive()
    }
}

/// The answer to [`StartExport`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StartedExport {
    /// The file.
    pub export: ExportView,
    /// Whether it was begun by this call: who gets `false` must not make it.
    pub begun: bool,
}

/// `POST /v1/desk/exports/{export}/note` and `POST /v1/desk/exports/{export}/finish`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExportRows {
    /// How many rows the file has so far.
    pub rows: u64,
}

/// `POST /v1/desk/exports/{export}/stop`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StopExport {
    /// One of the reasons of [`ExportView`].
    pub reason: String,
}

/// The most bytes of one call of [`DeskClient::add_to_export`].
pub const LARGEST_EXPORT_PART: usize = 512 * 1024;

impl DeskClient {
    /// The caller's own files, the newest first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn exports(&self) -> Result<Vec<ExportView>, ApiError> {
        self.0.get("/v1/desk/exports", Duration::ZERO).await
    }

    /// One of the caller's own files.
    ///
    /// # Errors
    /// See [`ApiError`]; `not_found`.
    pub async fn export(&self, export: ExportId) -> Result<ExportView, ApiError> {
        self.0.get(&format!("/v1/desk/exports/{export}"), Duration::ZERO).await
    }

    /// Begins a file.
    ///
    /// # Errors
    /// See [`ApiError`]; `too_many_exports`, `too_many_exports_working`.
    pub async fn start_export(&self, body: &StartExport) -> Result<StartedExport, ApiError> {
        self.0.post("/v1/desk/exports", UNREPEATED, body).await
    }

    /// Adds the next bytes to a file, which has so many rows with them. At most 512 KiB at once.
    ///
    /// # Errors
    /// See [`ApiError`]; `export_ended`, `export_too_large`.
    pub async fn add_to_export(
        &self,
        export: ExportId,
        part: u32,
        rows: u64,
        bytes: Bytes,
    ) -> Result<(), ApiError> {
        let path = format!("/v1/desk/exports/{export}/parts/{part}/{rows}");
        let kind = HeaderValue::from_static("application/octet-stream");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]);
        self.0.send_raw(Method::POST, &path, headers, bytes).await.map(drop)
    }

    /// Says how many rows a file has so far, and that it is still being made.
    ///
    /// # Errors
    /// See [`ApiError`]; `export_ended`.
    pub async fn note_export(&self, export: ExportId, rows: u64) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/exports/{export}/note"), UNREPEATED, &ExportRows { rows }).await
    }

    /// Says that a file is whole.
    ///
    /// # Errors
    /// See [`ApiError`]; `export_ended`.
    pub async fn finish_export(&self, export: ExportId, rows: u64) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/exports/{export}/finish"), UNREPEATED, &ExportRows { rows }).await
    }

    /// Ends a file that is being made.
    ///
    /// # Errors
    /// See [`ApiError`]; `not_found`.
    pub async fn stop_export(&self, export: ExportId, body: &StopExport) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/exports/{export}/stop"), UNREPEATED, body).await
    }

    /// Removes a file.
    ///
    /// # Errors
    /// See [`ApiError`]; `not_found`.
    pub async fn remove_export(&self, export: ExportId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/exports/{export}/remove"), UNREPEATED, &()).await
    }

    /// The bytes of a file that is ready, as they stream in.
    ///
    /// # Errors
    /// See [`ApiError`]; `export_unfinished`, `not_found`.
    pub async fn export_file(&self, export: ExportId) -> Result<Response, ApiError> {
        self.0.get_file(&format!("/v1/desk/exports/{export}/file")).await
    }
}

//! Received documents, as the enterprise's staff look at them.

use std::time::Duration;

use mpp_core::{CaseRef, ConsentId, DataItemId, Kid, ParcelId, ProductId, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use super::StaffClient;
use crate::address::{list, present};
use crate::{ApiError, Page};

/// Which documents are wanted (`GET /v1/staff/items`). Every part that is there must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentQuery {
    /// `held`, `purging` or `purged`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Those that are here and whose data life ends on this day in India, `yyyy-MM-dd`; `never` for those without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// Those that were purged on this day in India.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purged: Option<String>,
    /// Those of this product; `none` for those whose case was not placed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Those of this source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl DocumentQuery {
    /// The parts that say which and where, by name.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        present([
            ("status", &self.status),
            ("ends", &self.ends),
            ("purged", &self.purged),
            ("product", &self.product),
            ("source", &self.source),
            ("after", &self.after),
        ])
    }
}

/// Who sealed a document, as far as the client server has seen it proven.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SealedByView {
    /// `device` for the customer's device, `central`, or `unproven` for a document under a consent of before, of which nobody
    /// could say so.
    pub who: String,
    /// The sender's key. An enterprise's own app can tell which one its device has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<Kid>,
    /// When the sender's statement was verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Timestamp>,
}

/// What proves where a document comes from (`GET /v1/staff/items/{id}/proof`); it outlives the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DocumentProofView {
    /// The document.
    pub item_id: DataItemId,
    /// The parcel it came in.
    pub parcel_id: ParcelId,
    /// The consent it came under.
    pub consent_id: ConsentId,
    /// Who sealed it; absent where a server of before did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_by: Option<SealedByView>,
    /// Compact JWS by the sender, `typ` `mpp-envelope-sender+jwt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// Compact JWS by central, `typ` `mpp-consent-artefact+jwt`; it names the device's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefact: Option<String>,
    /// Compact JWS by the device, `typ` `mpp-approval+jwt`: the customer's decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
}

/// A document (`GET /v1/staff/items`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DocumentRowView {
    /// The document.
    pub item_id: DataItemId,
    /// The case it belongs to.
    pub case_ref: CaseRef,
    /// The consent it came under.
    pub consent_id: ConsentId,
    /// For which product; absent where the case was not placed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// The source.
    pub source: String,
    /// What account it is about, with most digits hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The media type.
    pub content_type: String,
    /// The digest of the document.
    pub sha256: Sha256Digest,
    /// Its size.
    pub size_bytes: u64,
    /// When it arrived.
    pub received_at: Timestamp,
    /// When it will be purged; absent when it may stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purge_by: Option<Timestamp>,
    /// Who sealed it; absent where a server of before did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_by: Option<SealedByView>,
    /// `held`, `purging` or `purged`.
    pub status: String,
    /// When it was purged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purged_at: Option<Timestamp>,
    /// Why: `data_life_ended` or `consent_withdrawn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purged_because: Option<String>,
}

/// A document with its content (`GET /v1/staff/items/{id}/masked`, `POST /v1/staff/items/{id}/unmask`).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    /// The document.
    pub item_id: DataItemId,
    /// The source.
    pub source: String,
    /// The media type it came in.
    pub content_type: String,
    /// The digest of the document as it came.
    pub sha256: Sha256Digest,
    /// When it will be purged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purge_by: Option<Timestamp>,
    /// Who sealed it; absent where a server of before did not look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_by: Option<SealedByView>,
    /// Whether what may be personal is masked.
    pub masked: bool,
    /// The content as normalised JSON.
    pub document: serde_json::Value,
}

impl std::fmt::Debug for DocumentView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DocumentView").field("item_id", &self.item_id).finish_non_exhaustive()
    }
}

/// `POST /v1/staff/items/{id}/unmask`: the reason is written down before anything is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unmask {
    /// Why, in 8 to 500 characters.
    pub reason: String,
}

impl std::fmt::Debug for Unmask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unmask(..)")
    }
}

impl StaffClient {
    /// Lists documents.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn items(&self, query: &DocumentQuery) -> Result<Page<DocumentRowView>, ApiError> {
        self.0.get(&list("/v1/staff/items", &query.pairs(), query.limit), Duration::ZERO).await
    }

    /// What proves where a document comes from.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn document_proof(&self, item: DataItemId) -> Result<DocumentProofView, ApiError> {
        self.0.get(&format!("/v1/staff/items/{item}/proof"), Duration::ZERO).await
    }

    /// A document with whatever may be personal masked.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn masked(&self, item: DataItemId) -> Result<DocumentView, ApiError> {
        self.0.get(&format!("/v1/staff/items/{item}/masked"), Duration::ZERO).await
    }

    /// A document as it is, for a reason. Every call is a read of its own, so the server stores no answer.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn unmask(&self, item: DataItemId, body: &Unmask) -> Result<DocumentView, ApiError> {
        self.0.post(&format!("/v1/staff/items/{item}/unmask"), "unrepeated", body).await
    }
}

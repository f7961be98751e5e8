//! What partner applications ask.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use futures::TryStreamExt;
use http::{HeaderName, HeaderValue, header};
use mpp_api::client::{
    CaseItems, ConsentRequestView, ItemView, RequestedItemView, StartConsentRequest, StartedConsentRequest,
};
use mpp_core::{CaseRef, ConsentRequestId, DataItemId};
use mpp_services::client::{Item, ItemStanding, RequestStanding, StartCase};
use serde::Serialize;
use serde_json::value::RawValue;

use super::callers::ApplicationCaller;
use super::documents::sealed_by;
use super::refusals::refusal;
use super::routes::AppState;
use crate::http::{AnyDocument, Created, Document, JsonBody, Refusal};

/// The digest of the document in hex, beside RFC 9530's `repr-digest`.
const ITEM_SHA256: HeaderName = HeaderName::from_static("mpp-item-sha256");

/// `POST /v1/consent-requests`.
pub(super) async fn start(
    State(state): State<AppState>,
    ApplicationCaller(application): ApplicationCaller,
    JsonBody(body): JsonBody<StartConsentRequest>,
) -> Result<Created<StartedConsentRequest>, Refusal> {
    let call = StartCase { product: body.product_id, case_ref: body.case_ref, customer: body.customer };
    let started = state.service.start_case(&application, &call).await.map_err(|error| refusal(&error))?;
    let answer = StartedConsentRequest {
        consent_request_id: started.request,
        link: started.link,
        expires_at: started.expires_at,
    };
    Ok(Created(answer))
}

/// `GET /v1/consent-requests/{id}`.
pub(super) async fn standing(
    State(state): State<AppState>,
    ApplicationCaller(application): ApplicationCaller,
    Path(id): Path<String>,
) -> Result<Json<ConsentRequestView>, Refusal> {
    let id: ConsentRequestId = id.parse().map_err(|_| Refusal::not_found())?;
    let standing = state.service.case_standing(&application, id).await.map_err(|error| refusal(&error))?;
    Ok(Json(standing_view(standing)))
}

/// `POST /v1/consent-requests/{id}/take-back`.
pub(super) async fn take_back(
    State(state): State<AppState>,
    ApplicationCaller(application): ApplicationCaller,
    Path(id): Path<String>,
) -> Result<Json<ConsentRequestView>, Refusal> {
    let id: ConsentRequestId = id.parse().map_err(|_| Refusal::not_found())?;
    let standing = state.service.take_back(&application, id).await.map_err(|error| refusal(&error))?;
    Ok(Json(standing_view(standing)))
}

/// `GET /v1/cases/{caseRef}/items`.
pub(super) async fn items(
    State(state): State<AppState>,
    ApplicationCaller(application): ApplicationCaller,
    Path(case_ref): Path<String>,
) -> Result<Json<CaseItems>, Refusal> {
    let case_ref: CaseRef = case_ref.parse().map_err(|_| Refusal::not_found())?;
    let case = state.service.case_items(&application, &case_ref).await.map_err(|error| refusal(&error))?;
    Ok(Json(CaseItems { case_ref: case.case_ref, items: case.items.into_iter().map(item_view).collect() }))
}

/// `GET /v1/items/{id}/content`: the exact bytes, as they are read from the storage.
pub(super) async fn content(
    State(state): State<AppState>,
    ApplicationCaller(application): ApplicationCaller,
    Path(id): Path<String>,
) -> Result<Document<AnyDocument>, Refusal> {
    let id = item_id(&id)?;
    let document = state.service.read_raw(&application, id).await.map_err(|error| refusal(&error))?;
    let item = document.item;
    // an error ends the answer before its announced length: the reader sees that it is cut off
    let body = Body::from_stream(document.bytes.inspect_err(|error| {
        tracing::warn!(error.code = error.code(), "a document could not be read to its end");
    }));
    let mut response = body.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(&item.content_type)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(item.size_bytes));
    if let Ok(digest) = HeaderValue::from_str(&item.sha256.to_string()) {
        headers.insert(ITEM_SHA256, digest);
    }
    Ok(Document::new(response))
}

/// A document as normalised JSON.
#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(super) struct Normalised {
    /// The document.
    item_id: DataItemId,
    /// Where it comes from.
    source: String,
    /// The media type it came in.
    content_type: String,
    /// The digest of what came, in hexadecimal digits.
    sha256: String,
    /// Its normalised form.
    document: Box<RawValue>,
}

/// `GET /v1/items/{id}/normalised`.
pub(super) async fn normalised(
    State(state): State<AppState>,
    ApplicationCaller(application): ApplicationCaller,
    Path(id): Path<String>,
) -> Result<Json<Normalised>, Refusal> {
    let id = item_id(&id)?;
    let read = state.service.read_normalised(&application, id).await.map_err(|error| refusal(&error))?;
    Ok(Json(Normalised {
        item_id: read.item.id,
        source: read.item.source.to_string(),
        content_type: read.item.content_type,
        sha256: read.item.sha256.to_string(),
        document: read.document,
    }))
}

fn item_id(text: &str) -> Result<DataItemId, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}

pub(super) fn standing_view(standing: RequestStanding) -> ConsentRequestView {
    ConsentRequestView {
        consent_request_id: standing.request,
        case_ref: standing.case_ref,
        state: standing.state,
        items: standing.items.into_iter().map(requested_item).collect(),
    }
}

fn requested_item(item: ItemStanding) -> RequestedItemView {
    RequestedItemView {
        source: item.source,
        decision: item.decision,
        consent_id: item.consent,
        consent_state: item.consent_state,
    }
}

fn item_view(item: Item) -> ItemView {
    ItemView {
        item_id: item.id,
        consent_id: item.consent,
        source: item.source.to_string(),
        label: item.label,
        content_type: item.content_type,
        sha256: item.sha256.to_string(),
        size: item.size_bytes,
        received_at: item.received_at,
        purge_by: item.purge_by,
        sealed_by: item.sealed_by.as_ref().map(sealed_by),
    }
}

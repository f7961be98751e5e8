//! What the enterprise's staff ask.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::response::NoContent;
use http::request::Parts;
use mpp_api::Page;
use mpp_api::client::{
    AccessView, CreateApiKey, CreatedApiKey, DefineProduct, EnrolServer, EnrolledServer, ParcelView,
    ParkedView, ProductView, Scope as ScopeOnWire, SetWebhook, WebhookKey,
};
use mpp_core::{ApiKeyId, JobId, ProductContent, ProductId, ProductVersion};
use mpp_services::client::{
    Access, CollectedParcel, ParkedWork, ProductVersionView, ReadForm, Revised, Scope,
};
use mpp_store::Cursor;
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::keys::enrolled_view;
use super::refusals::refusal;
use super::routes::AppState;
use crate::desk::StaffCaller;
use crate::http::{Created, JsonBody, Refusal, page_size};

/// How many entries a page holds unless the caller wants another number.
const PAGE: u32 = 100;

/// The query of a list.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// The cursor that the page before ended with; the first page without.
    after: Option<String>,
    /// How many entries at most; 200 at most.
    limit: Option<u32>,
}

impl<S: Send + Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query: Result<Query<Self>, QueryRejection> = Query::from_request_parts(parts, state).await;
        let refused = |_| Refusal::invalid_request("the query has an unknown or wrong parameter");
        query.map(|Query(query)| query).map_err(refused)
    }
}

#[cfg(feature = "openapi")]
impl crate::openapi::Input for ListQuery {
    fn describe(operation: &mut crate::openapi::Operation<'_>) {
        operation.asks::<Self>();
    }
}

impl ListQuery {
    pub(super) fn cursor(&self) -> Result<Option<Cursor>, Refusal> {
        let parsed = self.after.as_deref().map(str::parse).transpose();
        parsed.map_err(|_| Refusal::invalid_request("`after` is not a cursor of this list"))
    }

    pub(super) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    pub(super) fn size(&self) -> u32 {
        page_size(self.limit, PAGE)
    }
}

/// `POST /v1/staff/enrolment`.
pub(super) async fn enrol(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<EnrolServer>,
) -> Result<Json<EnrolledServer>, Refusal> {
    let token = Zeroizing::new(body.enrolment_token);
    let enrolled = state.service.enrol(&staff.id, &token).await.map_err(|error| refusal(&error))?;
    Ok(Json(enrolled_view(enrolled)))
}

/// `POST /v1/staff/products`.
pub(super) async fn define_product(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<DefineProduct>,
) -> Result<Created<ProductView>, Refusal> {
    let content = serde_json::json!({ "name": body.name, "items": body.items, "notice": body.notice });
    let content: ProductContent = serde_json::from_value(content)
        // products hold nothing personal, so the author may be told what is wrong
        .map_err(|error| Refusal::invalid_request(format!("the product: {error}")))?;
    let based_on = body.based_on.map(ProductVersion);
    let revised = body.product_id.map(|product| Revised { product, based_on });
    let defined = state.service.define_product(&staff.id, revised, content).await;
    let defined = defined.map_err(|error| refusal(&error))?;
    Ok(Created(product_view(defined)))
}

/// `POST /v1/staff/products/{id}/versions/{version}/approve`.
pub(super) async fn approve_product(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    Path((id, version)): Path<(String, String)>,
) -> Result<Json<ProductView>, Refusal> {
    let id: ProductId = id.parse().map_err(|_| Refusal::not_found())?;
    let version = version.parse().map(ProductVersion).map_err(|_| Refusal::not_found())?;
    let approved =
        state.service.approve_product(&staff.id, id, version).await.map_err(|error| refusal(&error))?;
    Ok(Json(product_view(approved)))
}

/// `GET /v1/staff/products`.
pub(super) async fn products(
    State(state): State<AppState>,
    _staff: StaffCaller,
    query: ListQuery,
) -> Result<Json<Page<ProductView>>, Refusal> {
    let page =
        state.service.products(query.cursor()?, query.size()).await.map_err(|error| refusal(&error))?;
    Ok(Json(on_wire(page, product_view)))
}

/// `POST /v1/staff/api-keys`.
pub(super) async fn create_api_key(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<CreateApiKey>,
) -> Result<Created<CreatedApiKey>, Refusal> {
    let scopes = body.scopes.into_iter().map(scope).collect();
    let made =
        state.service.make_api_key(&staff.id, &body.name, scopes).await.map_err(|error| refusal(&error))?;
    let created = CreatedApiKey { api_key_id: made.id, key: made.key.as_str().to_owned() };
    Ok(Created(created))
}

/// `POST /v1/staff/api-keys/{id}/revoke`.
pub(super) async fn revoke_api_key(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    Path(id): Path<String>,
    JsonBody(_): JsonBody<Value>,
) -> Result<NoContent, Refusal> {
    let id: ApiKeyId = id.parse().map_err(|_| Refusal::not_found())?;
    state.service.revoke_api_key(&staff.id, id).await.map_err(|error| refusal(&error))?;
    Ok(NoContent)
}

/// `POST /v1/staff/webhook`.
pub(super) async fn set_webhook(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<SetWebhook>,
) -> Result<Json<WebhookKey>, Refusal> {
    let key = state.service.set_webhook(&staff.id, body.url).await.map_err(|error| refusal(&error))?;
    Ok(Json(WebhookKey { key }))
}

/// `GET /v1/staff/accesses`.
pub(super) async fn accesses(
    State(state): State<AppState>,
    _staff: StaffCaller,
    query: ListQuery,
) -> Result<Json<Page<AccessView>>, Refusal> {
    let page =
        state.service.accesses(query.cursor()?, query.size()).await.map_err(|error| refusal(&error))?;
    Ok(Json(on_wire(page, access_view)))
}

/// `GET /v1/staff/parcels`.
pub(super) async fn parcels(
    State(state): State<AppState>,
    _staff: StaffCaller,
    query: ListQuery,
) -> Result<Json<Page<ParcelView>>, Refusal> {
    let page = state.service.parcels(query.cursor()?, query.size()).await.map_err(|error| refusal(&error))?;
    Ok(Json(on_wire(page, parcel_view)))
}

/// `GET /v1/staff/parked`.
pub(super) async fn parked(
    State(state): State<AppState>,
    _staff: StaffCaller,
    query: ListQuery,
) -> Result<Json<Page<ParkedView>>, Refusal> {
    let page = state.service.parked(query.cursor()?, query.size()).await.map_err(|error| refusal(&error))?;
    Ok(Json(on_wire(page, parked_view)))
}

/// `POST /v1/staff/parked/{job}/replay`.
pub(super) async fn replay(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    Path(job): Path<String>,
    JsonBody(_): JsonBody<Value>,
) -> Result<NoContent, Refusal> {
    let job: JobId = job.parse().map_err(|_| Refusal::not_found())?;
    state.service.replay(&staff.id, job).await.map_err(|error| refusal(&error))?;
    Ok(NoContent)
}

pub(super) fn on_wire<T, U>(page: mpp_store::Page<T>, view: impl FnMut(T) -> U) -> Page<U> {
    let next = page.next.map(|cursor| cursor.as_str().to_owned());
    Page { items: page.items.into_iter().map(view).collect(), next }
}

const fn scope(scope: ScopeOnWire) -> Scope {
    match scope {
        ScopeOnWire::Consents => Scope::Consents,
        ScopeOnWire::Data => Scope::Data,
    }
}

pub(super) fn product_view(view: ProductVersionView) -> ProductView {
    ProductView {
        product_id: view.product.id,
        version: view.product.version.0,
        state: view.product.state.state_name().to_owned(),
        published: view.is_published,
        sources: view.product.items.iter().map(|item| item.source.to_string()).collect(),
        name: view.product.name,
    }
}

fn access_view(access: Access) -> AccessView {
    let form = match access.form {
        ReadForm::Raw => "raw",
        ReadForm::Normalised => "normalised",
        ReadForm::Masked => "masked",
    };
    AccessView {
        item_id: access.item,
        api_key_id: access.api_key,
        staff: access.staff,
        reason: access.reason,
        at: access.at,
        form: form.to_owned(),
    }
}

fn parcel_view(parcel: CollectedParcel) -> ParcelView {
    ParcelView {
        parcel_id: parcel.parcel,
        item_id: parcel.item,
        consent_id: parcel.consent,
        case_ref: parcel.case_ref,
        state: parcel.state.to_owned(),
        refusal: parcel.refusal,
        opened_at: parcel.opened_at,
        erased_at: parcel.erased_at,
        erasure_receipt: parcel.receipt.map(|receipt| receipt.as_str().to_owned()),
    }
}

fn parked_view(work: ParkedWork) -> ParkedView {
    ParkedView {
        job_id: work.job,
        queue: work.queue,
        reason: work.reason,
        attempts: work.attempts,
        parked_at: work.parked_at,
    }
}

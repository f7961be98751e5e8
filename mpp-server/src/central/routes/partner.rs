//! What client servers ask.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderValue, header};
use mpp_api::Page;
use mpp_api::central::{
    Acknowledge, Acknowledged, BillRowView, ConsentProof, ConsentRequestStatus, ItemStatus, PARCEL_SENDER,
    PARCEL_SHA256, PlaceConsentRequest, PlacedConsentRequest, UsageView,
};
use mpp_billing::BillDocument;
use mpp_core::{Decision, Product};
use mpp_services::central::{ItemView, NewRequest, Notification, ParcelContent, RequestView};

use super::super::callers::CallingPartner;
use super::super::refusals::refuse;
use super::billing;
use super::operator::usage_page;
use super::supervision::{look, on_wire};
use super::{Access, App, Group, PageQuery, field, named};
use crate::http::{Asked, Document, Hold, HoldQuery, JsonBody, Octets, Refusal};

pub(super) fn group() -> Group {
    Group::new(Access::Partner)
        .post("/v1/products", "Publishes an approved version of a product", publish_product)
        .post("/v1/products/{id}/retire", "Says that nobody is asked for a product any more", retire_product)
        .post("/v1/consent-requests", "Asks for one customer's consent", place)
        .get("/v1/consent-requests/{id}", "How a consent request stands", status)
        .post(
            "/v1/consent-requests/{id}/take-back",
            "Takes a consent request back that the customer has not answered",
            take_back,
        )
        .get("/v1/consents/{id}/proof", "What proves a consent that was given to this partner", proof)
        .get(
            "/v1/notifications",
            "This partner's notifications after a sequence number, by long poll",
            notifications,
        )
        .get("/v1/usage", "This partner's metered uses", usage)
        .get("/v1/bills", "This partner's bills", bills)
        .get("/v1/bills/{id}", "One bill of this partner as a document", bill)
}

/// The hand-over of parcels: asking again gives the same answer, the erasure receipt, from the parcel's own record.
pub(super) fn hand_over() -> Group {
    Group::new(Access::Partner).get("/v1/parcels/{id}/content", "The sealed bytes of a parcel", content).post(
        "/v1/parcels/{id}/acknowledgement",
        "Acknowledges a parcel: it is erased, and the answer is the receipt",
        acknowledge,
    )
}

async fn publish_product(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    JsonBody(product): JsonBody<Product>,
) -> Result<Json<()>, Refusal> {
    app.service.publish_product(partner, product).await.map_err(refuse)?;
    Ok(Json(()))
}

async fn retire_product(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    Path(id): Path<String>,
) -> Result<Json<()>, Refusal> {
    app.service.retire_product(partner, named(&id)?).await.map_err(refuse)?;
    Ok(Json(()))
}

async fn place(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    JsonBody(body): JsonBody<PlaceConsentRequest>,
) -> Result<Json<PlacedConsentRequest>, Refusal> {
    let new = NewRequest { product: body.product_id, case_ref: body.case_ref, customer: body.customer };
    let placed = app.service.place_request(partner, new).await.map_err(refuse)?;
    Ok(Json(PlacedConsentRequest {
        consent_request_id: placed.request,
        link: placed.link.expose().clone(),
        expires_at: placed.expires_at,
        product_version: Some(placed.product_version.0),
    }))
}

async fn status(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    Path(id): Path<String>,
) -> Result<Json<ConsentRequestStatus>, Refusal> {
    let view = app.service.request_view(partner, named(&id)?).await.map_err(refuse)?;
    Ok(Json(status_view(view)))
}

async fn take_back(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    Path(id): Path<String>,
) -> Result<Json<ConsentRequestStatus>, Refusal> {
    let view = app.service.take_back_request(partner, named(&id)?).await.map_err(refuse)?;
    Ok(Json(status_view(view)))
}

async fn proof(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    Path(id): Path<String>,
) -> Result<Json<ConsentProof>, Refusal> {
    let proof = app.service.consent_proof(partner, named(&id)?).await.map_err(refuse)?;
    Ok(Json(ConsentProof { artefact: proof.artefact.into(), approval: proof.approval.map(Into::into) }))
}

async fn content(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    Path(id): Path<String>,
) -> Result<Document<Octets>, Refusal> {
    let content = app.service.parcel_content(partner, named(&id)?).await.map_err(refuse)?;
    streamed(content).map(Document::new)
}

async fn acknowledge(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Acknowledge>,
) -> Result<Json<Acknowledged>, Refusal> {
    let acknowledgement = field("acknowledgement", &body.acknowledgement)?;
    let receipt = app.service.acknowledge(partner, named(&id)?, acknowledgement).await.map_err(refuse)?;
    Ok(Json(Acknowledged { erasure_receipt: receipt.as_str().to_owned() }))
}

async fn notifications(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    Asked(query): Asked<HoldQuery>,
) -> Result<Json<Page<Notification>>, Refusal> {
    let hold = Hold::new(&query, app.stopping.clone());
    let look = || app.service.notifications(partner, query.after);
    let news = app.service.await_notifications(partner, query.after);
    let items = hold.found_or_news(look, news).await.map_err(refuse)?;
    Ok(Json(Page { items, next: None }))
}

async fn usage(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Page<UsageView>>, Refusal> {
    usage_page(&app, Some(partner), &query).await
}

async fn bills(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Page<BillRowView>>, Refusal> {
    let page =
        app.service.bills_of(partner, &look(query.after.as_deref(), query.limit)?).await.map_err(refuse)?;
    Ok(Json(on_wire(page, billing::bill_row)))
}

async fn bill(
    State(app): State<App>,
    CallingPartner(partner): CallingPartner,
    Path(id): Path<String>,
) -> Result<Json<BillDocument>, Refusal> {
    app.service.bill_document_of(partner, named(&id)?).await.map(Json).map_err(refuse)
}

fn streamed(content: ParcelContent) -> Result<Response, Refusal> {
    let text = |value: &str| HeaderValue::from_str(value).map_err(|_| Refusal::internal());
    let mut response = Response::new(Body::from_stream(content.bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(content.description.size_bytes));
    headers.insert(PARCEL_SHA256, text(&content.description.sha256.to_string())?);
    if let Some(sender) = content.sender {
        headers.insert(PARCEL_SENDER, text(sender.as_str())?);
    }
    Ok(response)
}

fn status_view(view: RequestView) -> ConsentRequestStatus {
    ConsentRequestStatus {
        consent_request_id: view.request.id,
        case_ref: view.request.case_ref,
        state: view.request.state.state_name().to_owned(),
        items: view.items.into_iter().map(item_status).collect(),
    }
}

fn item_status(item: ItemView) -> ItemStatus {
    let decision = match item.decision {
        None => "undecided",
        Some(Decision::Approved) => "approved",
        Some(Decision::Refused) => "refused",
    };
    ItemStatus {
        source: item.source.to_string(),
        decision: decision.to_owned(),
        consent_id: item.consent.map(|(id, _)| id),
        consent_state: item.consent.map(|(_, state)| state.state_name().to_owned()),
    }
}

//! What phones ask.

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::Page;
use mpp_api::central::{
    AnnounceParcel, ConsentScreen, ConsentView, Decide, Decided, IssuedArtefact, UploadTicket, UseView,
};
use mpp_services::central::{
    Announcement, ConsentOverview, ConsentStep, ConsentUse, DecidedRequest, PhoneEvent,
};

use super::super::callers::CallingDevice;
use super::super::refusals::refuse;
use super::{Access, App, Group, field, named};
use crate::http::{Asked, ExactJson, Hold, HoldQuery, JsonBody, Refusal};

pub(super) fn group() -> Group {
    Group::new(Access::Phone)
        .get(
            "/v1/phone/consent-requests/{id}",
            "The screen of a consent request that this device opened, in its exact bytes",
            screen,
        )
        .post("/v1/phone/consent-requests/{id}/decision", "Takes the customer's signed decisions", decide)
        .post("/v1/phone/parcels", "Announces a parcel and gets a ticket to upload it", announce)
        .get("/v1/phone/consents", "The consents given on this device", consents)
        .post("/v1/phone/consents/{id}/withdraw", "Withdraws a consent for good", withdraw)
        .post("/v1/phone/consents/{id}/pause", "Pauses a consent", pause)
        .post("/v1/phone/consents/{id}/resume", "Resumes a paused consent", resume)
        .get("/v1/phone/events", "What the phone is to do, by long poll", events)
}

async fn screen(
    State(app): State<App>,
    CallingDevice(device): CallingDevice,
    Path(id): Path<String>,
) -> Result<ExactJson<ConsentScreen>, Refusal> {
    let screen = app.service.screen(device, named(&id)?).await.map_err(refuse)?;
    Ok(ExactJson::new(screen.into_json()))
}

async fn decide(
    State(app): State<App>,
    CallingDevice(device): CallingDevice,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Decide>,
) -> Result<Json<Decided>, Refusal> {
    let approval = field("approval", &body.approval)?;
    let decided = app.service.decide(device, named(&id)?, approval).await.map_err(refuse)?;
    Ok(Json(decided_view(decided)))
}

async fn announce(
    State(app): State<App>,
    CallingDevice(device): CallingDevice,
    JsonBody(body): JsonBody<AnnounceParcel>,
) -> Result<Json<UploadTicket>, Refusal> {
    let announcement = Announcement {
        parcel: body.parcel_id,
        consent: body.consent_id,
        fetch: body.fetch_id,
        kid: body.kid,
        size_bytes: body.size,
        sha256: field("sha256", &body.sha256)?,
        sender: body.sender.as_deref().map(|statement| field("sender", statement)).transpose()?,
    };
    let ticket = app.service.announce(device, announcement).await.map_err(refuse)?;
    Ok(Json(UploadTicket {
        upload_id: ticket.upload,
        offset: ticket.offset,
        largest_append: ticket.largest_append,
    }))
}

async fn consents(
    State(app): State<App>,
    CallingDevice(device): CallingDevice,
) -> Result<Json<Page<ConsentView>>, Refusal> {
    let found = app.service.consents(device).await.map_err(refuse)?;
    Ok(Json(Page { items: found.into_iter().map(consent_view).collect(), next: None }))
}

async fn withdraw(
    State(app): State<App>,
    caller: CallingDevice,
    Path(id): Path<String>,
) -> Result<Json<ConsentView>, Refusal> {
    step(&app, caller, &id, ConsentStep::Withdraw).await
}

async fn pause(
    State(app): State<App>,
    caller: CallingDevice,
    Path(id): Path<String>,
) -> Result<Json<ConsentView>, Refusal> {
    step(&app, caller, &id, ConsentStep::Pause).await
}

async fn resume(
    State(app): State<App>,
    caller: CallingDevice,
    Path(id): Path<String>,
) -> Result<Json<ConsentView>, Refusal> {
    step(&app, caller, &id, ConsentStep::Resume).await
}

async fn step(
    app: &App,
    CallingDevice(device): CallingDevice,
    id: &str,
    step: ConsentStep,
) -> Result<Json<ConsentView>, Refusal> {
    let changed = app.service.change_consent(device, named(id)?, step).await.map_err(refuse)?;
    Ok(Json(consent_view(changed)))
}

async fn events(
    State(app): State<App>,
    CallingDevice(device): CallingDevice,
    Asked(query): Asked<HoldQuery>,
) -> Result<Json<Page<PhoneEvent>>, Refusal> {
    let hold = Hold::new(&query, app.stopping.clone());
    let look = || app.service.phone_events(device, query.after);
    let news = app.service.await_phone_events(device, query.after);
    let items = hold.found_or_news(look, news).await.map_err(refuse)?;
    Ok(Json(Page { items, next: None }))
}

fn decided_view(decided: DecidedRequest) -> Decided {
    let artefact = |issued: mpp_services::central::IssuedArtefact| IssuedArtefact {
        artefact_id: issued.artefact,
        consent_id: issued.consent,
        source: issued.source.to_string(),
        artefact: issued.signed.as_str().to_owned(),
    };
    Decided {
        artefacts: decided.artefacts.into_iter().map(artefact).collect(),
        receipt: decided.receipt.as_str().to_owned(),
    }
}

fn consent_view(overview: ConsentOverview) -> ConsentView {
    let used =
        |one: ConsentUse| UseView { what: one.what.name().to_owned(), at: one.at, parcel_id: one.parcel };
    let consent = overview.consent;
    ConsentView {
        consent_id: consent.id,
        consent_request_id: consent.request,
        partner_name: overview.partner_name,
        source: consent.source.to_string(),
        title: overview.title,
        state: consent.state.state_name().to_owned(),
        terms: consent.artefact.parameters,
        uses: overview.uses.into_iter().map(used).collect(),
    }
}

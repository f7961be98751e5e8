//! The consent endpoints of the Account Aggregator.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use mpp_core::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::consent_record::{ConsentRecord, ConsentStatus, Standing};
use super::{consent_terms, relay};
use crate::faults::Fault;
use crate::guard::hold;
use crate::keys::Entity;
use crate::rebit::{
    Call, Caller, Callers, ConsentArtefact, ConsentCustomer, ConsentDetail, ConsentUse, Endpoint, Party,
    Refusal, serve,
};
use crate::world::{Shared, World};

/// The routes below `/aa/v2`.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/Consent", post(request))
        .route("/Consent/handle", post(handle))
        .route("/Consent/fetch", post(fetch))
        .route("/Consent/Notification", post(notification))
        .route("/Account/link/Notification", post(link_notification))
        .route("/Heartbeat", get(heartbeat))
}

const fn endpoint(operation: &'static str, callers: Callers) -> Endpoint {
    Endpoint { entity: Entity::Aa, operation, callers }
}

#[derive(Deserialize)]
struct ConsentRequest {
    #[serde(rename = "ConsentDetail")]
    detail: ConsentDetail,
}

#[derive(Serialize)]
struct ConsentAccepted {
    #[serde(rename = "Customer")]
    customer: ConsentCustomer,
    #[serde(rename = "ConsentHandle")]
    handle: String,
}

async fn request(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    serve(
        world,
        endpoint("Consent", Callers::Clients),
        headers,
        body,
        |world, call, form: ConsentRequest| async move { place(&world, &call, form.detail) },
    )
    .await
}

fn place(world: &World, call: &Call, detail: ConsentDetail) -> Result<ConsentAccepted, Refusal> {
    let now = world.now();
    let subject = consent_terms::check(&detail, call.caller.id(), now)?;
    let handle = world.fresh_uuid();
    let record = ConsentRecord {
        handle: handle.clone(),
        requester: call.caller.id().to_owned(),
        detail,
        vua: subject.vua.clone(),
        mobile: subject.mobile,
        requested_at: now,
        lapses_at: now.plus(Span::from_hours(world.config.handle_lifetime_hours)),
        standing: Standing::Pending,
    };
    hold(&world.aa).consents.insert(handle.clone(), record);
    let customer = ConsentCustomer { id: Some(subject.vua), identifiers: Vec::new() };
    Ok(ConsentAccepted { customer, handle })
}

#[derive(Deserialize)]
struct HandleRequest {
    #[serde(rename = "ConsentHandle")]
    handle: String,
}

async fn handle(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let callers = Callers::Clients;
    serve(
        world,
        endpoint("Consent/handle", callers),
        headers,
        body,
        |world, call, form: HandleRequest| async move {
            let mut book = hold(&world.aa);
            let record =
                book.consents.get_mut(&form.handle).filter(|record| record.requester == call.caller.id());
            let record = record
                .ok_or_else(|| Refusal::bad("InvalidConsentHandle", "There is no such consent handle"))?;
            record.advance(world.now());
            let mut status = json!({ "status": record.handle_status() });
            if let (Some(grant), Some(members)) = (record.grant(), status.as_object_mut()) {
                members.insert("id".to_owned(), Value::from(grant.id.clone()));
            }
            Ok(json!({ "ConsentHandle": form.handle, "ConsentStatus": status }))
        },
    )
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FetchRequest {
    consent_id: String,
}

async fn fetch(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let callers = Callers::ClientsAndFips;
    serve(
        world,
        endpoint("Consent/fetch", callers),
        headers,
        body,
        |world, call, form: FetchRequest| async move {
            let mut book = hold(&world.aa);
            let record = book.by_consent_id(&form.consent_id).filter(|record| may_see(record, &call.caller));
            let record = record.ok_or_else(unknown_consent)?;
            record.advance(world.now());
            let mut artefact = artefact(record).ok_or_else(unknown_consent)?;
            match call.fault {
                Some(Fault::WiderTerms) => {
                    let wider = widened(&world, &artefact.signed_consent).ok_or_else(Refusal::internal)?;
                    artefact.signed_consent = wider;
                }
                Some(Fault::BrokenConsent) => artefact.signed_consent = broken(&artefact.signed_consent),
                _ => {}
            }
            Ok(artefact)
        },
    )
    .await
}

/// The same consent, properly signed, over a longer range than was asked for.
fn widened(world: &World, signed_consent: &str) -> Option<String> {
    let credentials = world.ring.of(Entity::Aa);
    let (payload, _) = credentials.opened_consent(signed_consent)?;
    let mut detail: Value = serde_json::from_slice(&payload).ok()?;
    *detail.pointer_mut("/FIDataRange/from")? = Value::from("2010-01-01T00:00:00.000Z");
    credentials.sign_consent(&serde_json::to_vec(&detail).ok()?)
}

/// The same consent with the first character of its signature changed.
fn broken(signed_consent: &str) -> String {
    let (start, signature) = signed_consent.rsplit_once('.').unwrap_or((signed_consent, ""));
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{start}.{other}{}", signature.chars().skip(1).collect::<String>())
}

fn unknown_consent() -> Refusal {
    Refusal::bad("InvalidConsentId", "There is no such consent")
}

fn may_see(record: &ConsentRecord, caller: &Caller) -> bool {
    match caller {
        Caller::Participant(participant) => record.requester == participant.entity_id,
        Caller::Fip(institution) => record.grant().is_some_and(|grant| {
            grant.accounts.iter().any(|account| account.fip_id == institution.entity_id())
        }),
        Caller::Aa => false,
    }
}

fn artefact(record: &ConsentRecord) -> Option<ConsentArtefact> {
    let grant = record.grant()?;
    let last_use: Timestamp = grant.uses.last().map_or(grant.created_at, |(_, at)| *at);
    Some(ConsentArtefact {
        consent_id: grant.id.clone(),
        status: grant.status.word().to_owned(),
        create_timestamp: grant.created_at,
        signed_consent: grant.signed_consent.clone(),
        consent_use: ConsentUse {
            log_uri: "audit@onemoneydemo.example".to_owned(),
            count: u32::try_from(grant.uses.len()).unwrap_or(u32::MAX),
            last_use_date_time: last_use,
        },
    })
}

#[derive(Deserialize)]
struct StatusNotification {
    #[serde(rename = "Notifier")]
    notifier: Party,
    #[serde(rename = "ConsentStatusNotification")]
    status: StatusChange,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusChange {
    consent_id: String,
    consent_status: String,
}

async fn notification(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let callers = Callers::ClientsAndFips;
    serve(
        world,
        endpoint("Consent/Notification", callers),
        headers,
        body,
        |world, call, form: StatusNotification| async move {
            if form.notifier.id != call.caller.id() {
                return Err(Refusal::bad("InvalidNotifier", "The notifier is not the caller"));
            }
            let wanted = match form.status.consent_status.as_str() {
                "ACTIVE" => ConsentStatus::Active,
                "PAUSED" => ConsentStatus::Paused,
                "REVOKED" | "REJECTED" => ConsentStatus::Revoked,
                _ => return Err(Refusal::invalid("consentStatus has a wrong value")),
            };
            let changed = {
                let mut book = hold(&world.aa);
                let record = book
                    .by_consent_id(&form.status.consent_id)
                    .filter(|record| may_see(record, &call.caller));
                let record = record.ok_or_else(unknown_consent)?;
                record.advance(world.now());
                let grant = record.grant_mut().ok_or_else(unknown_consent)?;
                let moved = grant.status.moved_to(wanted);
                grant.status = moved.unwrap_or(grant.status);
                moved.is_some()
            };
            if changed {
                relay::announce_consent(&world, &form.status.consent_id);
            }
            Ok(json!({ "response": "OK" }))
        },
    )
    .await
}

#[derive(Deserialize)]
struct LinkNotification {
    #[serde(rename = "Notifier")]
    notifier: Party,
    #[serde(rename = "AccountLinkStatusNotification")]
    status: LinkStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkStatus {
    acc_ref_number: String,
    customer_address: String,
    link_ref_number: String,
    link_status: String,
}

/// The FIPs of the sandbox confirm links by one-time password only (`AuthenticatorType` TOKEN), so there is no
/// link waiting for this message; it is checked and acknowledged.
async fn link_notification(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let endpoint = endpoint("Account/link/Notification", Callers::Fips);
    serve(world, endpoint, headers, body, |world, call, form: LinkNotification| async move {
        if form.notifier.id != call.caller.id() || form.notifier.kind != "FIP" {
            return Err(Refusal::bad("InvalidNotifier", "The notifier is not the caller"));
        }
        let book = hold(&world.aa);
        let known = book.links.values().flatten().any(|link| {
            link.link_ref == form.status.link_ref_number && link.reference == form.status.acc_ref_number
        });
        if !known || form.status.link_status != "LINKED" || form.status.customer_address.is_empty() {
            return Err(Refusal::invalid("There is no such link"));
        }
        Ok(json!({ "response": "OK" }))
    })
    .await
}

async fn heartbeat(State(world): State<Shared>) -> Response {
    crate::rebit::heartbeat(&world, Entity::Aa).await
}

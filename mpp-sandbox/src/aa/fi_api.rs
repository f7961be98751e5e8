//! The data endpoints of the Account Aggregator.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use mpp_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::AaBook;
use super::consent_record::ConsentStatus;
use super::relay;
use super::session::{Session, SessionState};
use crate::documents::Institution;
use crate::faults::Fault;
use crate::guard::hold;
use crate::keys::Entity;
use crate::rebit::{
    Call, Caller, Callers, Endpoint, FiEntry, FiFetch, FiRequest, FiStatus, Party, Refusal, SessionNotice,
    serve,
};
use crate::world::{Shared, World};

/// The routes below `/aa/v2`.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/FI/request", post(request))
        .route("/FI/fetch", post(fetch))
        .route("/FI/Notification", post(notification))
}

const fn endpoint(operation: &'static str, callers: Callers) -> Endpoint {
    Endpoint { entity: Entity::Aa, operation, callers }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionOpened {
    consent_id: String,
    session_id: String,
}

async fn request(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let endpoint = endpoint("FI/request", Callers::Clients);
    serve(world, endpoint, headers, body, |world, call, form: FiRequest| async move {
        let key_material = raw_key_material(&call.raw)?;
        check_key_material(&form.key_material, world.now())?;
        let session_id = open_session(&world, &call, &form)?;
        relay::open_at_fips(&world, &session_id, form.range, key_material);
        let session_id =
            if call.fault == Some(Fault::WrongSession) { world.fresh_uuid() } else { session_id };
        Ok(SessionOpened { consent_id: form.consent.id, session_id })
    })
    .await
}

/// The key material exactly as it was sent: it is passed on unchanged.
fn raw_key_material(body: &[u8]) -> Result<Box<RawValue>, Refusal> {
    #[derive(Deserialize)]
    struct Part {
        #[serde(rename = "KeyMaterial")]
        key_material: Box<RawValue>,
    }
    let part: Part = serde_json::from_slice(body).map_err(|_| Refusal::invalid("KeyMaterial is missing"))?;
    Ok(part.key_material)
}

/// The Account Aggregator looks at the outside of the key material only; the FIP parses the key.
fn check_key_material(material: &serde_json::Value, now: Timestamp) -> Result<(), Refusal> {
    let text = |pointer: &str| material.pointer(pointer).and_then(serde_json::Value::as_str);
    let invalid = || Refusal::bad("InvalidKey", "The key material is not usable");
    let algorithm_holds = text("/cryptoAlg") == Some("ECDH");
    let curve_holds = matches!(text("/curve"), Some("Curve25519" | "X25519"));
    let expiry: Timestamp =
        text("/DHPublicKey/expiry").and_then(|text| text.parse().ok()).ok_or_else(invalid)?;
    let nonce = text("/Nonce").and_then(|text| base64_simd::STANDARD.decode_to_vec(text).ok());
    let key_present = text("/DHPublicKey/KeyValue").is_some();
    let nonce_holds = nonce.is_some_and(|nonce| nonce.len() == 32);
    if algorithm_holds && curve_holds && expiry > now && nonce_holds && key_present {
        Ok(())
    } else {
        Err(invalid())
    }
}

fn open_session(world: &World, call: &Call, form: &FiRequest) -> Result<String, Refusal> {
    let now = world.now();
    let range = form.range.read()?;
    let session_id = world.fresh_uuid();
    let mut book = hold(&world.aa);
    let record = book.by_consent_id(&form.consent.id).filter(|record| record.requester == call.caller.id());
    let record = record.ok_or_else(|| Refusal::bad("InvalidConsentId", "There is no such consent"))?;
    record.advance(now);
    let signature_holds =
        record.grant().is_some_and(|grant| grant.signature == form.consent.digital_signature);
    if !signature_holds {
        return Err(Refusal::bad("InvalidConsentDetail", "digitalSignature is not the consent's"));
    }
    record.allow_use(range, now)?;
    let requester = record.requester.clone();
    let grant = record.grant_mut().ok_or_else(Refusal::internal)?;
    grant.uses.push((session_id.clone(), now));
    let session = Session::open(session_id.clone(), form.consent.id.clone(), requester, &grant.accounts, now);
    book.sessions.insert(session_id.clone(), session);
    Ok(session_id)
}

#[derive(Serialize)]
struct Fetched {
    #[serde(rename = "FI")]
    entries: Vec<FiEntry>,
}

async fn fetch(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let endpoint = endpoint("FI/fetch", Callers::Clients);
    serve(world, endpoint, headers, body, |world, call, form: FiFetch| async move {
        let mut entries = collect(&world, &call, &form)?;
        if call.fault == Some(Fault::WrongAccount)
            && let Some(account) = entries.iter_mut().flat_map(|entry| &mut entry.data).next()
        {
            account.link_ref = world.fresh_uuid();
        }
        if call.fault == Some(Fault::Partial)
            && let Some(account) = entries.iter_mut().flat_map(|entry| &mut entry.data).next()
        {
            account.encrypted.clear();
        }
        Ok(Fetched { entries })
    })
    .await
}

fn collect(world: &World, call: &Call, form: &FiFetch) -> Result<Vec<FiEntry>, Refusal> {
    let now = world.now();
    let mut book = hold(&world.aa);
    let session =
        book.sessions.get_mut(&form.session_id).filter(|session| session.requester == call.caller.id());
    let session = session.ok_or_else(|| Refusal::bad("InvalidSessionId", "There is no such session"))?;
    session.advance(now);
    let consent_id = session.consent_id.clone();
    check_standing(&mut book, &consent_id, now)?;
    let session = book.sessions.get_mut(&form.session_id).ok_or_else(Refusal::internal)?;
    match session.state {
        SessionState::Gone => return Err(Refusal::gone()),
        SessionState::Failed => return Err(Refusal::not_found("NoDataFound", "The session has failed")),
        SessionState::Active | SessionState::Completed => {}
    }
    select(session, form)
}

fn check_standing(book: &mut AaBook, consent_id: &str, now: Timestamp) -> Result<(), Refusal> {
    let record = book.by_consent_id(consent_id);
    let record = record.ok_or_else(|| Refusal::bad("InvalidConsentId", "There is no such consent"))?;
    record.advance(now);
    match record.grant().map(|grant| grant.status) {
        Some(ConsentStatus::Active) => Ok(()),
        Some(ConsentStatus::Paused) => Err(Refusal::forbidden("ConsentPaused", "The consent is paused")),
        Some(ConsentStatus::Revoked) => Err(Refusal::forbidden("ConsentRevoked", "The consent is revoked")),
        Some(ConsentStatus::Expired) => Err(Refusal::forbidden("ConsentExpired", "The consent has expired")),
        None => Err(Refusal::internal()),
    }
}

/// The entries asked for that are there; accounts handed out count as delivered.
fn select(session: &mut Session, form: &FiFetch) -> Result<Vec<FiEntry>, Refusal> {
    let wanted_fip = match &form.fip_id {
        Some(id) => {
            let institution = Institution::from_entity_id(id).filter(|fip| session.parts.contains_key(fip));
            Some(
                institution
                    .ok_or_else(|| Refusal::bad("InvalidFIPId", "The FIP is not part of this session"))?,
            )
        }
        None => None,
    };
    let wanted_links = wanted_links(session, form)?;
    let mut entries = Vec::new();
    for (institution, part) in &mut session.parts {
        if wanted_fip.is_some_and(|wanted| wanted != *institution) {
            continue;
        }
        for entry in &part.entries {
            let mut entry = entry.clone();
            entry
                .data
                .retain(|data| wanted_links.as_ref().is_none_or(|wanted| wanted.contains(&data.link_ref)));
            if entry.data.is_empty() {
                continue;
            }
            for account in &mut part.accounts {
                let handed_out = entry.data.iter().any(|data| data.link_ref == account.link_ref);
                if handed_out && account.status == FiStatus::Ready {
                    account.status = FiStatus::Delivered;
                }
            }
            entries.push(entry);
        }
    }
    if entries.is_empty() {
        Err(Refusal::not_found("NoDataFound", "The data is not there yet"))
    } else {
        Ok(entries)
    }
}

fn wanted_links(session: &Session, form: &FiFetch) -> Result<Option<BTreeSet<String>>, Refusal> {
    let Some(links) = &form.link_ref_number else { return Ok(None) };
    let wanted: BTreeSet<String> = links.iter().map(|link| link.id.clone()).collect();
    let known: BTreeSet<&String> = session
        .parts
        .values()
        .flat_map(|part| part.accounts.iter().map(|account| &account.link_ref))
        .collect();
    let sound =
        !wanted.is_empty() && wanted.len() == links.len() && wanted.iter().all(|link| known.contains(link));
    if sound { Ok(Some(wanted)) } else { Err(Refusal::invalid("linkRefNumber is not part of this session")) }
}

#[derive(Deserialize)]
struct FiNotification {
    #[serde(rename = "Notifier")]
    notifier: Party,
    #[serde(rename = "FIStatusNotification")]
    notice: SessionNotice,
}

async fn notification(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let endpoint = endpoint("FI/Notification", Callers::ClientsAndFips);
    serve(world, endpoint, headers, body, |world, call, form: FiNotification| async move {
        if form.notifier.id != call.caller.id() {
            return Err(Refusal::bad("InvalidNotifier", "The notifier is not the caller"));
        }
        match &call.caller {
            Caller::Fip(institution) => fip_notice(&world, *institution, form.notice)?,
            Caller::Participant(participant) => {
                let book = hold(&world.aa);
                let session = book.sessions.get(&form.notice.session_id);
                session
                    .filter(|session| session.requester == participant.entity_id)
                    .ok_or_else(unknown_session)?;
            }
            Caller::Aa => return Err(Refusal::unauthorized()),
        }
        Ok(json!({ "response": "OK" }))
    })
    .await
}

fn unknown_session() -> Refusal {
    Refusal::bad("InvalidFIStatusNotification", "There is no such session")
}

fn fip_notice(world: &Shared, institution: Institution, notice: SessionNotice) -> Result<(), Refusal> {
    let ours = {
        let book = hold(&world.aa);
        book.fip_sessions
            .get(&(institution, notice.session_id.clone()))
            .cloned()
            .ok_or_else(unknown_session)?
    };
    relay::fip_reported(world, institution, ours, notice);
    Ok(())
}

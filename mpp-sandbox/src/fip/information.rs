//! The data endpoints of an FIP.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use mpp_core::{Span, Timestamp};
use mpp_crypto::rebit::KeyMaterialForm;
use serde::Serialize;
use serde_json::json;

use super::making::{self, Task};
use super::sealing::receiver;
use super::{ConsentCopy, FipSession, endpoint, unknown_fip, with_book};
use crate::config::FlavourSupport;
use crate::documents::Institution;
use crate::faults::Fault;
use crate::rebit::{FiEntry, FiFetch, FiRequest, Refusal, date, serve};
use crate::world::{Shared, World};

/// How long an FIP keeps what it made.
const KEPT: Span = Span::from_hours(6);

/// `/FI/request`
pub(super) async fn request(
    State(world): State<Shared>,
    Path(fip): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(institution) = Institution::from_entity_id(&fip) else { return unknown_fip() };
    serve(
        world,
        endpoint(institution, "FI/request"),
        headers,
        body,
        |world, call, form: FiRequest| async move {
            let task = open(&world, institution, form)?;
            let (consent_id, session_id) = (task.consent_id, task.task.session_id.clone());
            let told_session =
                if call.fault == Some(Fault::WrongSession) { world.fresh_uuid() } else { session_id };
            making::start(world.clone(), task.task);
            Ok(json!({ "consentId": consent_id, "sessionId": told_session }))
        },
    )
    .await
}

struct Opened {
    consent_id: String,
    task: Task,
}

fn open(world: &World, institution: Institution, form: FiRequest) -> Result<Opened, Refusal> {
    let now = world.now();
    let range = form.range.read()?;
    let material: KeyMaterialForm = serde_json::from_value(form.key_material)
        .map_err(|_| Refusal::bad("InvalidKey", "The key material is not usable"))?;
    let support = world.config.flavours.get(institution.entity_id()).copied().unwrap_or(FlavourSupport::Both);
    let session_id = world.fresh_uuid();
    let copy = with_book(world, institution, |book| {
        let copy = book.consents.get(&form.consent.id).cloned();
        let copy = copy.ok_or_else(|| Refusal::bad("InvalidConsentId", "There is no such consent"))?;
        if copy.signature != form.consent.digital_signature {
            return Err(Refusal::bad("InvalidConsentDetail", "digitalSignature is not the consent's"));
        }
        check_standing(&copy, now)?;
        if !copy.detail.terms.data_range.read()?.covers(range) {
            return Err(Refusal::bad("InvalidDateRange", "The range is wider than the consent"));
        }
        Ok(copy)
    })?;
    let peer = receiver(&material, support, now)?;
    with_book(world, institution, |book| {
        book.sessions.retain(|_, session| session.opened_at.plus(KEPT) > now);
        let session = FipSession { consent_id: form.consent.id.clone(), opened_at: now, made: None };
        book.sessions.insert(session_id.clone(), session);
        Ok(())
    })?;
    Ok(Opened { consent_id: form.consent.id, task: Task { institution, session_id, copy, range, peer } })
}

fn check_standing(copy: &ConsentCopy, now: Timestamp) -> Result<(), Refusal> {
    let terms = &copy.detail.terms;
    if date(&terms.consent_start)? > now {
        return Err(Refusal::invalid("The consent has not started"));
    }
    if copy.status == "EXPIRED" || date(&terms.consent_expiry)? <= now {
        return Err(Refusal::forbidden("ConsentExpired", "The consent has expired"));
    }
    match copy.status.as_str() {
        "ACTIVE" => Ok(()),
        "PAUSED" => Err(Refusal::forbidden("ConsentPaused", "The consent is paused")),
        _ => Err(Refusal::forbidden("ConsentRevoked", "The consent is revoked")),
    }
}

#[derive(Serialize)]
struct Fetched {
    #[serde(rename = "FI")]
    entries: Vec<FiEntry>,
}

/// `/FI/fetch`
pub(super) async fn fetch(
    State(world): State<Shared>,
    Path(fip): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(institution) = Institution::from_entity_id(&fip) else { return unknown_fip() };
    serve(world, endpoint(institution, "FI/fetch"), headers, body, |world, call, form: FiFetch| async move {
        let now = world.now();
        let mut entries = with_book(&world, institution, |book| {
            let session = book.sessions.get(&form.session_id);
            let session =
                session.ok_or_else(|| Refusal::bad("InvalidSessionId", "There is no such session"))?;
            let copy = book.consents.get(&session.consent_id).ok_or_else(Refusal::internal)?;
            check_standing(copy, now)?;
            let made = session.made.as_ref();
            let made = made.ok_or_else(|| Refusal::not_found("NoDataFound", "The data is not there yet"))?;
            Ok(made.entries.clone())
        })?;
        if let Some(wanted) = &form.link_ref_number {
            entries.retain(|entry| {
                entry.data.iter().any(|data| wanted.iter().any(|link| link.id == data.link_ref))
            });
        }
        if call.fault == Some(Fault::WrongAccount) {
            entries
                .iter_mut()
                .flat_map(|entry| &mut entry.data)
                .for_each(|data| data.link_ref = world.fresh_uuid());
        }
        Ok(Fetched { entries })
    })
    .await
}

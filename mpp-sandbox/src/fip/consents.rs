//! An FIP's copies of consents.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ConsentCopy, endpoint, unknown_fip, with_book};
use crate::documents::Institution;
use crate::keys::{AA_ENTITY_ID, Entity};
use crate::rebit::{ConsentArtefact, Party, Refusal, SignedDetail, serve};
use crate::world::{Shared, World};

/// `/Consent`
pub(super) async fn receive(
    State(world): State<Shared>,
    Path(fip): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(institution) = Institution::from_entity_id(&fip) else { return unknown_fip() };
    serve(
        world,
        endpoint(institution, "Consent"),
        headers,
        body,
        |world, _call, form: ConsentArtefact| async move { keep(&world, institution, form) },
    )
    .await
}

fn keep(world: &World, institution: Institution, artefact: ConsentArtefact) -> Result<Value, Refusal> {
    let opened = world.ring.of(Entity::Aa).opened_consent(&artefact.signed_consent);
    let (payload, signature) = opened.ok_or_else(Refusal::signature)?;
    let detail: SignedDetail =
        serde_json::from_slice(&payload).map_err(|_| Refusal::invalid("The consent has a wrong form"))?;
    let provider_holds = detail.data_provider == Party::new(institution.entity_id(), "FIP");
    let consumer_holds = detail.terms.data_consumer == Party::new(AA_ENTITY_ID, "AA");
    if !provider_holds || !consumer_holds || detail.accounts.is_empty() {
        return Err(Refusal::invalid("The consent is not for this FIP"));
    }
    with_book(world, institution, |book| {
        let linked = |link_ref: &String| {
            book.links
                .get(link_ref)
                .is_some_and(|link| detail.terms.customer.id.as_ref().is_some_and(|vua| *vua == link.vua))
        };
        if !detail.accounts.iter().all(|account| linked(&account.link_ref_number)) {
            return Err(Refusal::bad("InvalidLinkRefNumber", "An account is not linked"));
        }
        book.consents.insert(artefact.consent_id, ConsentCopy { detail, signature, status: artefact.status });
        Ok(json!({ "response": "OK" }))
    })
}

#[derive(Deserialize)]
pub(super) struct Notification {
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

/// `/Consent/Notification`
pub(super) async fn notification(
    State(world): State<Shared>,
    Path(fip): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(institution) = Institution::from_entity_id(&fip) else { return unknown_fip() };
    let endpoint = endpoint(institution, "Consent/Notification");
    serve(world, endpoint, headers, body, |world, _call, form: Notification| async move {
        if form.notifier != Party::new(AA_ENTITY_ID, "AA") {
            return Err(Refusal::bad("InvalidNotifier", "The notifier is not the Account Aggregator"));
        }
        with_book(&world, institution, |book| {
            let copy = book.consents.get_mut(&form.status.consent_id);
            let copy = copy.ok_or_else(|| Refusal::bad("InvalidConsentId", "There is no such consent"))?;
            if !matches!(copy.status.as_str(), "REVOKED" | "EXPIRED") {
                copy.status = form.status.consent_status;
            }
            Ok(json!({ "response": "OK" }))
        })
    })
    .await
}

//! A telecom operator (other-sources.md §2.3).

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use jiff::ToSpan;
use mpp_core::{MobileNumber, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::bureau::authorised;
use crate::documents::Person;
use crate::evidence::ProducedDocument;
use crate::faults::Fault;
use crate::guard::hold;
use crate::world::{Shared, World};

const NAME: &str = "operator";

/// What was asked under a client reference, and the profile told.
#[derive(Debug)]
struct Told {
    request_digest: [u8; 32],
    profile: Bytes,
}

/// The profiles the operator has told, by client reference.
#[derive(Debug, Default)]
pub(crate) struct OperatorBook(BTreeMap<String, Told>);

/// The routes below `/operator`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route("/v1/profiles", post(profile))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProfileRequest {
    msisdn: MobileNumber,
    client_ref: String,
    consent: ConsentEvidence,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsentEvidence {
    artefact_id: String,
    purpose: String,
}

async fn profile(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    world.counters.count(NAME, "profiles");
    if !authorised(&headers, &world.config.operator_api_key) {
        return refuse(StatusCode::UNAUTHORIZED, "UNAUTHORIZED");
    }
    let fault = world.faults.strike(NAME, "profiles");
    if let Some(fault) = &fault
        && let Some(response) = world.carry_out(fault).await
    {
        return response;
    }
    let Ok(request) = serde_json::from_slice::<ProfileRequest>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "INVALID_INPUT");
    };
    if request.client_ref.is_empty() {
        return refuse(StatusCode::BAD_REQUEST, "INVALID_INPUT");
    }
    if request.consent.artefact_id.is_empty() || request.consent.purpose.is_empty() {
        return refuse(StatusCode::FORBIDDEN, "CONSENT_REJECTED");
    }
    if fault == Some(Fault::NoRecord) {
        return refuse(StatusCode::NOT_FOUND, "NOT_A_SUBSCRIBER");
    }
    tell(&world, &request, &body, fault.as_ref())
}

/// The same client reference gets the same profile, as of the first time: whoever lost an answer asks again.
fn tell(world: &World, request: &ProfileRequest, raw: &[u8], fault: Option<&Fault>) -> Response {
    let request_digest: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(raw).into();
    let mut book = hold(&world.operator);
    if let Some(told) = book.0.get(&request.client_ref) {
        return if told.request_digest == request_digest {
            json_document(told.profile.clone())
        } else {
            refuse(StatusCode::CONFLICT, "DUPLICATE_REFERENCE")
        };
    }
    let subject = match fault {
        Some(Fault::WrongCustomer) => "9999999999".parse().unwrap_or_else(|_| request.msisdn.clone()),
        _ => request.msisdn.clone(),
    };
    let now = world.now();
    let profile = Bytes::from(described(&world.person(&subject), now).to_string());
    world.produced.add(&request.msisdn, ProducedDocument::of(NAME, &profile, now));
    book.0.insert(request.client_ref.clone(), Told { request_digest, profile: profile.clone() });
    json_document(profile)
}

fn json_document(document: Bytes) -> Response {
    ([("content-type", "application/json")], document).into_response()
}

fn refuse(status: StatusCode, code: &str) -> Response {
    (status, Json(json!({ "code": code }))).into_response()
}

fn described(person: &Person, now: Timestamp) -> Value {
    let mut dice = person.dice("telecom");
    let years = dice.between(1, 9);
    let postpaid = dice.happens(30);
    let today = now.day_in_india();
    let amount = dice.pick(&["199.00", "299.00", "449.00"]);
    let recharges: Vec<Value> = (0..6_i64)
        .map(|back| {
            let on = today.saturating_sub((3 + back * 28).days());
            json!({ "on": on.to_string(), "amount": amount, "channel": dice.pick(&["APP", "UPI", "SHOP"]) })
        })
        .collect();
    let bills: Vec<Value> = (1..=6_i64)
        .map(|back| {
            let month = today.first_of_month().saturating_sub(back.months());
            let due = month.saturating_add(1.months()).saturating_add(7.days());
            let paid = due.saturating_sub(dice.between(0, 6).days());
            let label: String = month.to_string().chars().take(7).collect();
            json!({ "month": label, "billed": "649.00", "dueOn": due.to_string(), "paidOn": paid.to_string() })
        })
        .collect();
    let swapped = today.saturating_sub((years * 200).days());
    json!({
        "source": "telecom",
        "provider": "SIM-OPERATOR-1",
        "asOf": now,
        "msisdn": person.mobile,
        "active": true,
        "operator": "Sahyadri Telecom",
        "circle": person.circle,
        "ported": dice.happens(20),
        "connectionType": if postpaid { "POSTPAID" } else { "PREPAID" },
        "tenure": { "band": format!("{}-{}M", years * 12, (years + 1) * 12), "activatedOn": null },
        "plan": { "name": format!("Unlimited {}", person.canary), "validityDays": 28, "amount": amount },
        "recharges": if postpaid { Value::Null } else { Value::from(recharges) },
        "billing": if postpaid { Value::from(bills) } else { Value::Null },
        "simChange": { "lastChangedWithinHours": null, "date": swapped.to_string() },
        "risk": { "fri": null, "revoked": false },
        "unavailable": ["usage"],
    })
}

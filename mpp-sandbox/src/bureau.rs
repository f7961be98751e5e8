//! A credit bureau behind a reseller's interface (other-sources.md §1.2, §1.3).

mod report;

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use jiff::civil::Date;
use mpp_core::{MobileNumber, Pan};
use serde::Deserialize;
use serde_json::json;

use crate::evidence::ProducedDocument;
use crate::faults::Fault;
use crate::guard::hold;
use crate::world::{Shared, World};

const NAME: &str = "bureau";

/// A report ordered by one client reference.
#[derive(Debug, Clone)]
struct Order {
    request_digest: [u8; 32],
    body: Bytes,
    mobile: MobileNumber,
    polls_left: u32,
    retry_after_seconds: u32,
    found: bool,
    token: String,
}

/// The bureau's orders.
#[derive(Debug, Default)]
pub(crate) struct BureauBook {
    by_reference: BTreeMap<String, Order>,
    by_token: BTreeMap<String, String>,
}

/// The routes below `/bureau`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route("/v1/reports", post(order)).route("/v1/reports/status", post(status))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReportRequest {
    phone_number: String,
    #[serde(default)]
    pan: Option<String>,
    first_name: String,
    #[serde(default)]
    last_name: String,
    date_of_birth: String,
    #[serde(default)]
    pincode: Option<String>,
    client_ref: String,
    consent: ConsentEvidence,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsentEvidence {
    consent_flag: bool,
    consent_message_id: String,
    consent_timestamp: i64,
}

async fn order(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    world.counters.count(NAME, "reports");
    if !authorised(&headers, &world.config.bureau_api_key) {
        return refuse(StatusCode::UNAUTHORIZED, 401, "UNAUTHORIZED", "The key is not valid");
    }
    let fault = world.faults.strike(NAME, "reports");
    if let Some(fault) = &fault
        && let Some(response) = world.carry_out(fault).await
    {
        return response;
    }
    let Ok(request) = serde_json::from_slice::<ReportRequest>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, 2, "INVALID_INPUT", "A mandatory field is missing");
    };
    let mobile = match checked(&request) {
        Ok(mobile) => mobile,
        Err(field) => return refuse(StatusCode::BAD_REQUEST, 2, "INVALID_INPUT", field),
    };
    if !request.consent.consent_flag
        || request.consent.consent_message_id.is_empty()
        || request.consent.consent_timestamp <= 0
    {
        return refuse(StatusCode::FORBIDDEN, 2, "CONSENT_REJECTED", "The consent is not given");
    }
    place(&world, &request, mobile, &body, fault.as_ref())
}

/// The mobile number, when everything needed to match a person is there; else the field that is not.
fn checked(request: &ReportRequest) -> Result<MobileNumber, &'static str> {
    let mobile = request.phone_number.parse().map_err(|_| "phoneNumber")?;
    if request.first_name.trim().is_empty() || request.client_ref.is_empty() {
        return Err("firstName or clientRef");
    }
    request.date_of_birth.parse::<Date>().map_err(|_| "dateOfBirth")?;
    if let Some(pan) = &request.pan {
        pan.parse::<Pan>().map_err(|_| "pan")?;
    }
    let pincode_holds =
        |pincode: &String| pincode.len() == 6 && pincode.bytes().all(|byte| byte.is_ascii_digit());
    if request.pincode.as_ref().is_some_and(|pincode| !pincode_holds(pincode)) {
        return Err("pincode");
    }
    Ok(mobile)
}

/// The same client reference gets the same order: a hard enquiry is made once.
fn place(
    world: &World,
    request: &ReportRequest,
    mobile: MobileNumber,
    raw: &[u8],
    fault: Option<&Fault>,
) -> Response {
    let digest: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(raw).into();
    let mut book = hold(&world.bureau);
    if let Some(known) = book.by_reference.get(&request.client_ref) {
        return if known.request_digest == digest {
            answer(world, known)
        } else {
            refuse(StatusCode::CONFLICT, 2, "DUPLICATE_REFERENCE", "clientRef was used for another request")
        };
    }
    world.counters.count(NAME, "enquiries");
    let found = fault != Some(&Fault::NoRecord);
    let person = match fault {
        Some(Fault::WrongCustomer) => world.person(&"9999999999".parse().unwrap_or_else(|_| mobile.clone())),
        _ => world.person(&mobile),
    };
    let body = report::report(&person, request, found, world.now());
    let (polls_left, retry_after_seconds) = match fault {
        Some(Fault::InProcess { polls, retry_after_seconds }) => (*polls, *retry_after_seconds),
        _ => (0, 0),
    };
    let token = world.fresh_uuid();
    let order = Order {
        request_digest: digest,
        body,
        mobile,
        polls_left,
        retry_after_seconds,
        found,
        token: token.clone(),
    };
    let response = answer(world, &order);
    book.by_token.insert(token, request.client_ref.clone());
    book.by_reference.insert(request.client_ref.clone(), order);
    response
}

fn answer(world: &World, order: &Order) -> Response {
    if order.polls_left > 0 {
        let waiting = json!({
            "status": "IN_PROCESS", "token": order.token, "retryAfterSeconds": order.retry_after_seconds
        });
        return (StatusCode::ACCEPTED, Json(waiting)).into_response();
    }
    if order.found {
        world.produced.add(&order.mobile, ProducedDocument::of(NAME, &order.body, world.now()));
    }
    ([("content-type", "application/json")], order.body.clone()).into_response()
}

#[derive(Deserialize)]
struct StatusRequest {
    token: String,
}

async fn status(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    world.counters.count(NAME, "reports/status");
    if !authorised(&headers, &world.config.bureau_api_key) {
        return refuse(StatusCode::UNAUTHORIZED, 401, "UNAUTHORIZED", "The key is not valid");
    }
    if let Some(failure) = world.plain_fault(NAME, "reports/status").await {
        return failure;
    }
    let Ok(request) = serde_json::from_slice::<StatusRequest>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, 2, "INVALID_INPUT", "token");
    };
    let mut book = hold(&world.bureau);
    let reference = book.by_token.get(&request.token).cloned();
    let Some(order) = reference.and_then(|reference| book.by_reference.get_mut(&reference)) else {
        return refuse(StatusCode::NOT_FOUND, 2, "UNKNOWN_TOKEN", "There is no such order");
    };
    order.polls_left = order.polls_left.saturating_sub(1);
    answer(&world, order)
}

/// Whether the bearer key is the one expected.
pub(crate) fn authorised(headers: &HeaderMap, key: &str) -> bool {
    let value = headers.get("authorization").and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ")) == Some(key)
}

fn refuse(status: StatusCode, code: u16, reason: &str, message: &str) -> Response {
    let body = json!({ "statusCode": code, "status": "FAILED", "code": reason, "message": message });
    (status, Json(body)).into_response()
}

//! The partner's own application: it starts cases at its client server, receives the client server's notifications,
//! and fetches what they announce.

mod fetching;
mod pages;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use mpp_core::{PublicJwk, Timestamp};
use mpp_crypto::VerifyingKey;
use mpp_crypto::webhook::{self, HmacSecret, WebhookHeaders, WebhookVerifier};
use mpp_transport::BaseUrl;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::guard::hold;
use crate::world::{Shared, World};

const NAME: &str = "partner-app";

/// How the application knows that a notification is its client server's.
#[derive(Debug, Clone)]
enum Trust {
    Key(Box<VerifyingKey>),
    Secret(Arc<HmacSecret>),
}

/// Where the application's client server is.
#[derive(Debug, Clone)]
struct Settings {
    client: BaseUrl,
    api_key: String,
    trust: Trust,
}

/// How to reach the client server, as set over the control interface.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SettingsForm {
    client_server_base_url: BaseUrl,
    api_key: String,
    #[serde(default)]
    webhook_public_key_jwk: Option<PublicJwk>,
    #[serde(default)]
    webhook_secret: Option<String>,
}

/// Who sealed an item, as the client server has it.
#[derive(Debug, Clone, Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct SealedBy {
    who: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verified_at: Option<Timestamp>,
}

/// An item fetched from the client server; the bytes themselves are not kept.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct FetchedItem {
    item_id: String,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    content_type: String,
    sha256: String,
    size_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_by: Option<SealedBy>,
    /// Whether digest and size are those the client server named.
    as_announced: bool,
    fetched_at: Timestamp,
}

/// One notification received.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReceivedEvent {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    sequence: u64,
    received_at: Timestamp,
}

/// A customer's case.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    #[serde(skip_serializing_if = "Option::is_none")]
    consent_request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    events: Vec<ReceivedEvent>,
    items: BTreeMap<String, FetchedItem>,
    problems: Vec<String>,
}

/// All that the application knows.
#[derive(Debug, Default)]
pub(crate) struct PartnerAppBook {
    settings: Option<Settings>,
    seen: BTreeSet<String>,
    cases: BTreeMap<String, Case>,
}

/// The routes below `/partner-app`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(pages::overview))
        .route("/webhooks", post(webhooks))
        .route("/cases", post(start_case).get(cases))
        .route("/start", post(pages::start))
        .route("/cases/{case_ref}", get(case))
}

/// Sets where the client server is.
///
/// # Errors
/// What is wrong with the settings.
pub(crate) fn configure(world: &World, form: SettingsForm) -> Result<(), &'static str> {
    let trust = match (form.webhook_public_key_jwk, form.webhook_secret) {
        (Some(jwk), None) => {
            Trust::Key(Box::new(VerifyingKey::from_jwk(&jwk).map_err(|_| "webhookPublicKeyJwk")?))
        }
        (None, Some(secret)) => {
            Trust::Secret(Arc::new(HmacSecret::from_text(&secret).map_err(|_| "webhookSecret")?))
        }
        _ => return Err("exactly one of webhookPublicKeyJwk and webhookSecret is needed"),
    };
    let settings = Settings { client: form.client_server_base_url, api_key: form.api_key, trust };
    hold(&world.partner_app).settings = Some(settings);
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    sequence: u64,
    data: NotificationData,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NotificationData {
    #[serde(default)]
    case_ref: Option<String>,
}

async fn webhooks(State(world): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    world.counters.count(NAME, "webhooks");
    if let Some(failure) = world.plain_fault(NAME, "webhooks").await {
        return failure;
    }
    let Some(settings) = hold(&world.partner_app).settings.clone() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "not configured").into_response();
    };
    if !genuine(&settings, &headers, &body, world.now()) {
        return (StatusCode::UNAUTHORIZED, "the signature does not stand").into_response();
    }
    let Ok(notification) = serde_json::from_slice::<Notification>(&body) else {
        return (StatusCode::BAD_REQUEST, "not a notification").into_response();
    };
    let Some(case_ref) = notification.data.case_ref else {
        return StatusCode::NO_CONTENT.into_response();
    };
    {
        let mut book = hold(&world.partner_app);
        if !book.seen.insert(notification.id.clone()) {
            return StatusCode::NO_CONTENT.into_response();
        }
        let event = ReceivedEvent {
            id: notification.id,
            kind: notification.kind.clone(),
            sequence: notification.sequence,
            received_at: world.now(),
        };
        book.cases.entry(case_ref.clone()).or_default().events.push(event);
    }
    if notification.kind == "data.available" {
        fetching::start(&world, settings, case_ref);
    }
    StatusCode::NO_CONTENT.into_response()
}

fn genuine(settings: &Settings, headers: &HeaderMap, body: &[u8], now: Timestamp) -> bool {
    let value =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let headers = WebhookHeaders {
        id: value("webhook-id"),
        timestamp: value("webhook-timestamp"),
        signature: value("webhook-signature"),
    };
    let verifier = match &settings.trust {
        Trust::Key(key) => WebhookVerifier::Ed25519(key),
        Trust::Secret(secret) => WebhookVerifier::Hmac(secret),
    };
    webhook::verify(&headers, body, &[verifier], now).is_ok()
}

async fn start_case(State(world): State<Shared>, Json(form): Json<Value>) -> Response {
    world.counters.count(NAME, "cases");
    let Some(settings) = hold(&world.partner_app).settings.clone() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "not configured").into_response();
    };
    match begin(&world, &settings, &form).await {
        Ok((status, answer)) => (status, Json(answer)).into_response(),
        Err(problem) => (StatusCode::BAD_GATEWAY, Json(json!({ "problem": problem }))).into_response(),
    }
}

/// Asks the client server for a consent and notes the case; the client server's answer as it came.
async fn begin(world: &World, settings: &Settings, form: &Value) -> Result<(StatusCode, Value), String> {
    let case_ref = form.get("caseRef").and_then(Value::as_str).filter(|reference| !reference.is_empty());
    let case_ref = case_ref.ok_or("caseRef is missing")?.to_owned();
    let (status, answer) = fetching::request_consent(world, settings, &case_ref, form).await?;
    if status.is_success() {
        let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut book = hold(&world.partner_app);
        let case = book.cases.entry(case_ref).or_default();
        case.consent_request_id = text("consentRequestId");
        case.link = text("link");
    }
    Ok((status, answer))
}

async fn cases(State(world): State<Shared>) -> Response {
    let references: Vec<String> = hold(&world.partner_app).cases.keys().cloned().collect();
    Json(json!({ "cases": references })).into_response()
}

async fn case(State(world): State<Shared>, Path(case_ref): Path<String>, headers: HeaderMap) -> Response {
    let found = hold(&world.partner_app).cases.get(&case_ref).cloned();
    let Some(found) = found else { return StatusCode::NOT_FOUND.into_response() };
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") {
        return pages::case(&case_ref, &found);
    }
    let items: Vec<&FetchedItem> = found.items.values().collect();
    Json(json!({
        "caseRef": case_ref,
        "consentRequestId": found.consent_request_id,
        "link": found.link,
        "events": found.events,
        "items": items,
        "problems": found.problems,
    }))
    .into_response()
}

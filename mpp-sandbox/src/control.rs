//! The sandbox's own interface: registering participants, scripting faults, reading counters and digests.

use std::sync::atomic::Ordering;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use mpp_core::{MobileNumber, PublicJwk, draw};
use mpp_crypto::rs256;
use mpp_transport::BaseUrl;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::documents::Institution;
use crate::faults::FaultScript;
use crate::guard::hold;
use crate::keys::{AA_ENTITY_ID, AA_HANDLE, Entity};
use crate::partner_app::{self, SettingsForm};
use crate::world::{Participant, Shared};

/// The routes below `/control`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/participants", post(register))
        .route("/faults", post(add_fault).get(faults).delete(clear_faults))
        .route("/counters", get(counters).delete(reset_counters))
        .route("/documents/{mobile}", get(documents))
        .route("/customers/{mobile}", get(customer))
        .route("/settings", post(settings))
        .route("/partner-app", post(configure_partner_app))
        .route("/otp/unlock", post(unlock))
        .route("/sweep", post(sweep))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Registration {
    entity_id: String,
    base_url: BaseUrl,
    jwk: Value,
    api_key: String,
    #[serde(default)]
    callback_api_key: Option<String>,
}

async fn register(State(world): State<Shared>, Json(form): Json<Registration>) -> Response {
    let key = serde_json::from_value::<PublicJwk>(form.jwk.clone()).ok();
    let Some(key) = key.and_then(|jwk| rs256::VerifyingKey::from_jwk(&jwk).ok()) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "problem": "jwk is not an RSA key" })))
            .into_response();
    };
    let fresh_key = || format!("aa-callback-{}", hex::encode(draw::<16>(&*world.surroundings.entropy)));
    let participant = Participant {
        entity_id: form.entity_id.clone(),
        base_url: form.base_url,
        key,
        kid: form.jwk.get("kid").and_then(Value::as_str).map(str::to_owned),
        api_key: form.api_key,
        callback_api_key: form.callback_api_key.unwrap_or_else(fresh_key),
        jwk: form.jwk,
    };
    let answer = json!({
        "aaEntityId": AA_ENTITY_ID,
        "aaHandle": AA_HANDLE,
        "aaBaseUrl": world.rebit_base(Entity::Aa),
        "aaAppBaseUrl": world.base.endpoint("aa/app").to_string(),
        "aaWebUrl": world.base.endpoint("aa/web").to_string(),
        "registryBaseUrl": world.base.endpoint("registry").to_string(),
        "aaApiKey": participant.callback_api_key,
        "aaJwk": key_of(&world, Entity::Aa),
        "fipJwks": Institution::ALL.map(|fip| json!({ "fipId": fip.entity_id(), "jwk": key_of(&world, Entity::Fip(fip)) })),
    });
    hold(&world.participants).insert(form.entity_id, participant);
    Json(answer).into_response()
}

fn key_of(world: &Shared, entity: Entity) -> Value {
    let credentials = world.ring.of(entity);
    let mut jwk = serde_json::to_value(credentials.jwk()).unwrap_or_default();
    if let Some(members) = jwk.as_object_mut() {
        members.insert("kid".to_owned(), Value::from(credentials.kid().as_str()));
    }
    jwk
}

async fn add_fault(State(world): State<Shared>, Json(script): Json<FaultScript>) -> StatusCode {
    world.faults.add(script);
    StatusCode::NO_CONTENT
}

async fn faults(State(world): State<Shared>) -> Response {
    Json(json!({ "faults": world.faults.scripts() })).into_response()
}

async fn clear_faults(State(world): State<Shared>) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

async fn counters(State(world): State<Shared>) -> Response {
    Json(world.counters.all()).into_response()
}

async fn reset_counters(State(world): State<Shared>) -> StatusCode {
    world.counters.reset();
    StatusCode::NO_CONTENT
}

async fn documents(State(world): State<Shared>, Path(mobile): Path<String>) -> Response {
    match mobile.parse::<MobileNumber>() {
        Ok(mobile) => Json(json!({ "documents": world.produced.about(&mobile) })).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn customer(State(world): State<Shared>, Path(mobile): Path<String>) -> Response {
    let Ok(mobile) = mobile.parse::<MobileNumber>() else { return StatusCode::NOT_FOUND.into_response() };
    let person = world.person(&mobile);
    Json(json!({
        "mobile": mobile,
        "name": person.name(),
        "dateOfBirth": person.born.to_string(),
        "pan": person.pan,
        "pincode": person.pincode,
        "canary": person.canary,
    }))
    .into_response()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settings {
    document_padding_bytes: usize,
}

async fn settings(State(world): State<Shared>, Json(form): Json<Settings>) -> StatusCode {
    world.padding_bytes.store(form.document_padding_bytes, Ordering::Relaxed);
    StatusCode::NO_CONTENT
}

async fn configure_partner_app(State(world): State<Shared>, Json(form): Json<SettingsForm>) -> Response {
    match partner_app::configure(&world, form) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, Json(json!({ "problem": problem }))).into_response(),
    }
}

#[derive(Deserialize)]
struct Unlocking {
    mobile: MobileNumber,
}

async fn unlock(State(world): State<Shared>, Json(form): Json<Unlocking>) -> StatusCode {
    hold(&world.aa).desk.unlock(form.mobile.digits());
    for book in hold(&world.fips).values_mut() {
        book.desk.unlock(form.mobile.digits());
    }
    StatusCode::NO_CONTENT
}

async fn sweep(State(world): State<Shared>) -> StatusCode {
    crate::aa::sweep(&world);
    StatusCode::NO_CONTENT
}

//! The Central Registry: who takes part, where, and with which key.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use mpp_core::{FiType, PublicJwk};
use serde_json::{Value, json};

use crate::documents::Institution;
use crate::guard::hold;
use crate::keys::{AA_HANDLE, Entity};
use crate::world::{Participant, Shared, World};

/// The routes below `/registry`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new().route("/v2/entityInfo/{kind}", get(all)).route("/v2/entityInfo/{kind}/{id}", get(one))
}

async fn all(State(world): State<Shared>, Path(kind): Path<String>) -> Response {
    answer(&world, &kind, None)
}

async fn one(State(world): State<Shared>, Path((kind, id)): Path<(String, String)>) -> Response {
    answer(&world, &kind, Some(&id))
}

fn answer(world: &World, kind: &str, id: Option<&str>) -> Response {
    world.counters.count("registry", "entityInfo");
    let records = match kind {
        "AA" => vec![aa_record(world)],
        "FIP" => Institution::ALL.into_iter().map(|institution| fip_record(world, institution)).collect(),
        "FIU" => {
            hold(&world.participants).values().map(|participant| fiu_record(world, participant)).collect()
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let wanted = |record: &Value| {
        id.is_none_or(|id| record.pointer("/entityinfo/id").and_then(Value::as_str) == Some(id))
    };
    let records: Vec<Value> = records.into_iter().filter(wanted).collect();
    if records.is_empty() && id.is_some() {
        return StatusCode::NOT_FOUND.into_response();
    }
    Json(records).into_response()
}

fn aa_record(world: &World) -> Value {
    let webview = world.base.endpoint("aa/web").to_string();
    record(
        world,
        "Onemoney Demo",
        Entity::Aa.id(),
        AA_HANDLE,
        &world.rebit_base(Entity::Aa),
        &webview,
        &[],
        certificate(world, Entity::Aa),
    )
}

fn fip_record(world: &World, institution: Institution) -> Value {
    let entity = Entity::Fip(institution);
    let fi_types = institution.fi_types();
    record(
        world,
        institution.display_name(),
        entity.id(),
        "",
        &world.rebit_base(entity),
        "",
        fi_types,
        certificate(world, entity),
    )
}

fn fiu_record(world: &World, participant: &Participant) -> Value {
    let id = &participant.entity_id;
    record(world, id, id, "", &participant.base_url.to_string(), "", &[], participant.jwk.clone())
}

fn certificate(world: &World, entity: Entity) -> Value {
    let credentials = world.ring.of(entity);
    let (e, n) = match credentials.jwk() {
        PublicJwk::Rsa { e, n } => (e, n),
        PublicJwk::Ec { .. } | PublicJwk::Okp { .. } => (String::new(), String::new()),
    };
    json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": credentials.kid(), "n": n, "e": e })
}

#[expect(clippy::too_many_arguments, reason = "the registry's record has that many parts that vary")]
fn record(
    world: &World,
    name: &str,
    id: &str,
    handle: &str,
    base_url: &str,
    webview_url: &str,
    fi_types: &[FiType],
    certificate: Value,
) -> Value {
    let now = world.now().to_string();
    // The registry writes `yyyy-MM-dd HH:mm:ss.SSS` where everybody else writes ISO 8601.
    let timestamp = now.replace('T', " ").replace('Z', "");
    json!({
        "ver": "2.0.0",
        "timestamp": timestamp,
        "txnid": world.fresh_uuid(),
        "requester": { "name": name, "id": id },
        "entityinfo": {
            "name": name,
            "id": id,
            "code": id,
            "entityhandle": handle,
            "Identifiers": [],
            "baseurl": base_url,
            "webviewurl": webview_url,
            "fitypes": fi_types,
            "certificate": certificate,
            "tokeninfo": { "url": "", "desc": "" },
            "gsp": "",
            "signature": "",
            "inboundports": [],
            "outboundports": [],
            "ips": [],
        },
    })
}

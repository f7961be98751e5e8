//! This server's keys: where each is in use, and new ones, which take two persons.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use mpp_api::client::{
    ApplicationKeyView, ApproveRotation, EndpointView, EnrolServer, EnrolledServer, OwnKeyView, OwnKeysView,
    RotationView, Scope as ScopeOnWire,
};
use mpp_services::client::{
    ApplicationKey, EnrolledServer as Enrolled, KeyStanding, OwnKey, OwnKeys, ProposedRotation, Scope,
};
use serde_json::Value;
use zeroize::Zeroizing;

use super::refusals::refusal;
use super::routes::AppState;
use crate::desk::StaffCaller;
use crate::http::{Created, JsonBody, Refusal};

/// `GET /v1/staff/keys`.
pub(super) async fn keys(State(state): State<AppState>) -> Result<Json<OwnKeysView>, Refusal> {
    let own = state.service.own_keys().await.map_err(|error| refusal(&error))?;
    Ok(Json(keys_view(own)))
}

/// `POST /v1/staff/keys/rotation`.
pub(super) async fn propose(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<EnrolServer>,
) -> Result<Created<RotationView>, Refusal> {
    let token = Zeroizing::new(body.enrolment_token);
    let proposed = state.service.propose_rotation(&staff.id, &token).await;
    let proposed = proposed.map_err(|error| refusal(&error))?;
    Ok(Created(rotation_view(proposed)))
}

/// `POST /v1/staff/keys/rotation/approve`.
pub(super) async fn approve(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(body): JsonBody<Option<ApproveRotation>>,
) -> Result<Json<EnrolledServer>, Refusal> {
    let seen = body.and_then(|body| body.proposed_at);
    let enrolled = state.service.approve_rotation(&staff.id, seen).await.map_err(|error| refusal(&error))?;
    Ok(Json(enrolled_view(enrolled)))
}

/// `POST /v1/staff/keys/rotation/withdraw`.
pub(super) async fn withdraw(
    State(state): State<AppState>,
    StaffCaller(staff): StaffCaller,
    JsonBody(_): JsonBody<Value>,
) -> Result<NoContent, Refusal> {
    state.service.withdraw_rotation(&staff.id).await.map_err(|error| refusal(&error))?;
    Ok(NoContent)
}

pub(super) fn enrolled_view(enrolled: Enrolled) -> EnrolledServer {
    EnrolledServer {
        partner_id: enrolled.partner,
        envelope_kid: enrolled.envelope_kid.to_string(),
        key_record: enrolled.key_record.as_str().to_owned(),
    }
}

fn rotation_view(proposed: ProposedRotation) -> RotationView {
    RotationView { proposed_by: proposed.by, proposed_at: proposed.at }
}

fn keys_view(own: OwnKeys) -> OwnKeysView {
    let current = own.envelope_kid.as_ref();
    let endpoint = own.endpoint.map(|(url, set_by, set_at)| EndpointView { url: url.into(), set_by, set_at });
    OwnKeysView {
        key_record: own.key_record.map(|record| record.as_str().to_owned()),
        keys: own.keys.into_iter().map(|key| key_view(key, current)).collect(),
        counted_to: own.counted_to,
        of_unknown_key: own.of_unknown_key,
        to_collect: own.to_collect,
        complete: own.is_complete,
        rotation: own.rotation.map(rotation_view),
        endpoint,
        applications: own.applications.into_iter().map(application_key_view).collect(),
    }
}

fn key_view(key: OwnKey, current: Option<&mpp_core::Kid>) -> OwnKeyView {
    let (enrolled_by, enrolled_at) = key.enrolled.unzip();
    let standing = match key.standing {
        KeyStanding::Current => "current",
        KeyStanding::Earlier => "earlier",
        KeyStanding::Offered => "offered",
    };
    OwnKeyView {
        current: current == Some(&key.kid),
        kid: key.kid.to_string(),
        used_as: key.used_as.to_owned(),
        made_at: key.made_at,
        standing: standing.to_owned(),
        enrolled_by,
        enrolled_at,
        key_record: key.key_record.map(|record| record.as_str().to_owned()),
        replaced_at: key.replaced_at,
        backed_up_at: key.backed_up_at,
        documents: key.documents.map(|(count, _)| count),
        newest_at: key.documents.and_then(|(_, newest)| newest),
    }
}

fn application_key_view(key: ApplicationKey) -> ApplicationKeyView {
    let (made_by, made_at) = key.made;
    let (revoked_by, revoked_at) = key.revoked.unzip();
    ApplicationKeyView {
        api_key_id: key.id,
        name: key.name,
        scopes: key.scopes.into_iter().map(scope).collect(),
        made_by,
        made_at,
        revoked_by,
        revoked_at,
    }
}

const fn scope(scope: Scope) -> ScopeOnWire {
    match scope {
        Scope::Consents => ScopeOnWire::Consents,
        Scope::Data => ScopeOnWire::Data,
    }
}

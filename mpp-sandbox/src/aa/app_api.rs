//! What the Account Aggregator's own app speaks. Nothing of it is standardised.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use mpp_core::{FiType, MobileNumber};
use serde::Deserialize;
use serde_json::{Value, json};

use super::consent_record::{ConsentRecord, ConsentStatus};
use super::customer::{self, CustomerError, LoggedIn};
use super::{LinkedAccount, customer_consents};
use crate::documents::Institution;
use crate::keys::AA_ENTITY_ID;
use crate::world::{Shared, World};

/// The routes below `/aa/app`.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/login", post(login))
        .route("/login/verify", post(login_verify))
        .route("/consents", get(consents))
        .route("/consents/{handle}", get(consent))
        .route("/consents/{handle}/otp", post(approval_otp))
        .route("/consents/{handle}/approve", post(approve))
        .route("/consents/{handle}/reject", post(reject))
        .route("/artefacts/{consent_id}/pause", post(pause))
        .route("/artefacts/{consent_id}/resume", post(resume))
        .route("/artefacts/{consent_id}/revoke", post(revoke))
        .route("/fips", get(fips))
        .route("/discover", post(discover))
        .route("/link", post(link))
        .route("/link/verify", post(link_verify))
        .route("/accounts", get(accounts))
        .route("/accounts/{link_ref}/delink", post(delink))
}

impl IntoResponse for CustomerError {
    fn into_response(self) -> Response {
        let mut body = json!({ "code": self.code(), "message": self.to_string() });
        if let Self::Otp(crate::otp::OtpError::Wrong { tries_left }) = &self
            && let Some(members) = body.as_object_mut()
        {
            members.insert("triesLeft".to_owned(), Value::from(*tries_left));
        }
        (self.status(), Json(body)).into_response()
    }
}

type Answer = Result<Json<Value>, CustomerError>;

fn customer_of(world: &World, headers: &HeaderMap) -> Result<LoggedIn, CustomerError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    customer::logged_in(world, value.and_then(|value| value.strip_prefix("Bearer ")))
}

fn count(world: &World, operation: &str) {
    world.counters.count(AA_ENTITY_ID, operation);
}

#[derive(Deserialize)]
struct Login {
    mobile: String,
}

async fn login(State(world): State<Shared>, Json(form): Json<Login>) -> Response {
    count(&world, "app/login");
    if let Some(failure) = world.plain_fault(AA_ENTITY_ID, "app/login").await {
        return failure;
    }
    let Ok(mobile) = form.mobile.parse::<MobileNumber>() else {
        return CustomerError::Invalid("This is not a mobile number of ten digits.").into_response();
    };
    match customer::begin_login(&world, &mobile) {
        Ok(login_id) => Json(json!({ "loginId": login_id })).into_response(),
        Err(error) => error.into_response(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginVerification {
    login_id: String,
    otp: String,
}

async fn login_verify(State(world): State<Shared>, Json(form): Json<LoginVerification>) -> Answer {
    count(&world, "app/login/verify");
    let customer = customer::complete_login(&world, &form.login_id, &form.otp)?;
    Ok(Json(json!({ "session": customer.token, "vua": customer.vua() })))
}

#[derive(Deserialize)]
struct ConsentFilter {
    status: Option<String>,
}

async fn consents(
    State(world): State<Shared>,
    headers: HeaderMap,
    Query(filter): Query<ConsentFilter>,
) -> Answer {
    let customer = customer_of(&world, &headers)?;
    let records = customer_consents::all(&world, &customer.mobile).into_iter();
    let wanted = |record: &ConsentRecord| match &filter.status {
        Some(status) => {
            let granted = record.grant().map(|grant| grant.status.word());
            record.handle_status() == status || granted == Some(status)
        }
        None => true,
    };
    let listed: Vec<Value> = records.filter(wanted).map(|record| described(&record)).collect();
    Ok(Json(json!({ "consents": listed })))
}

async fn consent(State(world): State<Shared>, headers: HeaderMap, Path(handle): Path<String>) -> Answer {
    let customer = customer_of(&world, &headers)?;
    Ok(Json(described(&customer_consents::one(&world, &customer.mobile, &handle)?)))
}

fn described(record: &ConsentRecord) -> Value {
    let grant = record.grant();
    json!({
        "handle": record.handle,
        "status": record.handle_status(),
        "requester": record.requester,
        "requestedAt": record.requested_at,
        "consentId": grant.map(|grant| grant.id.clone()),
        "consentStatus": grant.map(|grant| grant.status),
        "accounts": grant.map(|grant| grant.accounts.clone()),
        "ConsentDetail": record.detail,
    })
}

async fn approval_otp(State(world): State<Shared>, headers: HeaderMap, Path(handle): Path<String>) -> Answer {
    let customer = customer_of(&world, &headers)?;
    customer_consents::begin_approval(&world, &customer, &handle)?;
    Ok(Json(json!({ "sent": true })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Approval {
    link_ref_numbers: Vec<String>,
    otp: String,
}

async fn approve(
    State(world): State<Shared>,
    headers: HeaderMap,
    Path(handle): Path<String>,
    Json(form): Json<Approval>,
) -> Answer {
    count(&world, "app/approve");
    let customer = customer_of(&world, &headers)?;
    let consent_id =
        customer_consents::approve(&world, &customer, &handle, &form.link_ref_numbers, &form.otp).await?;
    Ok(Json(json!({ "consentId": consent_id, "status": "ACTIVE" })))
}

async fn reject(State(world): State<Shared>, headers: HeaderMap, Path(handle): Path<String>) -> Answer {
    let customer = customer_of(&world, &headers)?;
    customer_consents::reject(&world, &customer, &handle)?;
    Ok(Json(json!({ "status": "REJECTED" })))
}

async fn pause(State(world): State<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    change(&world, &headers, &id, ConsentStatus::Paused)
}

async fn resume(State(world): State<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    change(&world, &headers, &id, ConsentStatus::Active)
}

async fn revoke(State(world): State<Shared>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    change(&world, &headers, &id, ConsentStatus::Revoked)
}

fn change(world: &Shared, headers: &HeaderMap, consent_id: &str, wanted: ConsentStatus) -> Answer {
    let customer = customer_of(world, headers)?;
    customer_consents::change(world, &customer, consent_id, wanted)?;
    Ok(Json(json!({ "consentId": consent_id, "status": wanted })))
}

async fn fips(State(world): State<Shared>, headers: HeaderMap) -> Answer {
    customer_of(&world, &headers)?;
    let listed: Vec<Value> = Institution::ALL
        .iter()
        .map(|institution| {
            json!({
                "fipId": institution.entity_id(),
                "name": institution.display_name(),
                "fiTypes": institution.fi_types(),
            })
        })
        .collect();
    Ok(Json(json!({ "fips": listed })))
}

fn institution(fip_id: &str) -> Result<Institution, CustomerError> {
    Institution::from_entity_id(fip_id).ok_or(CustomerError::NotFound("The institution"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Discovery {
    fip_id: String,
    fi_types: Vec<FiType>,
}

async fn discover(State(world): State<Shared>, headers: HeaderMap, Json(form): Json<Discovery>) -> Answer {
    let customer = customer_of(&world, &headers)?;
    let institution = institution(&form.fip_id)?;
    let found = customer::discover(&world, &customer, institution, &form.fi_types).await?;
    let linked = customer::linked(&world, &customer);
    let listed: Vec<Value> = found
        .iter()
        .map(|account| {
            let link = linked
                .iter()
                .find(|link| link.institution == institution && link.reference == account.reference);
            json!({
                "fiType": account.fi_type,
                "accType": account.account_type,
                "accRefNumber": account.reference,
                "maskedAccNumber": account.masked,
                "linkRefNumber": link.map(|link| link.link_ref.clone()),
            })
        })
        .collect();
    Ok(Json(json!({ "accounts": listed })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Linking {
    fip_id: String,
    acc_ref_numbers: Vec<String>,
}

async fn link(State(world): State<Shared>, headers: HeaderMap, Json(form): Json<Linking>) -> Answer {
    let customer = customer_of(&world, &headers)?;
    let institution = institution(&form.fip_id)?;
    let reference = customer::begin_link(&world, &customer, institution, &form.acc_ref_numbers).await?;
    Ok(Json(json!({ "refNumber": reference })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkVerification {
    ref_number: String,
    otp: String,
}

async fn link_verify(
    State(world): State<Shared>,
    headers: HeaderMap,
    Json(form): Json<LinkVerification>,
) -> Result<(StatusCode, Json<Value>), CustomerError> {
    let customer = customer_of(&world, &headers)?;
    let fresh = customer::complete_link(&world, &customer, &form.ref_number, &form.otp).await?;
    let listed: Vec<Value> = fresh.iter().map(account_described).collect();
    Ok((StatusCode::OK, Json(json!({ "accounts": listed }))))
}

async fn accounts(State(world): State<Shared>, headers: HeaderMap) -> Answer {
    let customer = customer_of(&world, &headers)?;
    let listed: Vec<Value> = customer::linked(&world, &customer).iter().map(account_described).collect();
    Ok(Json(json!({ "accounts": listed })))
}

async fn delink(State(world): State<Shared>, headers: HeaderMap, Path(link_ref): Path<String>) -> Answer {
    let customer = customer_of(&world, &headers)?;
    customer_consents::delink(&world, &customer, &link_ref).await?;
    Ok(Json(json!({ "status": "DELINKED" })))
}

fn account_described(account: &LinkedAccount) -> Value {
    json!({
        "fipId": account.institution.entity_id(),
        "fiType": account.fi_type,
        "accType": account.account_type,
        "accRefNumber": account.reference,
        "maskedAccNumber": account.masked,
        "linkRefNumber": account.link_ref,
    })
}

//! What anybody may ask, and what carries its own proof: enrolment tokens and one-time links.

use axum::Json;
use axum::extract::State;
use mpp_api::central::{CentralKeys, ConsentScreen, Enrol, EnrolChallenge, EnrolConfirm, Enrolled, OpenLink};
use mpp_services::central::{KeyOffer, Opening, PublicKeys};

use super::super::base64;
use super::super::refusals::refuse;
use super::{Access, App, Group, field};
use crate::http::{ExactJson, JsonBody, Refusal};

pub(super) fn group() -> Group {
    Group::new(Access::Anybody)
        .get("/v1/keys", "Central's public keys", keys)
        .post("/v1/enrolment", "Offers a client server's public keys under an enrolment token", enrol)
        .post("/v1/enrolment/confirm", "Proves that the offered keys are possessed", confirm)
        .post(
            "/v1/links/open",
            "Opens a one-time link on a device: the consent screen, in its exact bytes",
            open_link,
        )
}

async fn keys(State(app): State<App>) -> Json<CentralKeys> {
    Json(public_keys(&app))
}

async fn enrol(
    State(app): State<App>,
    JsonBody(body): JsonBody<Enrol>,
) -> Result<Json<EnrolChallenge>, Refusal> {
    let offer = KeyOffer {
        token: KeyOffer::token_digest(&body.token),
        envelope_key: body.envelope_key,
        signing_key: body.signing_key,
        proof: field("proof", &body.proof)?,
    };
    let challenge = app.service.offer_keys(offer).await.map_err(refuse)?;
    Ok(Json(EnrolChallenge { challenge_id: challenge.id, sealed: base64::encode(&challenge.sealed) }))
}

async fn confirm(
    State(app): State<App>,
    JsonBody(body): JsonBody<EnrolConfirm>,
) -> Result<Json<Enrolled>, Refusal> {
    let opened =
        base64::decode(&body.opened).ok_or_else(|| Refusal::invalid_request("opened is not base64"))?;
    // challenges are named by 32 hexadecimal digits; anything else names none
    let id = body.challenge_id.as_str();
    let plausible = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = if plausible { id } else { "none" };
    let enrolled = app.service.confirm_keys(id, &opened).await.map_err(refuse)?;
    Ok(Json(Enrolled {
        partner_id: enrolled.partner,
        key_record: enrolled.key_record.as_str().to_owned(),
        central: public_keys(&app),
    }))
}

/// The exact bytes of the screen: the approval binds their digest.
async fn open_link(
    State(app): State<App>,
    JsonBody(body): JsonBody<OpenLink>,
) -> Result<ExactJson<ConsentScreen>, Refusal> {
    let opening = Opening {
        link: Opening::link_digest(&body.token),
        device_key: body.device_key,
        proof: field("proof", &body.proof)?,
    };
    let screen = app.service.open_link(opening).await.map_err(refuse)?;
    Ok(ExactJson::new(screen.into_json()))
}

fn public_keys(app: &App) -> CentralKeys {
    let PublicKeys { signing, successions, notification } = app.service.public_keys();
    let successions = successions.into_iter().map(String::from).collect();
    CentralKeys { signing, successions, notification, log_key: Some(app.log_key.as_str().to_owned()) }
}

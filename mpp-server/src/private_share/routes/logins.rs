//! Logging in.

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::private_share::{Session, StartLogin, StartedLogin, VerifyLogin};

use super::super::refusals::refuse;
use super::{Access, App, Group, named};
use crate::http::{JsonBody, Refusal};

pub(super) fn group() -> Group {
    Group::new(Access::Login).post("/v1/logins", "Sends a login code by SMS", start).post(
        "/v1/logins/{id}/verify",
        "Opens a session with the code, bound to the device key",
        verify,
    )
}

async fn start(
    State(app): State<App>,
    JsonBody(body): JsonBody<StartLogin>,
) -> Result<Json<StartedLogin>, Refusal> {
    let started = app.service.start_login(&body.mobile, &body.device_key).await.map_err(refuse)?;
    Ok(Json(StartedLogin { login_id: started.id, expires_at: started.expires_at }))
}

async fn verify(
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<VerifyLogin>,
) -> Result<Json<Session>, Refusal> {
    let opened = app.service.verify_login(named(&id)?, &body.otp).await.map_err(refuse)?;
    Ok(Json(Session {
        session_key: opened.key.as_str().to_owned(),
        vua: opened.vua,
        expires_at: opened.expires_at,
    }))
}

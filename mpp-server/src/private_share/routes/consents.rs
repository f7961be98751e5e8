//! Consents at the Account Aggregator.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::private_share::{AaConsentView, ConsentedAccount, RaiseAaConsent};
use mpp_core::AaConsentKey;
use mpp_services::private_share::{AaConsentStatus, ChosenAccount};

use super::super::callers::CallingCustomer;
use super::super::refusals::refuse;
use super::{App, Group, PollQuery, named};
use crate::http::{Asked, JsonBody, Refusal};

pub(super) fn add_to(group: Group) -> Group {
    group
        .post("/v1/aa-consents", "Raises a self consent at the Account Aggregator", raise)
        .get("/v1/aa-consents/{key}", "How a consent stands, by long poll", show)
        .post("/v1/aa-consents/{key}/revoke", "Revokes a consent at the Account Aggregator", revoke)
}

async fn raise(
    State(app): State<App>,
    CallingCustomer(who): CallingCustomer,
    JsonBody(body): JsonBody<RaiseAaConsent>,
) -> Result<Json<AaConsentView>, Refusal> {
    let status = app.service.raise_consent(&who, body.key, &body.parameters).await.map_err(refuse)?;
    Ok(Json(view(status)))
}

async fn show(
    State(app): State<App>,
    CallingCustomer(who): CallingCustomer,
    Path(key): Path<String>,
    Asked(query): Asked<PollQuery>,
) -> Result<Json<AaConsentView>, Refusal> {
    let key: AaConsentKey = named(&key)?;
    let hold = Duration::from_secs(query.hold);
    let status = match &query.since {
        Some(since) => tokio::select! {
            status = app.service.await_consent(&who, key, since, hold) => status,
            () = app.stopped() => app.service.consent(&who, key).await,
        },
        None => app.service.consent(&who, key).await,
    };
    Ok(Json(view(status.map_err(refuse)?)))
}

async fn revoke(
    State(app): State<App>,
    CallingCustomer(who): CallingCustomer,
    Path(key): Path<String>,
) -> Result<Json<AaConsentView>, Refusal> {
    let status = app.service.revoke_consent(&who, named(&key)?).await.map_err(refuse)?;
    Ok(Json(view(status)))
}

fn view(status: AaConsentStatus) -> AaConsentView {
    AaConsentView {
        key: status.key,
        state: status.state.to_owned(),
        handle: status.handle,
        approval_url: status.approval_url,
        consent_id: status.consent_id,
        signed_consent: status.signed_consent.map(|signed| signed.as_str().to_owned()),
        accounts: status.accounts.into_iter().map(account).collect(),
    }
}

fn account(chosen: ChosenAccount) -> ConsentedAccount {
    ConsentedAccount {
        fi_type: chosen.fi_type,
        fip_id: chosen.fip,
        link_ref_number: chosen.link_ref,
        masked_acc_number: chosen.masked_number,
    }
}

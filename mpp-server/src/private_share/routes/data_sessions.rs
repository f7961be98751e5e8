//! Data sessions and the still encrypted data.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use mpp_api::private_share::{
    DataSessionView, EncryptedAccount, EncryptedFi, EncryptedFiEntry, OpenDataSession, UndeliveredAccount,
};
use mpp_connectors::account_aggregator::FiFromFip;
use mpp_core::DataSessionId;
use mpp_services::private_share::{AccountDataStatus, DataSessionRequest, DataSessionStatus};
use serde_json::value::to_raw_value;

use super::super::callers::CallingCustomer;
use super::super::refusals::refuse;
use super::{App, Group, PollQuery, named};
use crate::http::{Asked, JsonBody, Refusal};

pub(super) fn add_to(group: Group) -> Group {
    group
        .post("/v1/data-sessions", "Opens a data session at the Account Aggregator", open)
        .get("/v1/data-sessions/{id}", "How a data session stands, by long poll", show)
        .get(
            "/v1/data-sessions/{id}/fi",
            "The accounts of a data session, still encrypted to the phone",
            fetch,
        )
}

async fn open(
    State(app): State<App>,
    CallingCustomer(who): CallingCustomer,
    JsonBody(body): JsonBody<OpenDataSession>,
) -> Result<Json<DataSessionView>, Refusal> {
    let key_material = serde_json::from_str(body.key_material.get())
        .map_err(|_| Refusal::invalid_request("keyMaterial is not ReBIT key material"))?;
    let request = DataSessionRequest { consent: body.consent_key, range: body.range, key_material };
    let status = app.service.open_data_session(&who, &request).await.map_err(refuse)?;
    Ok(Json(view(status)))
}

async fn show(
    State(app): State<App>,
    CallingCustomer(who): CallingCustomer,
    Path(id): Path<String>,
    Asked(query): Asked<PollQuery>,
) -> Result<Json<DataSessionView>, Refusal> {
    let id: DataSessionId = named(&id)?;
    let hold = Duration::from_secs(query.hold);
    let status = match &query.since {
        Some(since) => tokio::select! {
            status = app.service.await_data_session(&who, &id, since, hold) => status,
            () = app.stopped() => app.service.data_session(&who, &id).await,
        },
        None => app.service.data_session(&who, &id).await,
    };
    Ok(Json(view(status.map_err(refuse)?)))
}

async fn fetch(
    State(app): State<App>,
    CallingCustomer(who): CallingCustomer,
    Path(id): Path<String>,
) -> Result<Json<EncryptedFi>, Refusal> {
    let data = app.service.fetch_data(&who, &named(&id)?).await.map_err(refuse)?;
    let entries = data.into_iter().map(entry).collect::<Result<Vec<_>, Refusal>>()?;
    Ok(Json(EncryptedFi { entries }))
}

fn entry(from: FiFromFip) -> Result<EncryptedFiEntry, Refusal> {
    let accounts = from.accounts.into_iter().map(|account| EncryptedAccount {
        link_ref_number: account.link_ref,
        masked_acc_number: account.masked_number,
        encrypted_fi: account.encrypted,
    });
    Ok(EncryptedFiEntry {
        fip_id: from.fip,
        key_material: to_raw_value(&from.key_material).map_err(|_| Refusal::internal())?,
        accounts: accounts.collect(),
    })
}

fn view(status: DataSessionStatus) -> DataSessionView {
    let undelivered = status.undelivered.into_iter().map(|account| UndeliveredAccount {
        fip_id: account.fip,
        link_ref_number: account.link_ref,
        status: if account.status == AccountDataStatus::Denied { "DENIED" } else { "TIMEOUT" }.to_owned(),
    });
    DataSessionView {
        session_id: status.session,
        state: status.state.to_owned(),
        undelivered: undelivered.collect(),
    }
}

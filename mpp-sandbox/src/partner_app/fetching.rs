//! Calls of the partner's application to its client server.

use axum::http::StatusCode;
use bytes::Bytes;
use mpp_transport::{HeaderName, HeaderValue, Request, TransportError, Url};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{FetchedItem, SealedBy, Settings};
use crate::guard::hold;
use crate::world::{Shared, World};

const LARGEST_LIST_BYTES: usize = 4 << 20;
const LARGEST_ITEM_BYTES: usize = 256 << 20;

/// What went wrong in a call to the client server; worded without anything personal.
#[derive(Debug, thiserror::Error)]
enum FetchProblem {
    #[error("the client server did not answer: {0}")]
    Transport(#[from] TransportError),
    #[error("the client server answered {0}")]
    Status(StatusCode),
    #[error("the client server's answer has a wrong form")]
    Form,
}

#[derive(Deserialize)]
struct ItemList {
    items: Vec<ItemHead>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemHead {
    item_id: String,
    source: String,
    #[serde(default)]
    label: Option<String>,
    content_type: String,
    sha256: String,
    size: usize,
    #[serde(default)]
    sealed_by: Option<SealedBy>,
}

/// Fetches every item of the case that was not fetched yet, in the background.
pub(super) fn start(world: &Shared, settings: Settings, case_ref: String) {
    let world = world.clone();
    tokio::spawn(async move {
        if let Err(problem) = fetch_all(&world, &settings, &case_ref).await {
            hold(&world.partner_app).cases.entry(case_ref).or_default().problems.push(problem.to_string());
        }
    });
}

async fn fetch_all(world: &World, settings: &Settings, case_ref: &str) -> Result<(), FetchProblem> {
    let url = settings.client.endpoint(&format!("v1/cases/{case_ref}/items"));
    let list = get(world, settings, url, LARGEST_LIST_BYTES).await?;
    let list: ItemList = serde_json::from_slice(&list).map_err(|_| FetchProblem::Form)?;
    for head in list.items {
        let known = {
            let book = hold(&world.partner_app);
            book.cases.get(case_ref).is_some_and(|case| case.items.contains_key(&head.item_id))
        };
        if known {
            continue;
        }
        let url = settings.client.endpoint(&format!("v1/items/{}/content", head.item_id));
        let content = get(world, settings, url, LARGEST_ITEM_BYTES).await?;
        let item = checked(head, &content, world.now());
        let mut book = hold(&world.partner_app);
        book.cases.entry(case_ref.to_owned()).or_default().items.insert(item.item_id.clone(), item);
    }
    Ok(())
}

fn checked(head: ItemHead, content: &[u8], fetched_at: mpp_core::Timestamp) -> FetchedItem {
    let sha256 = hex::encode(Sha256::digest(content));
    FetchedItem {
        as_announced: sha256.eq_ignore_ascii_case(&head.sha256) && content.len() == head.size,
        item_id: head.item_id,
        source: head.source,
        label: head.label,
        content_type: head.content_type,
        sha256,
        size_bytes: content.len(),
        sealed_by: head.sealed_by,
        fetched_at,
    }
}

async fn get(
    world: &World,
    settings: &Settings,
    url: Url,
    limit_bytes: usize,
) -> Result<Bytes, FetchProblem> {
    let response = world.surroundings.transport.send(authorised(Request::get(url), settings)?).await?;
    if !response.status.is_success() {
        return Err(FetchProblem::Status(response.status));
    }
    Ok(response.collect(limit_bytes).await?)
}

fn authorised(request: Request, settings: &Settings) -> Result<Request, FetchProblem> {
    let value =
        HeaderValue::from_str(&format!("Bearer {}", settings.api_key)).map_err(|_| FetchProblem::Form)?;
    Ok(request.with_header(HeaderName::from_static("authorization"), value))
}

/// Asks the client server for a customer's consent; its answer as it came. The case reference doubles as the
/// idempotency key, so that pressing the button twice starts one case.
pub(super) async fn request_consent(
    world: &World,
    settings: &Settings,
    case_ref: &str,
    form: &Value,
) -> Result<(StatusCode, Value), String> {
    send_request(world, settings, case_ref, form).await.map_err(|problem| problem.to_string())
}

async fn send_request(
    world: &World,
    settings: &Settings,
    case_ref: &str,
    form: &Value,
) -> Result<(StatusCode, Value), FetchProblem> {
    let key = HeaderValue::from_str(&format!("case-{case_ref}")).map_err(|_| FetchProblem::Form)?;
    let request = Request::post(settings.client.endpoint("v1/consent-requests"))
        .with_header(HeaderName::from_static("content-type"), HeaderValue::from_static("application/json"))
        .with_header(HeaderName::from_static("idempotency-key"), key)
        .with_body(form.to_string());
    let response = world.surroundings.transport.send(authorised(request, settings)?).await?;
    let status = response.status;
    let body = response.collect(LARGEST_LIST_BYTES).await?;
    let answer = serde_json::from_slice(&body).map_err(|_| FetchProblem::Form)?;
    Ok((status, answer))
}

//! Where central pushes notifications (Standard Webhooks).

use axum::body::Bytes;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use mpp_crypto::webhook::WebhookHeaders;

use super::refusals::refusal;
use super::routes::AppState;
use crate::http::Refusal;

/// `POST /v1/notifications`: repeats are answered like first ones, for central must stop repeating.
pub(super) async fn take(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let headers = webhook_headers(&headers).ok_or_else(Refusal::unauthenticated)?;
    state.service.take_push(&headers, &body).await.map_err(|error| refusal(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

fn webhook_headers(headers: &HeaderMap) -> Option<WebhookHeaders> {
    let single = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?.to_str().ok()?.to_owned();
        values.next().is_none().then_some(first)
    };
    Some(WebhookHeaders {
        id: single("webhook-id")?,
        timestamp: single("webhook-timestamp")?,
        signature: single("webhook-signature")?,
    })
}

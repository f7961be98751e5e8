//! Where central pushes notifications (Standard Webhooks).

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request, State};
use axum::response::NoContent;
use http::HeaderMap;
use mpp_crypto::webhook::WebhookHeaders;

use super::refusals::refusal;
use super::routes::AppState;
use crate::http::Refusal;

/// `POST /v1/notifications`: repeats are answered like first ones, for central must stop repeating.
pub(super) async fn take(
    State(state): State<AppState>,
    headers: HeaderMap,
    SignedBody(body): SignedBody,
) -> Result<NoContent, Refusal> {
    let headers = webhook_headers(&headers).ok_or_else(Refusal::unauthenticated)?;
    state.service.take_push(&headers, &body).await.map_err(|error| refusal(&error))?;
    Ok(NoContent)
}

/// A notification in the bytes that are signed.
pub(super) struct SignedBody(Bytes);

impl<S: Send + Sync> FromRequest<S> for SignedBody {
    type Rejection = BytesRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, BytesRejection> {
        Bytes::from_request(request, state).await.map(Self)
    }
}

#[cfg(feature = "openapi")]
impl crate::openapi::Input for SignedBody {
    fn describe(operation: &mut crate::openapi::Operation<'_>) {
        operation.takes::<mpp_api::central::Notification>();
    }
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

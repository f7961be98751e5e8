//! Forms whose refusals are problem documents that never repeat what was sent: some standards want them.

use axum::extract::{FromRequest, Request};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use super::Refusal;

/// A request body of `application/x-www-form-urlencoded`.
#[derive(Debug, Clone, Copy)]
pub struct FormBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for FormBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let read = axum::Form::<T>::from_request(request, state).await;
        read.map(|axum::Form(form)| Self(form)).map_err(|rejection| {
            let too_large = rejection.into_response().status() == http::StatusCode::PAYLOAD_TOO_LARGE;
            let what =
                if too_large { "is too large" } else { "is not a form, or has a missing or wrong member" };
            Refusal::invalid_request(format!("the body {what}"))
        })
    }
}

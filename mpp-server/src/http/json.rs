//! JSON bodies whose refusals are problem documents that never repeat what was sent.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::Refusal;

/// A JSON request body.
#[derive(Debug, Clone, Copy)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Refusal::invalid_request("the body is too large or did not arrive whole"))?;
        let bytes: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        serde_json::from_slice(bytes).map(Self).map_err(|error| Refusal::invalid_request(place_of(&error)))
    }
}

/// Where the body is wrong, without any of its content.
fn place_of(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Io | Category::Eof => "ends too early",
        Category::Syntax => "is not JSON",
        Category::Data => "has a missing, unknown or wrong member",
    };
    format!("the body {what} at line {}, column {}", error.line(), error.column())
}

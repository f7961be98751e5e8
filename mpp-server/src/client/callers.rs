//! Who calls: partner applications by bearer keys.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use mpp_services::client::Application;

use super::refusals::refusal;
use super::routes::AppState;
use crate::http::{CallerName, Refusal, bearer_key};

/// The partner application that calls.
#[derive(Debug, Clone)]
pub(super) struct ApplicationCaller(pub(super) Application);

/// Middleware: lets partner applications through.
pub(super) async fn require_application(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(key) = bearer_key(request.headers()) else { return Refusal::unauthenticated().into_response() };
    match state.service.application(key.secret()).await {
        Ok(application) => {
            request
                .extensions_mut()
                .insert(CallerName::new(format_args!("application/{}", application.key())));
            request.extensions_mut().insert(ApplicationCaller(application));
            next.run(request).await
        }
        Err(error) => refusal(&error).into_response(),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ApplicationCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Refusal::unauthenticated)
    }
}

#[cfg(feature = "openapi")]
impl crate::openapi::Input for ApplicationCaller {}

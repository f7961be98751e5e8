//! Who calls, and whether they may.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use mpp_staff::{Action, Person, StaffError};

use super::{Reception, refusal};
use crate::http::{CallerName, Refusal, bearer_key};

/// The member of staff who calls; was let through by [`require`].
#[derive(Debug, Clone)]
pub(crate) struct StaffCaller(pub(crate) Person);

impl<S: Send + Sync> FromRequestParts<S> for StaffCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Refusal::unauthenticated)
    }
}

/// Middleware: lets staff through whose roles allow the action.
pub(crate) async fn require(
    State((reception, action)): State<(Reception, Action)>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(key) = bearer_key(request.headers()) else { return Refusal::unauthenticated().into_response() };
    let person = match reception.person(key.secret()).await {
        Ok(person) => person,
        Err(error) => return refusal(&error).into_response(),
    };
    if let Err(denied) = person.require(action) {
        return refusal(&StaffError::from(denied)).into_response();
    }
    // sessions of one person share their idempotency keys; configured keys keep the name they always had
    let called = if person.session.is_some() { "person" } else { reception.called };
    request.extensions_mut().insert(CallerName::new(format_args!("{called}/{}", person.id)));
    request.extensions_mut().insert(StaffCaller(person));
    next.run(request).await
}

#[cfg(feature = "openapi")]
impl crate::openapi::Input for StaffCaller {}

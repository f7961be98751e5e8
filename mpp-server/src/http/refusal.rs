//! Refusals leave as RFC 9457 problem documents.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use mpp_api::{PROBLEM_MEDIA_TYPE, Problem};

/// A handler's refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub Problem);

impl Refusal {
    /// A refusal with a status, a stable code and a sentence for people.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, title: &str) -> Self {
        Self(Problem::new(status.as_u16(), code, title))
    }

    /// The caller did not prove who it is. Which part of the proof failed is not told.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "The caller did not prove who it is")
    }

    /// There is no such thing, or not for this caller.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is no such thing, or not for this caller")
    }

    /// The request is not what the interface asks for.
    #[must_use]
    pub fn invalid_request(detail: impl Into<String>) -> Self {
        let refusal = Self::new(StatusCode::BAD_REQUEST, "invalid_request", "The request is not valid");
        Self(refusal.0.with_detail(detail))
    }

    /// Something went wrong on this side; the log knows what.
    #[must_use]
    pub fn internal() -> Self {
        let title = "The server could not do this; try again later";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", title)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self.0)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

//! The errors of ReBIT (account-aggregator.md §6.4), each with its HTTP status.

use axum::http::StatusCode;

/// A refusal as ReBIT words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: &'static str,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code: code.to_owned(), message }
    }

    /// 400 with a code of its own.
    pub(crate) fn bad(code: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 400 `InvalidRequest`.
    pub(crate) fn invalid(message: &'static str) -> Self {
        Self::bad("InvalidRequest", message)
    }

    /// 401 `Unauthorized`.
    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "The API key is missing or not valid")
    }

    /// 401 with a code of its own.
    pub(crate) fn unauthorized_as(code: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }

    /// 400 `SignatureDoesNotMatch`.
    pub(crate) fn signature() -> Self {
        Self::bad("SignatureDoesNotMatch", "The signature is missing or does not match the body")
    }

    /// 403 with a code of its own.
    pub(crate) fn forbidden(code: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// 404 with a code of its own.
    pub(crate) fn not_found(code: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 409 `IdempotencyError`.
    pub(crate) fn idempotency() -> Self {
        Self::new(StatusCode::CONFLICT, "IdempotencyError", "The txnid was used for another request")
    }

    /// 410 `DataGone`.
    pub(crate) fn gone() -> Self {
        Self::new(StatusCode::GONE, "DataGone", "The data of this session has been deleted")
    }

    /// 503 `ServiceUnavailable`.
    pub(crate) fn unavailable(message: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
    }

    /// 500 `InternalError`.
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "Internal error")
    }

    /// The error a fault script asks for.
    pub(crate) fn scripted(status: u16, code: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, code: code.to_owned(), message: "Scripted by the sandbox" }
    }
}

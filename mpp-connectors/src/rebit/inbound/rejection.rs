//! Refusals of notifications.

use http::StatusCode;
use mpp_core::TxnId;

use crate::account_aggregator::AaErrorCode;

/// A notification is refused: the specification's code, its HTTP status and words without any personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} (HTTP {status}): {message}")]
pub struct Rejection {
    /// The transaction id to repeat, where the message had one.
    pub txnid: Option<TxnId>,
    /// The HTTP status.
    pub status: StatusCode,
    /// The specification's code.
    pub code: AaErrorCode,
    /// What is wrong.
    pub message: &'static str,
}

impl Rejection {
    const fn new(txnid: Option<TxnId>, status: StatusCode, code: AaErrorCode, message: &'static str) -> Self {
        Self { txnid, status, code, message }
    }

    pub(super) const fn bad(txnid: Option<TxnId>, code: AaErrorCode, message: &'static str) -> Self {
        Self::new(txnid, StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) const fn invalid_request(txnid: Option<TxnId>, message: &'static str) -> Self {
        Self::bad(txnid, AaErrorCode::InvalidRequest, message)
    }

    pub(super) const fn unauthorized() -> Self {
        Self::new(None, StatusCode::UNAUTHORIZED, AaErrorCode::Unauthorized, "The API key is not accepted")
    }

    pub(super) const fn no_such_version(txnid: Option<TxnId>) -> Self {
        Self::new(txnid, StatusCode::NOT_FOUND, AaErrorCode::NoSuchVersion, "ver must be 2.0.0")
    }

    /// The consent id is not one of this Account Aggregator's.
    #[must_use]
    pub const fn unknown_consent(txnid: TxnId) -> Self {
        Self::bad(Some(txnid), AaErrorCode::InvalidConsentId, "No such consent")
    }

    /// The consent handle is not one of this Account Aggregator's.
    #[must_use]
    pub const fn unknown_handle(txnid: TxnId) -> Self {
        Self::invalid_request(Some(txnid), "No such consent handle")
    }

    /// The session id is not one of this Account Aggregator's.
    #[must_use]
    pub const fn unknown_session(txnid: TxnId) -> Self {
        Self::bad(Some(txnid), AaErrorCode::InvalidSessionId, "No such session")
    }

    /// An account is not one of the session's consent.
    #[must_use]
    pub const fn foreign_account(txnid: TxnId) -> Self {
        Self::invalid_request(Some(txnid), "An account does not belong to the consent")
    }

    /// The `txnid` was used before for other bytes.
    #[must_use]
    pub const fn txnid_reused(txnid: TxnId) -> Self {
        let code = AaErrorCode::IdempotencyError;
        Self::new(Some(txnid), StatusCode::CONFLICT, code, "txnid was used for another message")
    }

    /// This system failed; the caller may repeat the notification.
    #[must_use]
    pub const fn internal(txnid: Option<TxnId>) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(txnid, status, AaErrorCode::InternalError, "The notification could not be taken")
    }
}

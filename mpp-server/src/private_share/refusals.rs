//! The one map from the service's errors to HTTP.

use http::StatusCode;
use mpp_connectors::AaError;
use mpp_core::ScopeViolation;
use mpp_services::private_share::{PrivateShareError, SmsError};

use crate::http::Refusal;

/// The refusal a client sees. What is not the client's fault is logged here, once.
pub(super) fn refuse(error: PrivateShareError) -> Refusal {
    let status = status_of(&error);
    if status.is_server_error() {
        tracing::warn!(error.code = error.code(), %error, "a request could not be served");
    }
    match error {
        PrivateShareError::NotFound { .. } => Refusal::not_found(),
        PrivateShareError::Unauthenticated => Refusal::unauthenticated(),
        _ if status == StatusCode::INTERNAL_SERVER_ERROR => Refusal::internal(),
        error => Refusal::new(status, error.code(), &sentence(&error)),
    }
}

fn status_of(error: &PrivateShareError) -> StatusCode {
    use PrivateShareError as E;
    match error {
        E::TooManyLogins { .. } => StatusCode::TOO_MANY_REQUESTS,
        E::DeviceKey | E::KeyMaterial(_) | E::ReportDays => StatusCode::UNPROCESSABLE_ENTITY,
        E::Sms(SmsError::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        E::Sms(SmsError::Refused) => StatusCode::BAD_GATEWAY,
        E::WrongOtp { .. } | E::LoginLocked | E::LoginUsed => StatusCode::FORBIDDEN,
        E::LoginExpired | E::SessionOver => StatusCode::GONE,
        E::Unauthenticated => StatusCode::UNAUTHORIZED,
        E::NotFound { .. } => StatusCode::NOT_FOUND,
        E::TermsDiffer | E::InProgress | E::NotReady | E::Transition(_) => StatusCode::CONFLICT,
        E::Scope(ScopeViolation::TooFrequent { .. }) | E::Scope(_) | E::NotApproved => StatusCode::FORBIDDEN,
        E::AccountAggregator(error) => status_of_aa(error),
        E::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        E::Sealing(_) | E::Inconsistent { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        // the enum may grow: what is not known here is our own fault
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn status_of_aa(error: &AaError) -> StatusCode {
    match error {
        AaError::Refused { .. } | AaError::ConsentDiffers(_) => StatusCode::UNPROCESSABLE_ENTITY,
        AaError::Transport(_) | AaError::Unavailable { .. } | AaError::Untrusted(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        AaError::Permit(_) | AaError::Request { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn sentence(error: &PrivateShareError) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

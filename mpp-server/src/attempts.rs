//! Attempts at pushing a notification, as they are told.

use mpp_api::AttemptView;
use mpp_core::DeliveryFailure;
use mpp_services::DeliveryAttempt;

/// An attempt on the wire.
pub(crate) fn attempt_view(attempt: DeliveryAttempt) -> AttemptView {
    let (outcome, http_status) = match attempt.failure {
        None => ("delivered", None),
        Some(DeliveryFailure::Refused { status }) => ("refused", Some(status)),
        Some(DeliveryFailure::TimedOut) => ("timed_out", None),
        Some(DeliveryFailure::Unreachable) => ("unreachable", None),
        Some(DeliveryFailure::ForbiddenAddress) => ("forbidden_address", None),
    };
    AttemptView { at: attempt.at, outcome: outcome.to_owned(), http_status }
}

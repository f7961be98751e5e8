//! The one map from central's errors to HTTP.

use http::StatusCode;
use mpp_services::central::CentralError;
use mpp_store::StoreError;

use crate::http::Refusal;

/// The refusal a client sees. What is central's own fault is logged here, once, and not told.
pub(super) fn refuse(error: CentralError) -> Refusal {
    let status = status_of(&error);
    if status.is_server_error() {
        tracing::error!(error.code = error.code(), error = %chain(&error), "a request could not be served");
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return Refusal::new(status, error.code(), "The storage does not answer; try again later");
        }
        return Refusal::internal();
    }
    match error {
        CentralError::NotFound => Refusal::not_found(),
        CentralError::Invalid(what) => Refusal::invalid_request(format!("{what} is not valid")),
        CentralError::Store(StoreError::InvalidCursor) => {
            Refusal::invalid_request("the cursor is not one of this list")
        }
        error => Refusal::new(status, error.code(), &sentence(&error)),
    }
}

fn status_of(error: &CentralError) -> StatusCode {
    use CentralError as E;
    match error {
        E::NotFound | E::LinkUnknown | E::ProductUnknown => StatusCode::NOT_FOUND,
        E::Invalid(_) | E::Store(StoreError::InvalidCursor) => StatusCode::BAD_REQUEST,
        E::EnrolmentToken | E::EnrolmentProof | E::EnrolmentChallenge | E::DeviceProof => {
            StatusCode::UNAUTHORIZED
        }
        E::PartnerSuspended | E::PartnerNotEnrolled | E::PartnerKeyExpired | E::Scope(_) => {
            StatusCode::FORBIDDEN
        }
        E::KeyTaken
        | E::ProductVersionTaken
        | E::CaseRefTaken
        | E::LinkUsed
        | E::AlreadyDecided
        | E::RequestDecided
        | E::RequestExpired
        | E::ProductRetired
        | E::Transition(_)
        | E::ParcelDiffers
        | E::ParcelNotReady
        | E::UploadOffset { .. }
        | E::NotParked => StatusCode::CONFLICT,
        E::Billing(refusal) if refusal.is_conflict() => StatusCode::CONFLICT,
        E::LinkExpired | E::RequestCancelled | E::ParcelGone => StatusCode::GONE,
        E::ParcelTooLarge { .. } | E::UploadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        E::Gstin(_)
        | E::Billing(_)
        | E::Product(_)
        | E::ProductNotApproved
        | E::SourceUnknown
        | E::ParticularsMissing(_)
        | E::Approval(_)
        | E::Decision(_)
        | E::ParcelKey
        | E::UploadTruncated
        | E::UploadDigest
        | E::UploadEnvelope
        | E::SenderStatement
        | E::Acknowledgement
        | E::NotificationAddress
        | E::ContactAddress => StatusCode::UNPROCESSABLE_ENTITY,
        E::Store(_) | E::Parcels(_) => StatusCode::SERVICE_UNAVAILABLE,
        E::Inconsistent(_) | E::Crypto(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn sentence(error: &CentralError) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// The error with its causes, none of which repeats content.
fn chain(error: &CentralError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

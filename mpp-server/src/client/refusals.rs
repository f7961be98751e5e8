//! From the role's errors to HTTP.

use http::StatusCode;
use mpp_core::ApprovalError;
use mpp_services::client::{ClientError, GatewayError};
use mpp_store::StoreError;

use crate::http::Refusal;

/// The refusal for an error; what is this server's own fault is logged and not told.
pub(super) fn refusal(error: &ClientError) -> Refusal {
    let status = status(error);
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(error.code = error.code(), %error, "a request could not be served");
        return Refusal::internal();
    }
    let title = title(error);
    let refusal = Refusal::new(status, error.code(), title);
    match detail(error) {
        Some(detail) => Refusal(refusal.0.with_detail(detail)),
        None => refusal,
    }
}

const fn status(error: &ClientError) -> StatusCode {
    match error {
        ClientError::Unauthenticated => StatusCode::UNAUTHORIZED,
        ClientError::ScopeMissing(_) => StatusCode::FORBIDDEN,
        ClientError::NotFound => StatusCode::NOT_FOUND,
        ClientError::Invalid(_)
        | ClientError::ForbiddenAddress(_)
        | ClientError::Store(StoreError::InvalidCursor) => StatusCode::BAD_REQUEST,
        ClientError::Notification(_) => StatusCode::UNAUTHORIZED,
        ClientError::NotEnrolled
        | ClientError::KeysTakeTwo
        | ClientError::RotationMovedOn
        | ClientError::ProductMovedOn
        | ClientError::ProductSuperseded
        | ClientError::ProductNotApproved
        | ClientError::ProductRetired
        | ClientError::RequestDecided
        | ClientError::RequestExpired
        | ClientError::CaseRefTaken
        | ClientError::UsageLog(_)
        | ClientError::Transition(_) => StatusCode::CONFLICT,
        ClientError::Approval(ApprovalError::OwnWork) => StatusCode::FORBIDDEN,
        ClientError::Approval(_) => StatusCode::CONFLICT,
        ClientError::Product(_) | ClientError::NotNormalisable(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ClientError::DataGone => StatusCode::GONE,
        ClientError::Enrolment(_) | ClientError::Parcel(_) | ClientError::Receipt(_) => {
            StatusCode::BAD_GATEWAY
        }
        ClientError::Central(error) => central(error),
        ClientError::Jws(_)
        | ClientError::Store(_)
        | ClientError::Documents(_)
        | ClientError::Sealing(_)
        | ClientError::Inconsistent(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What central refuses because of the request is the caller's to mend; everything else is between the two servers.
const fn central(error: &GatewayError) -> StatusCode {
    match error {
        GatewayError::Refused { status: 400 | 404 | 409 | 410 | 422, .. } => StatusCode::UNPROCESSABLE_ENTITY,
        GatewayError::Refused { .. } | GatewayError::Answer => StatusCode::BAD_GATEWAY,
        GatewayError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        GatewayError::Request => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const fn title(error: &ClientError) -> &'static str {
    match error {
        ClientError::Unauthenticated => "The caller did not prove who it is",
        ClientError::ScopeMissing(_) => "This key may not do this",
        ClientError::NotFound => "There is no such thing, or not for this caller",
        ClientError::Invalid(_) | ClientError::Store(StoreError::InvalidCursor) => "The request is not valid",
        ClientError::NotEnrolled => "This server is not enrolled at central yet",
        ClientError::KeysTakeTwo => {
            "This server has keys: new ones are proposed by one person and approved by another"
        }
        ClientError::RotationMovedOn => {
            "Other new keys have been proposed meanwhile: look at the proposal again"
        }
        ClientError::Enrolment(_) => "The enrolment does not hold",
        ClientError::Product(_) => "The product cannot be offered as it stands",
        ClientError::Approval(ApprovalError::OwnWork) => "Nobody approves their own work",
        ClientError::Approval(_) | ClientError::Transition(_) => "This step does not fit the state",
        ClientError::ProductMovedOn => "Somebody else has drafted a version of this product meanwhile",
        ClientError::ProductSuperseded => "A newer version of this product is approved already",
        ClientError::ProductNotApproved => "There is no approved version of this product that central knows",
        ClientError::ProductRetired => "This product is retired; ask under another one",
        ClientError::RequestDecided => {
            "The customer has decided already; ask the customer to withdraw the consent in the app"
        }
        ClientError::RequestExpired => "The request has run out; there is nothing to take back",
        ClientError::CaseRefTaken => "This case reference belongs to another request",
        ClientError::DataGone => "The data was purged",
        ClientError::UsageLog(_) => "There is no signed log of this month",
        ClientError::NotNormalisable(_) => "The document has no normalised form; read its content instead",
        ClientError::ForbiddenAddress(_) => "Notifications may not go to this address",
        ClientError::Notification(_) => "The notification is not accepted",
        ClientError::Parcel(_) | ClientError::Receipt(_) => "Central's answer is not accepted",
        ClientError::Central(GatewayError::Unavailable) => "Central does not answer; try again later",
        ClientError::Central(_) => "Central refused",
        ClientError::Jws(_)
        | ClientError::Store(_)
        | ClientError::Documents(_)
        | ClientError::Sealing(_)
        | ClientError::Inconsistent(_) => "The server could not do this; try again later",
    }
}

/// The error's own words, where they say more than the title; they never hold data.
fn detail(error: &ClientError) -> Option<String> {
    match error {
        ClientError::ScopeMissing(_)
        | ClientError::Invalid(_)
        | ClientError::Enrolment(_)
        | ClientError::Product(_)
        | ClientError::Approval(_)
        | ClientError::NotNormalisable(_)
        | ClientError::ForbiddenAddress(_)
        | ClientError::Notification(_)
        | ClientError::UsageLog(_)
        | ClientError::Transition(_)
        | ClientError::Parcel(_)
        | ClientError::Receipt(_) => Some(with_source(error)),
        ClientError::Central(GatewayError::Refused { code, .. }) => Some(format!("central says: {code}")),
        _ => None,
    }
}

fn with_source(error: &ClientError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(current) = cause {
        text.push_str(": ");
        text.push_str(&current.to_string());
        cause = current.source();
    }
    text
}

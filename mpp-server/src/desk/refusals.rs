//! Errors of the desk as answers.

use http::StatusCode;
use mpp_core::Fault;
use mpp_staff::{ExportRefused, PasskeyRefused, SignOnRefused, StaffError};
use mpp_store::ParcelBytesError;

use crate::http::Refusal;

/// The answer for an error; what only this side need know goes into the log.
pub(crate) fn refusal(error: &StaffError) -> Refusal {
    let status = match error {
        StaffError::WrongCredentials | StaffError::Unauthenticated => StatusCode::UNAUTHORIZED,
        StaffError::Locked { .. } => StatusCode::TOO_MANY_REQUESTS,
        StaffError::NotAllowed(_) => StatusCode::FORBIDDEN,
        StaffError::InvitationUnknown | StaffError::NotFound => StatusCode::NOT_FOUND,
        StaffError::NameTaken
        | StaffError::Oneself
        | StaffError::RolesMovedOn
        | StaffError::TooManyViews
        | StaffError::ViewNameTaken => StatusCode::CONFLICT,
        StaffError::WrongCode
        | StaffError::WrongPassword
        | StaffError::WeakPassword
        | StaffError::NameUnusable => StatusCode::UNPROCESSABLE_ENTITY,
        StaffError::Invalid(_) => StatusCode::BAD_REQUEST,
        StaffError::Passkey(refused) => of_passkey(*refused),
        StaffError::SignOn(SignOnRefused::Taken | SignOnRefused::Shut) => StatusCode::CONFLICT,
        StaffError::SignOn(SignOnRefused::NoticeRepeated) => StatusCode::BAD_REQUEST,
        StaffError::SignOn(_) => StatusCode::UNAUTHORIZED,
        StaffError::Export(ExportRefused::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        StaffError::Export(_) => StatusCode::CONFLICT,
        StaffError::Files(ParcelBytesError::NoSuchParcel { .. } | ParcelBytesError::Erased { .. }) => {
            return Refusal::not_found();
        }
        StaffError::Store(_) | StaffError::Vault(_) | StaffError::Files(_) | StaffError::Crypto(_) => {
            return of_store(error);
        }
    };
    match error {
        StaffError::Unauthenticated => Refusal::unauthenticated(),
        StaffError::NotFound => Refusal::not_found(),
        StaffError::Locked { until } => {
            let detail = format!("again from {until} on");
            Refusal(
                Refusal::new(status, error.code(), "Too many failures under this name").0.with_detail(detail),
            )
        }
        _ => Refusal::new(status, error.code(), &capital(&error.to_string())),
    }
}

const fn of_passkey(refused: PasskeyRefused) -> StatusCode {
    match refused {
        PasskeyRefused::NotAccepted | PasskeyRefused::CountsBack => StatusCode::UNAUTHORIZED,
        PasskeyRefused::Unusable => StatusCode::UNPROCESSABLE_ENTITY,
        PasskeyRefused::Off | PasskeyRefused::TooLate | PasskeyRefused::Known | PasskeyRefused::TooMany => {
            StatusCode::CONFLICT
        }
    }
}

fn of_store(error: &StaffError) -> Refusal {
    if error.fault() == Fault::Caller {
        return Refusal::new(StatusCode::CONFLICT, error.code(), "Somebody else changed this meanwhile");
    }
    tracing::error!(%error, "the desk could not do what was asked");
    Refusal::internal()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

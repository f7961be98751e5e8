//! Why sharing did not work, in words for the customer.

use mpp_api::ApiError;
use mpp_core::{Fault, Persistence};
use mpp_crypto::envelope::EnvelopeError;

use crate::artefact::ArtefactFault;
use crate::folder::FolderError;
use crate::private_files::PrivateFileError;

/// Sharing, or logging in to share, did not work. `Display` gives a sentence that can be shown to the customer;
/// nothing in it is personal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// There is no login session, or it is over.
    #[error("Please log in with your mobile number first.")]
    LogInFirst,
    /// The code was wrong.
    #[error("That code is not right. Please check the SMS and try again.")]
    WrongCode,
    /// The login is over: too many wrong codes, or too late.
    #[error("That code can no longer be used. Please ask for a new one.")]
    NewCodeNeeded,
    /// The customer closed the approval.
    #[error("You closed the approval. Nothing was shared.")]
    Cancelled,
    /// The customer said no at the Account Aggregator.
    #[error("You did not approve the request. Nothing was shared.")]
    Refused,
    /// The customer did not decide in time.
    #[error("The approval was not given in time. Nothing was shared; you can try again.")]
    NotApprovedInTime,
    /// The consent is paused.
    #[error("Your consent is paused. Resume it to share data.")]
    ConsentPaused,
    /// The consent is withdrawn or has run out.
    #[error("Your consent has ended. Nothing more is shared under it.")]
    ConsentEnded,
    /// The consent allows no further fetch.
    #[error("Your data was already shared as often as you agreed to.")]
    AlreadyShared,
    /// The Account Aggregator could not complete the consent.
    #[error("The Account Aggregator could not complete your approval. Please try again.")]
    ConsentFailed,
    /// What the Account Aggregator signed is not what was asked for.
    #[error("The approval that came back is not what was asked for ({0}), so nothing was shared.")]
    ConsentNotTrusted(ArtefactFault),
    /// No data came in time.
    #[error("Your bank did not answer in time. You can try again.")]
    NoDataInTime,
    /// No account could be delivered.
    #[error("None of your accounts could be delivered. You can try again.")]
    NoData,
    /// The service refused.
    #[error("The request was not accepted: {said}.")]
    NotAccepted {
        /// The service's stable code.
        code: String,
        /// Why, in the service's words.
        said: String,
    },
    /// The service or the network does not answer.
    #[error("There is no connection at the moment. You can try again.")]
    NoConnection(#[source] ApiError),
    /// The service's answer makes no sense.
    #[error("The service gave an answer that cannot be used.")]
    UnusableAnswer,
    /// The device cannot keep files.
    #[error("Your device could not keep the data safely. Is there enough free storage?")]
    Device(#[from] PrivateFileError),
    /// The partner's key cannot be sealed to.
    #[error("The data could not be sealed for the recipient.")]
    Sealing(#[from] EnvelopeError),
}

impl ShareError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::LogInFirst => "log_in_first",
            Self::WrongCode => "wrong_code",
            Self::NewCodeNeeded => "new_code_needed",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
            Self::NotApprovedInTime => "not_approved_in_time",
            Self::ConsentPaused => "consent_paused",
            Self::ConsentEnded => "consent_ended",
            Self::AlreadyShared => "already_shared",
            Self::ConsentFailed => "consent_failed",
            Self::ConsentNotTrusted(_) => "consent_not_trusted",
            Self::NoDataInTime => "no_data_in_time",
            Self::NoData => "no_data",
            Self::NotAccepted { code, .. } => code,
            Self::NoConnection(_) => "no_connection",
            Self::UnusableAnswer => "unusable_answer",
            Self::Device(_) => "device",
            Self::Sealing(_) => "sealing",
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::WrongCode
            | Self::Cancelled
            | Self::NotApprovedInTime
            | Self::ConsentPaused
            | Self::ConsentFailed
            | Self::NoDataInTime
            | Self::NoData => Persistence::Temporary,
            Self::NoConnection(error) => error.persistence(),
            Self::Device(error) => error.persistence(),
            Self::LogInFirst
            | Self::NewCodeNeeded
            | Self::Refused
            | Self::ConsentEnded
            | Self::AlreadyShared
            | Self::ConsentNotTrusted(_)
            | Self::NotAccepted { .. }
            | Self::UnusableAnswer
            | Self::Sealing(_) => Persistence::Permanent,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::LogInFirst
            | Self::WrongCode
            | Self::NewCodeNeeded
            | Self::Cancelled
            | Self::Refused
            | Self::NotApprovedInTime
            | Self::ConsentPaused
            | Self::ConsentEnded
            | Self::AlreadyShared
            | Self::NotAccepted { .. } => Fault::Caller,
            Self::ConsentFailed
            | Self::ConsentNotTrusted(_)
            | Self::NoDataInTime
            | Self::NoData
            | Self::NoConnection(_)
            | Self::UnusableAnswer => Fault::Peer,
            Self::Device(_) | Self::Sealing(_) => Fault::Ourselves,
        }
    }
}

impl From<FolderError> for ShareError {
    fn from(error: FolderError) -> Self {
        Self::Device(error.into())
    }
}

impl From<ApiError> for ShareError {
    fn from(error: ApiError) -> Self {
        let code = error.code().map(str::to_owned);
        let is_final = error.persistence() == Persistence::Permanent;
        match (code.as_deref(), error) {
            (Some("unauthenticated"), _) => Self::LogInFirst,
            (Some("wrong_otp"), _) => Self::WrongCode,
            (Some("login_locked" | "login_expired" | "login_used"), _) => Self::NewCodeNeeded,
            (Some("consent_paused"), _) => Self::ConsentPaused,
            (Some("consent_revoked" | "consent_expired"), _) => Self::ConsentEnded,
            (Some("consent_already_used" | "too_frequent"), _) => Self::AlreadyShared,
            (Some("consent_differs"), _) => Self::ConsentNotTrusted(ArtefactFault::Wider),
            (Some("data_session_over"), _) => Self::NoData,
            (Some(code), ApiError::Refused(problem)) if is_final => {
                Self::NotAccepted { code: code.to_owned(), said: in_sentence(&problem.title) }
            }
            (None, ApiError::Answer { .. }) => Self::UnusableAnswer,
            (_, error) => Self::NoConnection(error),
        }
    }
}

/// A sentence as the end of another one.
fn in_sentence(text: &str) -> String {
    let mut characters = text.trim().trim_end_matches('.').chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

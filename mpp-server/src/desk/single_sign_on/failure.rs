//! What goes wrong between the server and the provider, and what callers are told of it.

use http::StatusCode;
use mpp_staff::{SignOnRefused, StaffError};
use mpp_transport::TransportError;
use openidconnect::{ClaimsVerificationError, SignatureVerificationError};

use crate::desk::refusal;
use crate::http::Refusal;

/// Why a sign-in through the provider fails. Texts hold nothing of what the provider said.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignOnFailure {
    /// The configuration names no provider.
    #[error("no provider is configured")]
    NotConfigured,
    /// The provider cannot be reached or breaks off.
    #[error("the provider does not answer")]
    Silent(#[source] TransportError),
    /// The provider answers, but not as one that can be used.
    #[error("the provider's answer cannot be used: {0}")]
    Unusable(&'static str),
    /// The person, or the provider, ended it there.
    #[error("the sign-in was ended at the provider")]
    Cancelled,
    /// The provider sent the person back with an error.
    #[error("the provider refused the sign-in")]
    Refused,
    /// The provider does not take the code: it was used or is too old.
    #[error("the provider does not take the code")]
    CodeRefused,
    /// The answer came from another provider.
    #[error("the answer comes from another provider")]
    OtherIssuer,
    /// The identity token is not one to believe.
    #[error("the identity token is not to be believed: {0}")]
    Token(BadToken),
    /// The desk refuses.
    #[error(transparent)]
    Desk(#[from] StaffError),
}

/// Why a notice of a sign-out is not taken. Texts hold nothing of what it said.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoticeFailure {
    /// The configuration names no provider.
    #[error("no provider is configured")]
    NotConfigured,
    /// As far as can be seen it is not the provider's.
    #[error("the notice is not the provider's: {0}")]
    Unproved(BadToken),
    /// The provider signed it, but not as a notice that may be believed.
    #[error("the notice is not to be believed: {0}")]
    Unfit(BadToken),
    /// The provider's keys cannot be had.
    #[error("the provider's keys cannot be had")]
    Unchecked(#[source] SignOnFailure),
    /// They could not be had a moment ago either.
    #[error("the provider was asked for its keys a moment ago")]
    AskedAMomentAgo,
    /// The desk refuses.
    #[error(transparent)]
    Desk(#[from] StaffError),
}

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadToken {
    /// There is none.
    #[error("there is none")]
    Missing,
    /// It is too old, or was made too long ago or in the future.
    #[error("expired")]
    Expired,
    /// It was made for another sign-in.
    #[error("nonce")]
    Nonce,
    /// It was made by another provider.
    #[error("issuer")]
    Issuer,
    /// It was made for another server.
    #[error("audience")]
    Audience,
    /// Its signature was made with a key the provider does not show.
    #[error("unknown key")]
    UnknownKey,
    /// Its signature is wrong, missing, or of a kind that is not taken.
    #[error("signature")]
    Signature,
    /// It was not made to tell of a sign-out.
    #[error("purpose")]
    Purpose,
    /// Anything else.
    #[error("form")]
    Form,
}

impl From<&ClaimsVerificationError> for BadToken {
    fn from(error: &ClaimsVerificationError) -> Self {
        use ClaimsVerificationError as Error;
        match error {
            Error::Expired(_) => Self::Expired,
            Error::InvalidNonce(_) => Self::Nonce,
            Error::InvalidIssuer(_) => Self::Issuer,
            Error::InvalidAudience(_) => Self::Audience,
            Error::SignatureVerification(SignatureVerificationError::NoMatchingKey) => Self::UnknownKey,
            Error::SignatureVerification(_) => Self::Signature,
            _ => Self::Form,
        }
    }
}

impl From<SignOnRefused> for SignOnFailure {
    fn from(refused: SignOnRefused) -> Self {
        Self::Desk(refused.into())
    }
}

impl From<SignOnFailure> for Refusal {
    fn from(failure: SignOnFailure) -> Self {
        use SignOnFailure as Failure;
        if matches!(failure, Failure::Silent(_) | Failure::Unusable(_) | Failure::Token(_)) {
            // the operator has to know; nothing of the person or of the provider's words is in it
            tracing::warn!(error = %failure, "a sign-in through the provider failed");
        }
        // a failure of the provider is none of this server: callers may not take it for one
        let (status, code, title) = match &failure {
            Failure::NotConfigured => {
                (StatusCode::NOT_FOUND, "sign_on_not_configured", "No provider is configured")
            }
            Failure::Silent(_) => {
                (StatusCode::FAILED_DEPENDENCY, "sign_on_provider_silent", "The provider does not answer")
            }
            Failure::Unusable(_) => {
                (StatusCode::FAILED_DEPENDENCY, "sign_on_provider_unusable", "The provider cannot be used")
            }
            Failure::Cancelled => (StatusCode::UNAUTHORIZED, "sign_on_cancelled", "Ended at the provider"),
            Failure::Refused => {
                (StatusCode::UNAUTHORIZED, "sign_on_provider_refused", "The provider refused")
            }
            Failure::CodeRefused => {
                (StatusCode::UNAUTHORIZED, "sign_on_code_refused", "The provider does not take the code")
            }
            Failure::OtherIssuer => {
                (StatusCode::UNAUTHORIZED, "sign_on_other_issuer", "The answer comes from another provider")
            }
            Failure::Token(BadToken::Expired) => {
                (StatusCode::UNAUTHORIZED, "sign_on_expired", "The provider's answer is too old")
            }
            Failure::Token(_) => {
                (StatusCode::UNAUTHORIZED, "sign_on_proof_invalid", "The provider's answer proves nothing")
            }
            Failure::Desk(error) => return refusal(error),
        };
        Self::new(status, code, title)
    }
}

impl From<NoticeFailure> for Refusal {
    fn from(failure: NoticeFailure) -> Self {
        use NoticeFailure as Failure;
        match &failure {
            // anybody can send these, as often as they like
            Failure::NotConfigured | Failure::Unproved(_) | Failure::AskedAMomentAgo => {
                tracing::debug!(error = %failure, "a notice of a sign-out was not taken");
            }
            Failure::Unfit(_) | Failure::Unchecked(_) => {
                tracing::warn!(error = %failure, "a notice of a sign-out at the provider was not taken");
            }
            Failure::Desk(_) => {}
        }
        // whatever went wrong, the standard wants 400
        match failure {
            Failure::NotConfigured => SignOnFailure::NotConfigured.into(),
            Failure::Unproved(_) | Failure::Unfit(_) => {
                Self::new(StatusCode::BAD_REQUEST, "sign_out_notice_invalid", "The notice proves nothing")
            }
            Failure::Unchecked(_) | Failure::AskedAMomentAgo => Self::new(
                StatusCode::BAD_REQUEST,
                "sign_out_notice_unchecked",
                "The notice cannot be checked: the provider's keys cannot be had",
            ),
            Failure::Desk(error) => refusal(&error),
        }
    }
}

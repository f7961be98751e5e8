//! Why a call to an Account Aggregator failed.

use std::fmt;

use http::StatusCode;
use mpp_core::{Fault, Persistence};
use mpp_transport::TransportError;
use serde::{Deserialize, Serialize};

use crate::persistence_of;

/// A call to an Account Aggregator failed.
#[derive(Debug, thiserror::Error)]
pub enum AaError {
    /// No answer came.
    #[error("no answer from the Account Aggregator")]
    Transport(#[from] TransportError),
    /// The Account Aggregator refused, in an answer that is provably its own.
    #[error("the Account Aggregator refused: {code} (HTTP {status})")]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The specification's error code.
        code: AaErrorCode,
    },
    /// Something between us and the Account Aggregator, or its front, answered that it cannot serve.
    #[error("the Account Aggregator is not available (HTTP {status})")]
    Unavailable {
        /// The HTTP status.
        status: StatusCode,
    },
    /// An answer came that cannot be believed or understood.
    #[error("the answer cannot be trusted: {0}")]
    Untrusted(AnswerDefect),
    /// The consent is not what was asked for.
    #[error("the consent differs from what was asked: {0}")]
    ConsentDiffers(TermsDefect),
    /// The permit does not allow the fetch.
    #[error("the permit does not allow this fetch: {0}")]
    Permit(PermitDefect),
    /// The request could not be made or signed.
    #[error("the request could not be made: {reason}")]
    Request {
        /// What is wrong, without any part of the request.
        reason: &'static str,
    },
}

impl AaError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Transport(error) => persistence_of(error),
            Self::Refused { code, status } if code.is_temporary() || status.is_server_error() => {
                Persistence::Temporary
            }
            // A damaged answer may come whole the next time, and an unknown key may be known by then.
            Self::Unavailable { .. } | Self::Untrusted(_) => Persistence::Temporary,
            Self::Refused { .. } | Self::ConsentDiffers(_) | Self::Permit(_) | Self::Request { .. } => {
                Persistence::Permanent
            }
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Refused { code, .. } if code.blames_caller() => Fault::Caller,
            Self::Transport(_)
            | Self::Refused { .. }
            | Self::Unavailable { .. }
            | Self::Untrusted(_)
            | Self::ConsentDiffers(_) => Fault::Peer,
            Self::Permit(_) => Fault::Caller,
            Self::Request { .. } => Fault::Ourselves,
        }
    }

    /// The Account Aggregator's code, when it refused.
    #[must_use]
    pub const fn code(&self) -> Option<AaErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }
}

/// Why an answer cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AnswerDefect {
    /// It has no signature, or one that does not hold, by whatever key.
    #[error("its signature does not hold")]
    Signature,
    /// Its body is larger than any answer may be.
    #[error("it is too large")]
    TooLarge,
    /// Its body is not the JSON of the specification.
    #[error("its body is not what the specification says")]
    Unreadable,
    /// It is of another version of the specification.
    #[error("its version is not 2.0.0")]
    Version,
    /// Its timestamp is not of now.
    #[error("its timestamp is more than 15 minutes away")]
    Timestamp,
    /// It answers another request.
    #[error("its transaction id is another request's")]
    TxnId,
    /// It is about another handle, consent, session or customer.
    #[error("it is about something else than was asked")]
    Subject,
    /// The signed consent in it is not signed by the Account Aggregator.
    #[error("the signed consent's signature does not hold")]
    SignedConsent,
}

/// In which way a consent is not what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", self.words())]
pub enum TermsDefect {
    /// Somebody else receives the data.
    Consumer,
    /// It is another Account Aggregator's.
    Provider,
    /// It is another customer's.
    Customer,
    /// It starts earlier or ends later.
    Validity,
    /// It allows another use.
    Mode,
    /// It allows more fetches.
    FetchType,
    /// It covers further parts of the data.
    ConsentTypes,
    /// It covers further kinds of data, or accounts of such kinds.
    FiTypes,
    /// It is for another purpose.
    Purpose,
    /// It reaches further.
    Range,
    /// It lets the data be kept longer.
    DataLife,
    /// It allows more frequent fetches.
    Frequency,
    /// It lacks a filter that was asked for.
    DataFilter,
}

impl TermsDefect {
    const fn words(self) -> &'static str {
        match self {
            Self::Consumer => "another recipient",
            Self::Provider => "another Account Aggregator",
            Self::Customer => "another customer",
            Self::Validity => "it holds longer",
            Self::Mode => "another mode of use",
            Self::FetchType => "more fetches",
            Self::ConsentTypes => "further parts of the data",
            Self::FiTypes => "further kinds of data",
            Self::Purpose => "another purpose",
            Self::Range => "a wider data range",
            Self::DataLife => "a longer data life",
            Self::Frequency => "more frequent fetches",
            Self::DataFilter => "a filter is missing",
        }
    }
}

/// Why a permit does not allow a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PermitDefect {
    /// It is no longer good.
    #[error("it has lapsed")]
    Lapsed,
    /// It is for another source.
    #[error("it is for another source")]
    Source,
    /// It is for another consent.
    #[error("it is for another consent")]
    Consent,
    /// It is for a narrower range.
    #[error("it is for a narrower range")]
    Range,
}

/// An error code of the specification (account-aggregator.md §6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the specification's own and say it")]
pub enum AaErrorCode {
    InvalidRequest,
    #[serde(rename = "InvalidURI")]
    InvalidUri,
    InvalidSecurity,
    SignatureDoesNotMatch,
    InvalidCustomerAddress,
    InvalidConsentPurpose,
    InvalidConsentHandle,
    InvalidConsentId,
    InvalidConsentStatus,
    InvalidConsentDetail,
    InvalidConsentUse,
    InvalidKey,
    InvalidDateRange,
    InvalidSessionId,
    InvalidSessionStatus,
    #[serde(rename = "InvalidFIPId")]
    InvalidFipId,
    InvalidNotifier,
    #[serde(rename = "InvalidFIStatus")]
    InvalidFiStatus,
    #[serde(rename = "InvalidFIStatusNotification")]
    InvalidFiStatusNotification,
    InvalidLinkRefNumber,
    InvalidLinkToken,
    Unauthorized,
    LinkTokenExpired,
    ConsentExpired,
    ConsentRevoked,
    ConsentPaused,
    DataFetchRequestInProgress,
    NoSuchVersion,
    NoDataFound,
    ExpiredKeyMaterial,
    CannotIdentifyCustomer,
    #[serde(rename = "UnsupportedFIType")]
    UnsupportedFiType,
    NoAccountsFound,
    AccountNotFound,
    IdempotencyError,
    DataGone,
    PreconditionFailed,
    InternalError,
    NotImplemented,
    ServiceUnavailable,
    /// A code the specification does not know.
    #[serde(other)]
    Unlisted,
}

impl AaErrorCode {
    /// Whether the same request may be granted later.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::DataFetchRequestInProgress
                | Self::NoDataFound
                | Self::ConsentPaused
                | Self::InternalError
                | Self::ServiceUnavailable
        )
    }

    const fn blames_caller(self) -> bool {
        !matches!(
            self,
            Self::InternalError | Self::ServiceUnavailable | Self::NotImplemented | Self::Unlisted
        )
    }
}

impl fmt::Display for AaErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

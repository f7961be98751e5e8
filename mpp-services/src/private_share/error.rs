//! Why the private share service does not do what it was asked.

use mpp_connectors::AaError;
use mpp_core::{Fault, InvalidTransition, Persistence, ScopeViolation, Timestamp};
use mpp_crypto::rebit::RebitError;
use mpp_store::{StoreError, VaultError};

use super::sms::SmsError;

/// The private share service refused, or could not do, what it was asked. Texts hold nothing personal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateShareError {
    /// Too many codes were asked for one number.
    #[error("too many codes were sent to this number; ask again after {again_at}")]
    TooManyLogins {
        /// When a code can be asked for again.
        again_at: Timestamp,
    },
    /// The device's key is not one that can sign.
    #[error("the device key cannot be used")]
    DeviceKey,
    /// The SMS with the code could not be sent.
    #[error("the SMS with the code could not be sent")]
    Sms(#[from] SmsError),
    /// The code is wrong.
    #[error("the code is wrong; {tries_left} more tries")]
    WrongOtp {
        /// How many tries are left.
        tries_left: u8,
    },
    /// The code was wrong too often.
    #[error("the code was wrong too often; ask for a new one")]
    LoginLocked,
    /// The code was not given in time.
    #[error("the code is no longer good; ask for a new one")]
    LoginExpired,
    /// The code was used already.
    #[error("the code was used already; ask for a new one")]
    LoginUsed,
    /// The session key is unknown or no longer good.
    #[error("log in first")]
    Unauthenticated,
    /// There is no such thing, or it belongs to somebody else.
    #[error("there is no such {what}")]
    NotFound {
        /// What was asked for: `login`, `consent`, `data session`.
        what: &'static str,
    },
    /// The name was used for a consent with other terms.
    #[error("a consent of this name has other terms")]
    TermsDiffer,
    /// The customer has not approved the consent, or it came to nothing.
    #[error("the consent is not approved")]
    NotApproved,
    /// The consent does not allow the fetch.
    #[error(transparent)]
    Scope(#[from] ScopeViolation),
    /// The phone's key material cannot be used.
    #[error("the key material cannot be used: {0}")]
    KeyMaterial(RebitError),
    /// The same call is being carried out at this moment.
    #[error("the same request is being carried out")]
    InProgress,
    /// The data is not there yet.
    #[error("the data is not ready yet")]
    NotReady,
    /// The session came to nothing or was not collected in time.
    #[error("the data session is over")]
    SessionOver,
    /// The days of a report are not over, or too many.
    #[error("a report is about days that are over, {} at most", super::fip_health::LONGEST_DAYS)]
    ReportDays,
    /// The step does not fit the state.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// The Account Aggregator did not do its part.
    #[error(transparent)]
    AccountAggregator(#[from] AaError),
    /// The store did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A personal field could not be sealed or opened.
    #[error(transparent)]
    Sealing(#[from] VaultError),
    /// What is stored contradicts itself.
    #[error("what is stored of the {what} contradicts itself")]
    Inconsistent {
        /// What was read.
        what: &'static str,
    },
}

impl PrivateShareError {
    /// The stable code for clients.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManyLogins { .. } => "too_many_logins",
            Self::DeviceKey => "unusable_device_key",
            Self::Sms(_) => "sms_not_sent",
            Self::WrongOtp { .. } => "wrong_otp",
            Self::LoginLocked => "login_locked",
            Self::LoginExpired => "login_expired",
            Self::LoginUsed => "login_used",
            Self::Unauthenticated => "unauthenticated",
            Self::NotFound { .. } => "not_found",
            Self::TermsDiffer => "terms_differ",
            Self::NotApproved => "consent_not_approved",
            Self::Scope(violation) => violation.code(),
            Self::KeyMaterial(_) => "unusable_key_material",
            Self::InProgress => "in_progress",
            Self::NotReady => "not_ready",
            Self::SessionOver => "data_session_over",
            Self::ReportDays => "report_days",
            Self::Transition(refused) => refused.code(),
            Self::AccountAggregator(AaError::Refused { .. }) => "account_aggregator_refused",
            Self::AccountAggregator(AaError::ConsentDiffers(_)) => "consent_differs",
            Self::AccountAggregator(_) => "account_aggregator_unavailable",
            Self::Store(_) | Self::Sealing(_) | Self::Inconsistent { .. } => "internal",
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::TooManyLogins { .. } | Self::WrongOtp { .. } | Self::InProgress | Self::NotReady => {
                Persistence::Temporary
            }
            Self::Sms(error) => error.persistence(),
            Self::Scope(violation) => violation.persistence(),
            Self::AccountAggregator(error) => error.persistence(),
            Self::Store(error) => error.persistence(),
            Self::Sealing(error) => error.persistence(),
            Self::DeviceKey
            | Self::LoginLocked
            | Self::LoginExpired
            | Self::LoginUsed
            | Self::Unauthenticated
            | Self::NotFound { .. }
            | Self::TermsDiffer
            | Self::NotApproved
            | Self::KeyMaterial(_)
            | Self::SessionOver
            | Self::ReportDays
            | Self::Transition(_)
            | Self::Inconsistent { .. } => Persistence::Permanent,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::Sms(_) => Fault::Peer,
            Self::AccountAggregator(error) => error.fault(),
            Self::Store(_) | Self::Sealing(_) | Self::Inconsistent { .. } => Fault::Ourselves,
            Self::TooManyLogins { .. }
            | Self::DeviceKey
            | Self::WrongOtp { .. }
            | Self::LoginLocked
            | Self::LoginExpired
            | Self::LoginUsed
            | Self::Unauthenticated
            | Self::NotFound { .. }
            | Self::TermsDiffer
            | Self::NotApproved
            | Self::Scope(_)
            | Self::KeyMaterial(_)
            | Self::InProgress
            | Self::NotReady
            | Self::SessionOver
            | Self::ReportDays
            | Self::Transition(_) => Fault::Caller,
        }
    }

    pub(super) fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

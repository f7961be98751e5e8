//! Why a partner's signed log is not taken.

use mpp_billing::{BillingMonth, MOST_LOG_BYTES, UsageLogFault};

/// Why a partner's signed log is not taken. Texts repeat nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartnerLogRefusal {
    /// Longer than a signed log may be.
    #[error("a signed log has at most {MOST_LOG_BYTES} bytes")]
    TooLarge,
    /// Not a compact JWS, or one of another kind, or with another payload.
    #[error("this is not a signed usage log")]
    NotOurs,
    /// The signed log contradicts itself.
    #[error("the signed log does not agree with itself: {0}")]
    Fault(#[from] UsageLogFault),
    /// Signed with a key that no partner has registered.
    #[error("the log is signed with a key that no partner has registered")]
    UnknownKey,
    /// The signature does not stand.
    #[error("the log was altered after it was signed, or its signature is damaged")]
    Altered,
    /// The log, its key and who it should be about are not one partner.
    #[error("the log is another partner's")]
    WrongPartner,
    /// Of another month than asked for.
    #[error("the log is of {0}")]
    WrongMonth(BillingMonth),
    /// The key was not the partner's registered one when the log was signed.
    #[error("the key was not registered, or no longer, when the log was signed")]
    KeyNotValid,
    /// Signed in the future, or before its month was over.
    #[error("the log was not signed after the end of its month")]
    SigningTime,
}

impl PartnerLogRefusal {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge | Self::Fault(UsageLogFault::TooLong) => "partner_log_too_large",
            Self::NotOurs => "partner_log_unreadable",
            Self::Fault(_) => "partner_log_inconsistent",
            Self::UnknownKey => "partner_log_key_unknown",
            Self::Altered => "partner_log_altered",
            Self::WrongPartner => "partner_log_of_another_partner",
            Self::WrongMonth(_) => "partner_log_of_another_month",
            Self::KeyNotValid => "partner_log_key_not_valid",
            Self::SigningTime => "partner_log_signing_time",
        }
    }
}

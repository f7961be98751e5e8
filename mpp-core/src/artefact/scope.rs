//! What somebody wants to fetch, and why it may lie outside the consent.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Recipient;
use crate::{ConsentType, DataRange, Fault, Persistence, PurposeCode, Source, Timestamp};

/// What somebody wants to fetch, before it is known whether it is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FetchIntent {
    /// From where.
    pub source: Source,
    /// For whom.
    pub recipient: Recipient,
    /// From when to when the data reaches.
    pub range: DataRange,
    /// Which parts of the data; at least one.
    pub consent_types: BTreeSet<ConsentType>,
    /// What for.
    pub purpose: PurposeCode,
}

/// What puts a fetch outside the customer's consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeViolation {
    /// The consent begins to hold later.
    #[error("the consent has not started yet")]
    NotYetStarted,
    /// The consent has run out.
    #[error("the consent has expired")]
    Expired,
    /// The customer has suspended the consent.
    #[error("the customer has paused the consent")]
    Paused,
    /// The consent was withdrawn.
    #[error("the consent was withdrawn")]
    Revoked,
    /// The consent is for another source.
    #[error("the consent is for another source of data")]
    WrongSource,
    /// The consent is for another recipient, or for another key of the same partner.
    #[error("the consent is for another recipient or another key of the recipient")]
    WrongRecipient,
    /// The range asked for is not wholly within the consented one.
    #[error("the period asked for reaches beyond the consented one")]
    RangeTooWide,
    /// A part of the data is not consented, or no part was named.
    #[error("a part of the data asked for was not consented")]
    TypeNotConsented,
    /// The consent is for another purpose.
    #[error("the purpose differs from the consented one")]
    PurposeDiffers,
    /// The consent allows one fetch and it has taken place.
    #[error("the consent allows the data to be fetched once, which has already happened")]
    AlreadyUsed,
    /// The frequency is used up for now.
    #[error("the data was fetched as often as the consent allows for now; next at {again_at}")]
    TooFrequent {
        /// From when on the next fetch is within the frequency.
        again_at: Timestamp,
    },
}

impl ScopeViolation {
    /// The stable code for clients and the use log.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotYetStarted => "consent_not_yet_started",
            Self::Expired => "consent_expired",
            Self::Paused => "consent_paused",
            Self::Revoked => "consent_revoked",
            Self::WrongSource => "wrong_source",
            Self::WrongRecipient => "wrong_recipient",
            Self::RangeTooWide => "range_too_wide",
            Self::TypeNotConsented => "type_not_consented",
            Self::PurposeDiffers => "purpose_differs",
            Self::AlreadyUsed => "consent_already_used",
            Self::TooFrequent { .. } => "too_frequent",
        }
    }

    /// Whether the same intent may be allowed later under the same consent.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::NotYetStarted | Self::Paused | Self::TooFrequent { .. } => Persistence::Temporary,
            Self::Expired
            | Self::Revoked
            | Self::WrongSource
            | Self::WrongRecipient
            | Self::RangeTooWide
            | Self::TypeNotConsented
            | Self::PurposeDiffers
            | Self::AlreadyUsed => Persistence::Permanent,
        }
    }

    /// The caller wants more than was consented.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Caller
    }
}

//! Why a fetch from a provider failed: the classes of other-sources.md §1.8.

use mpp_core::{Fault, Persistence, Span};
use mpp_transport::{Reach, TransportError};

use super::InputField;
use crate::persistence_of;

/// A fetch from a provider failed.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The permit does not allow the fetch; nothing was sent.
    #[error("the permit does not allow this fetch: {0}")]
    Permit(PermitRefusal),
    /// An input is missing or the provider does not take it.
    #[error("the {} is missing or not accepted", field.map_or("input", InputField::as_str))]
    InvalidInput {
        /// Which, where it is known.
        field: Option<InputField>,
    },
    /// Several customers match; the provider will not choose.
    #[error("several customers match")]
    Ambiguous,
    /// The provider wants to ask the customer something first.
    #[error("the provider wants an answer from the customer")]
    NeedsCustomer,
    /// The provider does not accept the consent.
    #[error("the provider does not accept the consent")]
    ConsentRejected,
    /// Too many requests; nothing was done.
    #[error("the provider takes no more requests for now")]
    Throttled {
        /// When the provider will take requests again, where it says.
        retry_after: Option<Span>,
    },
    /// The provider cannot be reached or cannot serve.
    #[error("the provider is down")]
    Down {
        /// Whether it may have seen the request.
        reach: Reach,
        /// What the network said, where it was the network.
        #[source]
        source: Option<TransportError>,
    },
    /// The provider does not let us in: key, contract or address list.
    #[error("the provider does not let us in")]
    ContractSuspended,
    /// There is nothing to resume by this token.
    #[error("there is nothing to resume")]
    NothingToResume,
    /// The provider answered something its description does not know.
    #[error("the answer cannot be understood: {reason}")]
    Unreadable {
        /// What is wrong, without any part of the answer.
        reason: &'static str,
    },
}

impl ProviderError {
    /// Whether the same call may succeed later. A contract that is suspended may be restored without any
    /// change on our side, so it is worth trying again, rarely.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Throttled { .. } | Self::ContractSuspended => Persistence::Temporary,
            Self::Down { source, .. } => source.as_ref().map_or(Persistence::Temporary, persistence_of),
            Self::Permit(_)
            | Self::InvalidInput { .. }
            | Self::Ambiguous
            | Self::NeedsCustomer
            | Self::ConsentRejected
            | Self::NothingToResume
            | Self::Unreadable { .. } => Persistence::Permanent,
        }
    }

    /// Whose fault it is.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Permit(_) | Self::InvalidInput { .. } | Self::NothingToResume => Fault::Caller,
            Self::ContractSuspended => Fault::Ourselves,
            Self::Ambiguous
            | Self::NeedsCustomer
            | Self::ConsentRejected
            | Self::Throttled { .. }
            | Self::Down { .. }
            | Self::Unreadable { .. } => Fault::Peer,
        }
    }

    /// Whether the provider may have accepted and counted the request although no document came. A hard
    /// enquiry must then be repeated with the same client reference only.
    #[must_use]
    pub const fn may_have_been_accepted(&self) -> bool {
        matches!(self, Self::Down { reach: Reach::PerhapsSent, .. } | Self::Unreadable { .. })
    }
}

impl From<TransportError> for ProviderError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::TooLarge { .. } => Self::Unreadable { reason: "too large" },
            TransportError::Invalid { .. }
            | TransportError::Connect { .. }
            | TransportError::Timeout
            | TransportError::Interrupted { .. } => Self::Down { reach: error.reach(), source: Some(error) },
        }
    }
}

/// Why a permit does not allow a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PermitRefusal {
    /// It is no longer good.
    #[error("it has lapsed")]
    Lapsed,
    /// It is for another source.
    #[error("it is for another source")]
    Source,
    /// It is not for the artefact the evidence names.
    #[error("it rests on another consent")]
    Consent,
}

//! What providers' errors mean for a fetch.

use mpp_connectors::{ProviderError, provider::PermitRefusal};
use mpp_core::{FetchFailure, Persistence, Span};

/// Whether an attempt that brought nothing may have had an effect at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It certainly had none: the fetch does not count as a use of the consent.
    None,
    /// It may have had one.
    Possible,
}

/// Why an attempt brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trouble {
    /// What the fetch fails with when it is not tried again.
    pub(super) reason: FetchFailure,
    /// Whether it may be tried again by itself. A repeat carries the same client reference, which providers count
    /// once: an enquiry that may have been accepted is never made anew.
    pub(super) again: Persistence,
    /// Whether the provider may have taken the request.
    pub(super) effect: Effect,
    /// How long the provider asks to wait.
    pub(super) wait: Option<Span>,
}

impl Trouble {
    pub(super) fn of(error: &ProviderError) -> Self {
        let effect = if error.may_have_been_accepted() { Effect::Possible } else { Effect::None };
        let wait = match error {
            ProviderError::Throttled { retry_after } => *retry_after,
            _ => None,
        };
        // a lapsed permit is asked for anew with the next attempt
        let again = match error {
            ProviderError::Permit(PermitRefusal::Lapsed) => Persistence::Temporary,
            _ => error.persistence(),
        };
        Self { reason: reason_of(error), again, effect, wait }
    }

    /// The answer broke off: it may come whole another time.
    pub(super) const fn interrupted() -> Self {
        Self {
            reason: FetchFailure::OutcomeUnknown,
            again: Persistence::Temporary,
            effect: Effect::Possible,
            wait: None,
        }
    }

    /// The answer is of no use.
    pub(super) const fn unusable() -> Self {
        Self {
            reason: FetchFailure::UnusableAnswer,
            again: Persistence::Permanent,
            effect: Effect::Possible,
            wait: None,
        }
    }
}

const fn reason_of(error: &ProviderError) -> FetchFailure {
    match error {
        ProviderError::Permit(_) => FetchFailure::OutOfScope,
        ProviderError::InvalidInput { .. } => FetchFailure::InvalidInput,
        ProviderError::Ambiguous => FetchFailure::Ambiguous,
        ProviderError::NeedsCustomer => FetchFailure::NeedsCustomer,
        ProviderError::ConsentRejected => FetchFailure::ConsentRejected,
        ProviderError::Throttled { .. } => FetchFailure::Throttled,
        ProviderError::Down { .. } if error.may_have_been_accepted() => FetchFailure::OutcomeUnknown,
        ProviderError::Down { .. } => FetchFailure::ProviderDown,
        ProviderError::ContractSuspended => FetchFailure::ContractSuspended,
        ProviderError::NothingToResume | ProviderError::Unreadable { .. } => FetchFailure::UnusableAnswer,
    }
}

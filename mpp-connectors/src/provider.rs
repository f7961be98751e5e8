//! The port to a third-party provider of data about a customer: credit bureaus, operators, others.

mod capabilities;
mod error;
#[cfg(any(feature = "bureau", feature = "telecom"))]
mod exchange;
mod limits;
mod outcome;
#[cfg(any(feature = "bureau", feature = "telecom"))]
mod permit;
mod request;

use std::fmt::Debug;

use async_trait::async_trait;
use mpp_core::{FetchPermit, ProviderId, SourceKind, Timestamp};

pub use capabilities::{Capabilities, EnquiryKind, InputField, Resumption};
pub use error::{PermitRefusal, ProviderError};
#[cfg(feature = "bureau")]
pub(crate) use exchange::bounded_wait;
#[cfg(any(feature = "bureau", feature = "telecom"))]
pub(crate) use exchange::{Answer, ProviderExchange};
pub use limits::{LimitedProvider, ProviderLimits};
pub use outcome::{InvalidResumeToken, ProviderOutcome, ResumeToken};
#[cfg(any(feature = "bureau", feature = "telecom"))]
pub(crate) use permit::PermitCheck;
pub use request::{ConsentEvidence, ProviderRequest};

/// One contract with one provider; held as `Arc<dyn DataProvider>` in the [`crate::ProviderRegistry`].
///
/// The contract, checked for every provider by [`crate::conformance`]:
///
/// 1. Nothing leaves this process without a [`FetchPermit`] that is good at that moment and names this very
///    provider: else [`ProviderError::Permit`]. `resume` asks for one anew.
/// 2. Nothing leaves this process with an input missing that [`Capabilities::required`] names: else
///    [`ProviderError::InvalidInput`].
/// 3. [`ProviderRequest::client_ref`] is sent along; the provider answers a repeat with the same reference
///    like the first request and does not count it twice.
/// 4. The document is the provider's own bytes, untouched. It exists in memory only, is bounded in size, and is
///    wiped when the stream is dropped as far as it lies in our hands.
/// 5. A customer the provider does not know is [`ProviderOutcome::NoRecord`], not an error.
/// 6. Nothing is retried inside. [`ProviderError::persistence`] says whether the caller may, and
///    [`ProviderError::may_have_been_accepted`] whether the request may have had its effect already.
/// 7. No personal data in URLs, `Debug` forms and error texts.
///
/// # Adding a provider
/// `docs/recipes/add-a-provider.md`: one folder with the same five files as its neighbours, one line where
/// the registry is filled.
#[async_trait]
pub trait DataProvider: Debug + Send + Sync {
    /// Its name in consents, prices and configuration.
    fn id(&self) -> &ProviderId;

    /// What sort of data it gives.
    fn kind(&self) -> SourceKind;

    /// What it can do and needs.
    fn capabilities(&self) -> &Capabilities;

    /// From when on it may be called, where it may not be now; asked before an attempt is put on record, so that waiting
    /// costs none. Nothing is reserved by it.
    fn closed_until(&self) -> Option<Timestamp> {
        None
    }

    /// Asks for the customer's document.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn start(
        &self,
        permit: &FetchPermit,
        request: &ProviderRequest,
    ) -> Result<ProviderOutcome, ProviderError>;

    /// Asks for a document that was [`ProviderOutcome::Pending`].
    ///
    /// # Errors
    /// [`ProviderError::NothingToResume`] when the provider never defers or does not know the token; see
    /// [`ProviderError`].
    async fn resume(
        &self,
        permit: &FetchPermit,
        token: &ResumeToken,
    ) -> Result<ProviderOutcome, ProviderError>;

    /// Asks whether the provider can be reached and lets us in, without a customer.
    ///
    /// # Errors
    /// See [`ProviderError`].
    async fn health(&self) -> Result<(), ProviderError>;
}

//! The port to an Account Aggregator: raise a consent, learn what became of it, fetch the still encrypted data.

mod consent;
mod data;
mod error;

use std::fmt::Debug;

use async_trait::async_trait;
use mpp_core::{AaConsentId, ConsentHandle, DataSessionId, EntityId, FetchPermit};

pub use consent::{
    AaConsentStatus, ConsentChange, ConsentDetail, ConsentedAccount, Consumer, HandleStatus, RaisedConsent,
    VerifiedAaConsent,
};
pub use data::{AaHealth, EncryptedAccount, FiFilter, FiFromFip, FiRequest};
pub use error::{AaError, AaErrorCode, AnswerDefect, PermitDefect, TermsDefect};

/// One Account Aggregator, as a receiver of financial information sees it; held as
/// `Arc<dyn AccountAggregator>`.
///
/// The contract:
///
/// 1. Everything returned is verified: the answer is the Account Aggregator's, fresh, and the answer to this
///    very request. What cannot be verified is an [`AaError::Untrusted`], never a value.
/// 2. The handle's status is not the consent's status: an approved handle stays ready whatever becomes of the
///    consent. Ask [`AccountAggregator::fetch_consent`] for the consent's.
/// 3. Fetching data takes a [`FetchPermit`], good at that moment, for the Account Aggregator and for at least
///    the range asked for.
/// 4. Nothing is retried inside. [`AaError::persistence`] says whether the caller may; each call makes a
///    request of its own with its own transaction id.
/// 5. Encrypted data passes through unopened.
#[async_trait]
pub trait AccountAggregator: Debug + Send + Sync {
    /// Who the Account Aggregator is in the Central Registry.
    fn entity(&self) -> &EntityId;

    /// Asks whether the Account Aggregator is up.
    ///
    /// # Errors
    /// When it does not answer; see [`AaError`].
    async fn heartbeat(&self) -> Result<AaHealth, AaError>;

    /// Asks for a consent. The customer decides at the Account Aggregator, where the handle names the request.
    ///
    /// # Errors
    /// When the Account Aggregator refuses or cannot be believed; see [`AaError`].
    async fn request_consent(&self, asked: &ConsentDetail) -> Result<RaisedConsent, AaError>;

    /// Asks what became of the request.
    ///
    /// # Errors
    /// [`AaErrorCode::InvalidConsentHandle`] for an unknown handle; see [`AaError`].
    async fn consent_status(&self, handle: &ConsentHandle) -> Result<HandleStatus, AaError>;

    /// Fetches an approved consent and checks that it is the Account Aggregator's, and equal to or narrower
    /// than what was `asked`. A consent that is no longer active is returned as such.
    ///
    /// # Errors
    /// [`AaError::ConsentDiffers`] when it is not what was asked; see [`AaError`].
    async fn fetch_consent(
        &self,
        consent: &AaConsentId,
        asked: &ConsentDetail,
    ) -> Result<VerifiedAaConsent, AaError>;

    /// Pauses, resumes or withdraws a consent on the receiver's side. Doing it twice is no error of ours, but
    /// the Account Aggregator may refuse it.
    ///
    /// # Errors
    /// When the Account Aggregator refuses or cannot be believed; see [`AaError`].
    async fn change_consent(&self, consent: &AaConsentId, change: ConsentChange) -> Result<(), AaError>;

    /// Opens a data session: the Account Aggregator asks the FIPs to encrypt to this key material.
    ///
    /// # Errors
    /// [`AaError::Permit`] when the permit does not allow it; see [`AaError`].
    async fn request_fi(&self, permit: &FetchPermit, request: &FiRequest) -> Result<DataSessionId, AaError>;

    /// Fetches the encrypted data of a session. Accounts that could not be delivered are left out of the list
    /// or come with empty data, as the Account Aggregator has it.
    ///
    /// # Errors
    /// [`AaErrorCode::NoDataFound`] before it is ready; see [`AaError`].
    async fn fetch_fi(
        &self,
        permit: &FetchPermit,
        session: &DataSessionId,
        filter: &FiFilter,
    ) -> Result<Vec<FiFromFip>, AaError>;
}

//! Step 7: central fetches from third-party providers, each fetch under a permit asked for at that moment, and seals
//! while it reads.

mod begin;
mod failure;
mod seal;
mod settle;

use mpp_connectors::{ProviderOutcome, ProviderRequest};
use mpp_core::{FetchId, FetchPermit, ParcelId, Timestamp};
use mpp_crypto::keys::EnvelopePublicKey;
use mpp_store::LeasedJob;

use super::{CentralError, CentralService};

use failure::Trouble;
use seal::SealedDocument;
use settle::Kept;

pub(super) use begin::{intent_of, of_fetch};

/// An attempt that may call the provider: it is on record, and a permit was granted.
struct Attempt {
    fetch: FetchId,
    number: u32,
    parcel: ParcelId,
    permit: FetchPermit,
    request: ProviderRequest,
    token: Option<mpp_core::ResumeToken>,
    recipient: EnvelopePublicKey,
}

/// How an attempt ended.
enum Outcome {
    Sealed(SealedDocument),
    NoRecord,
    Pending { token: mpp_core::ResumeToken, until: Timestamp },
    Trouble(Trouble),
}

impl CentralService {
    /// Does one attempt of a fetch and settles the job.
    pub(super) async fn fetch(&self, id: FetchId, job: &LeasedJob) -> Result<(), CentralError> {
        let Some(attempt) = self.begin(id, job).await? else { return Ok(()) };
        let outcome = match self.attempt(&attempt).await {
            Ok(outcome) => outcome,
            Err(error) => {
                self.clear_away(attempt.parcel).await?;
                return Err(error);
            }
        };
        match self.settle(&attempt, &outcome, job).await {
            Ok(Kept::Yes) => Ok(()),
            Ok(Kept::No) => self.clear_away(attempt.parcel).await,
            // the commit may have taken effect: the next attempt finds out
            Err(error) if is_unclear(&error) => Err(error),
            Err(error) => {
                self.clear_away(attempt.parcel).await?;
                Err(error)
            }
        }
    }

    async fn attempt(&self, attempt: &Attempt) -> Result<Outcome, CentralError> {
        let answer = match self.ask(attempt).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Outcome::Trouble(Trouble::of(&error))),
        };
        Ok(match answer {
            ProviderOutcome::NoRecord => Outcome::NoRecord,
            ProviderOutcome::Pending { token, retry_after } => {
                match mpp_core::ResumeToken::new(String::from(token)) {
                    Ok(token) => Outcome::Pending { token, until: self.now().plus(retry_after) },
                    Err(_) => Outcome::Trouble(Trouble::unusable()),
                }
            }
            ProviderOutcome::Document { content_type, quality, body } => {
                match self.seal_document(attempt, (&content_type, quality), body.into_stream()).await? {
                    Ok(sealed) => Outcome::Sealed(sealed),
                    Err(trouble) => Outcome::Trouble(trouble),
                }
            }
        })
    }

    async fn ask(&self, attempt: &Attempt) -> Result<ProviderOutcome, mpp_connectors::ProviderError> {
        let gone = || mpp_connectors::ProviderError::ContractSuspended;
        let id = attempt.permit.source().provider().ok_or_else(gone)?;
        let provider = self.parts.providers.provider(id).ok_or_else(gone)?;
        match &attempt.token {
            None => provider.start(&attempt.permit, &attempt.request).await,
            Some(token) => {
                let token = mpp_connectors::provider::ResumeToken::try_from(token.as_str().to_owned())
                    .map_err(|_| mpp_connectors::ProviderError::NothingToResume)?;
                provider.resume(&attempt.permit, &token).await
            }
        }
    }
}

/// Whether the store may have taken the commit although it did not say so.
fn is_unclear(error: &CentralError) -> bool {
    matches!(error, CentralError::Store(mpp_store::StoreError::Unavailable { .. }))
}

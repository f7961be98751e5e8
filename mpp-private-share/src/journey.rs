//! The journey of one share, without input or output: what happened goes in, the next step comes out. Time is an
//! argument; the shell ([`crate::PrivateShareSdk`]) does the calls.
//!
//! | stage | consent seen | session seen | documents sealed |
//! | --- | --- | --- | --- |
//! | Raising | pending, granted: Deciding; active: Opening; else over | - | - |
//! | Deciding | pending, granted: Deciding; active: Opening; else over | - | - |
//! | Opening | - | requested, open, partial: Waiting; ready, fetched: Fetching; else over | - |
//! | Waiting | - | requested, open, partial: Waiting; ready, fetched: Fetching; else over | - |
//! | Fetching | - | - | Done |
//! | Done | - | - | - |
//!
//! "Over" is a [`ShareError`] in words for the customer. A stage that waits has a deadline; when it passes, the
//! journey is over too, except that accounts already there are fetched.

use std::collections::BTreeMap;

use mpp_api::private_share::{AaConsentView, DataSessionView};
use mpp_core::{ConsentParameters, DataSessionId, LinkRefNumber, Span, Timestamp, Vua};
use url::Url;

use crate::artefact::{ApprovedConsent, PinnedAccountAggregator};
use crate::error::ShareError;
use crate::share::{AccountOutcome, LeftOut, ShareReport};

/// How long each wait may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the customer's decision at the Account Aggregator.
    pub decision: Span,
    /// For the FIPs to deliver.
    pub data: Span,
}

impl Default for Patience {
    /// A quarter of an hour to decide, ten minutes for the data.
    fn default() -> Self {
        Self { decision: Span::from_minutes(15), data: Span::from_minutes(10) }
    }
}

/// What the shell has to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Raise the consent.
    Raise,
    /// Show the page and wait until the consent leaves the state.
    AwaitDecision {
        /// The Account Aggregator's page.
        page: Url,
        /// The state known.
        since: String,
    },
    /// Open a data session.
    OpenSession,
    /// Wait until the session leaves the state.
    AwaitData {
        /// The session.
        session: DataSessionId,
        /// The state known.
        since: String,
    },
    /// Fetch, open, check and seal the documents.
    Fetch {
        /// The session.
        session: DataSessionId,
    },
    /// Nothing more.
    Done(Box<ShareReport>),
}

/// The journey of one share.
#[derive(Debug, Clone)]
pub struct Journey {
    terms: Terms,
    approved: Option<ApprovedConsent>,
    left_out: BTreeMap<LinkRefNumber, LeftOut>,
    stage: Stage,
}

#[derive(Debug, Clone)]
struct Terms {
    aa: PinnedAccountAggregator,
    vua: Vua,
    asked: ConsentParameters,
    patience: Patience,
}

#[derive(Debug, Clone)]
enum Stage {
    Raising,
    Deciding { page: Url, since: String, until: Timestamp },
    Opening,
    Waiting { session: DataSessionId, since: String, until: Timestamp },
    Fetching { session: DataSessionId },
    Done(Box<ShareReport>),
}

impl Journey {
    /// The journey of the customer at `vua` who is asked for these terms.
    #[must_use]
    pub const fn new(
        aa: PinnedAccountAggregator,
        vua: Vua,
        asked: ConsentParameters,
        patience: Patience,
    ) -> Self {
        let terms = Terms { aa, vua, asked, patience };
        Self { terms, approved: None, left_out: BTreeMap::new(), stage: Stage::Raising }
    }

    /// What has to be done next.
    ///
    /// # Errors
    /// [`ShareError::NotApprovedInTime`], [`ShareError::NoDataInTime`] when a wait has taken too long.
    pub fn next(&self, now: Timestamp) -> Result<Step, ShareError> {
        match &self.stage {
            Stage::Raising => Ok(Step::Raise),
            Stage::Deciding { until, .. } if now >= *until => Err(ShareError::NotApprovedInTime),
            Stage::Deciding { page, since, .. } => {
                Ok(Step::AwaitDecision { page: page.clone(), since: since.clone() })
            }
            Stage::Opening => Ok(Step::OpenSession),
            Stage::Waiting { session, since, until } if now >= *until => {
                if since == "partial" {
                    return Ok(Step::Fetch { session: session.clone() });
                }
                Err(ShareError::NoDataInTime)
            }
            Stage::Waiting { session, since, .. } => {
                Ok(Step::AwaitData { session: session.clone(), since: since.clone() })
            }
            Stage::Fetching { session } => Ok(Step::Fetch { session: session.clone() }),
            Stage::Done(report) => Ok(Step::Done(report.clone())),
        }
    }

    /// How long the journey goes on waiting where it stands; `None` when it waits for nobody.
    #[must_use]
    pub fn patience_left(&self, now: Timestamp) -> Option<Span> {
        match &self.stage {
            Stage::Deciding { until, .. } | Stage::Waiting { until, .. } => Some(until.since(now)),
            Stage::Raising | Stage::Opening | Stage::Fetching { .. } | Stage::Done(_) => None,
        }
    }

    /// What the customer approved, as the Account Aggregator signed it; once it is known.
    #[must_use]
    pub const fn approved(&self) -> Option<&ApprovedConsent> {
        self.approved.as_ref()
    }

    /// What is said of an account that did not come.
    #[must_use]
    pub(crate) fn outcome_without_document(&self, account: &LinkRefNumber) -> AccountOutcome {
        self.left_out.get(account).map_or(AccountOutcome::NotDelivered, |left_out| (*left_out).into())
    }

    /// The service said how the consent stands.
    ///
    /// # Errors
    /// When the journey is over by that, or the signed artefact is not what was asked for.
    pub fn consent_seen(mut self, view: &AaConsentView, now: Timestamp) -> Result<Self, ShareError> {
        let until = match &self.stage {
            Stage::Raising => now.plus(self.terms.patience.decision),
            Stage::Deciding { until, .. } => *until,
            Stage::Opening | Stage::Waiting { .. } | Stage::Fetching { .. } | Stage::Done(_) => {
                return Err(ShareError::UnusableAnswer);
            }
        };
        match view.state.as_str() {
            "drafted" | "pending" | "granted" => {
                let (page, since) = (view.approval_url.clone(), view.state.clone());
                self.stage = Stage::Deciding { page, since, until };
                Ok(self)
            }
            "active" => {
                let signed = view.signed_consent.as_deref().ok_or(ShareError::UnusableAnswer)?;
                let terms = &self.terms;
                let approved = terms.aa.read(signed, &terms.vua, &terms.asked);
                self.approved = Some(approved.map_err(ShareError::ConsentNotTrusted)?);
                self.stage = Stage::Opening;
                Ok(self)
            }
            "paused" => Err(ShareError::ConsentPaused),
            "revoked" => Err(ShareError::ConsentEnded),
            "expired" if view.signed_consent.is_none() && view.consent_id.is_none() => {
                Err(ShareError::NotApprovedInTime)
            }
            "expired" => Err(ShareError::ConsentEnded),
            "rejected" => Err(ShareError::Refused),
            "failed" => Err(ShareError::ConsentFailed),
            _ => Err(ShareError::UnusableAnswer),
        }
    }

    /// The service said how the data session stands.
    ///
    /// # Errors
    /// When the journey is over by that.
    pub fn session_seen(mut self, view: &DataSessionView, now: Timestamp) -> Result<Self, ShareError> {
        let until = match &self.stage {
            Stage::Opening => now.plus(self.terms.patience.data),
            Stage::Waiting { until, .. } => *until,
            Stage::Raising | Stage::Deciding { .. } | Stage::Fetching { .. } | Stage::Done(_) => {
                return Err(ShareError::UnusableAnswer);
            }
        };
        for account in &view.undelivered {
            let left_out = match account.status.as_str() {
                "DENIED" => LeftOut::Denied,
                _ => LeftOut::Timeout,
            };
            self.left_out.insert(account.link_ref_number.clone(), left_out);
        }
        let session = view.session_id.clone();
        match view.state.as_str() {
            "requested" | "open" | "partial" => {
                self.stage = Stage::Waiting { session, since: view.state.clone(), until };
                Ok(self)
            }
            "ready" | "fetched" => {
                self.stage = Stage::Fetching { session };
                Ok(self)
            }
            "failed" | "expired" => Err(ShareError::NoData),
            _ => Err(ShareError::UnusableAnswer),
        }
    }

    /// The documents were dealt with.
    #[must_use]
    pub fn documents_sealed(self, report: ShareReport) -> Self {
        Self { stage: Stage::Done(Box::new(report)), ..self }
    }
}

#[cfg(test)]
mod tests;

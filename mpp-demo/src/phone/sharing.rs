//! What the page asks of the two SDKs once accounts are consented, and the task that does it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use mpp_core::{ConsentId, ConsentRequestId, MobileNumber, Timestamp};
use mpp_private_share::{Approval, ApprovalUi, LeftPage, LoginChallenge, PrivateShareSdk, ShareError};
use mpp_sdk::{MppSdk, Phase, SdkError, Shared, UploadStep};
use tokio::sync::{Mutex, Notify};

use super::fleet::Phone;
use super::view::{Problem, Progress};

/// Signing in to the private data share and sharing accounts; the tests have a stand-in for it.
#[async_trait]
pub trait Sharing: fmt::Debug + Send + Sync {
    /// Whether the customer is signed in.
    async fn is_signed_in(&self) -> bool;

    /// Asks for a code by SMS; tells until when it is taken.
    ///
    /// # Errors
    /// See [`ShareError`].
    async fn send_code(&self) -> Result<Timestamp, ShareError>;

    /// Gives the code. It may be given again after [`ShareError::WrongCode`].
    ///
    /// # Errors
    /// See [`ShareError`]; [`ShareError::NewCodeNeeded`] also when none was asked for.
    async fn give_code(&self, code: &str) -> Result<(), ShareError>;

    /// Fetches, seals and uploads the accounts of a decided request, from wherever an earlier try got to.
    ///
    /// # Errors
    /// See [`SdkError`].
    async fn share(
        &self,
        request: ConsentRequestId,
        ui: &dyn ApprovalUi,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<Shared, SdkError>;

    /// Uploads what lies sealed on the device.
    ///
    /// # Errors
    /// See [`SdkError`].
    async fn resume_uploads(
        &self,
        request: ConsentRequestId,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<(), SdkError>;

    /// Withdraws the consent at the Account Aggregator behind a consent of ours.
    ///
    /// # Errors
    /// See [`ShareError`].
    async fn revoke(&self, consent: ConsentId) -> Result<(), ShareError>;
}

/// Sharing with the real SDKs.
#[derive(Debug)]
pub(super) struct SdkSharing {
    mpp: Arc<MppSdk>,
    private_share: Arc<PrivateShareSdk>,
    mobile: MobileNumber,
    challenge: Mutex<Option<LoginChallenge>>,
}

impl SdkSharing {
    pub(super) fn new(mpp: Arc<MppSdk>, private_share: Arc<PrivateShareSdk>, mobile: MobileNumber) -> Self {
        Self { mpp, private_share, mobile, challenge: Mutex::default() }
    }
}

#[async_trait]
impl Sharing for SdkSharing {
    async fn is_signed_in(&self) -> bool {
        self.private_share.logged_in().await.is_some()
    }

    async fn send_code(&self) -> Result<Timestamp, ShareError> {
        let challenge = self.private_share.start_login(&self.mobile).await?;
        let until = challenge.expires_at();
        *self.challenge.lock().await = Some(challenge);
        Ok(until)
    }

    async fn give_code(&self, code: &str) -> Result<(), ShareError> {
        let mut held = self.challenge.lock().await;
        let challenge = held.as_ref().ok_or(ShareError::NewCodeNeeded)?;
        let verdict = self.private_share.verify_login(challenge, code).await;
        if matches!(verdict, Ok(()) | Err(ShareError::NewCodeNeeded)) {
            *held = None;
        }
        verdict
    }

    async fn share(
        &self,
        request: ConsentRequestId,
        ui: &dyn ApprovalUi,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<Shared, SdkError> {
        self.mpp.share(request, &self.private_share, ui, on_step).await
    }

    async fn resume_uploads(
        &self,
        request: ConsentRequestId,
        on_step: &(dyn Fn(UploadStep) + Send + Sync),
    ) -> Result<(), SdkError> {
        self.mpp.resume_uploads(request, self.private_share.documents(), on_step).await.map(drop)
    }

    async fn revoke(&self, consent: ConsentId) -> Result<(), ShareError> {
        self.private_share.revoke(consent).await
    }
}

/// A share that was begun since the app started.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) progress: Progress,
    /// Rung when the customer closes the approval.
    pub(super) closed: Arc<Notify>,
}

impl Share {
    /// Whether its task still runs.
    pub(super) const fn is_running(&self) -> bool {
        match self.progress {
            Progress::Preparing
            | Progress::Approving { .. }
            | Progress::Fetching
            | Progress::Uploading { .. } => true,
            Progress::Finished(_) | Progress::Stopped(_) => false,
        }
    }
}

/// Begins or resumes the share of a request in a task of its own; a share that runs is left alone.
pub(super) fn begin(phone: &Arc<Phone>, request: ConsentRequestId, phase: &Phase) {
    let closed = Arc::new(Notify::new());
    let uploads_only = matches!(phase, Phase::Uploading { .. });
    let first =
        if uploads_only { Progress::Uploading { parcels: BTreeMap::new() } } else { Progress::Preparing };
    let begun = phone.with_memory(|memory| {
        if memory.shares.get(&request).is_some_and(Share::is_running) {
            return false;
        }
        memory.shares.insert(request, Share { progress: first, closed: Arc::clone(&closed) });
        true
    });
    if begun {
        tokio::spawn(run(Arc::clone(phone), request, uploads_only, closed));
    }
}

async fn run(phone: Arc<Phone>, request: ConsentRequestId, uploads_only: bool, closed: Arc<Notify>) {
    let on_step = |step: UploadStep| phone.upload_went_on(request, step);
    let outcome = if uploads_only {
        phone.sharing().resume_uploads(request, &on_step).await.map(|()| None)
    } else {
        let ui = PageApproval { phone: Arc::clone(&phone), request, closed };
        phone.sharing().share(request, &ui, &on_step).await.map(Some)
    };
    match outcome {
        Ok(Some(shared)) => phone.set_progress(request, Progress::Finished(Box::new(shared))),
        Ok(None) => phone.with_memory(|memory| drop(memory.shares.remove(&request))),
        Err(error) => {
            tracing::warn!(phone = phone.number(), code = error.code(), "a share stopped: {error}");
            phone.set_progress(request, Progress::Stopped(Problem::from(&error)));
        }
    }
}

/// Shows the Account Aggregator's page by way of the phone's page, as a link in the same tab.
#[derive(Debug)]
struct PageApproval {
    phone: Arc<Phone>,
    request: ConsentRequestId,
    closed: Arc<Notify>,
}

#[async_trait]
impl ApprovalUi for PageApproval {
    async fn show(&self, approval: &Approval) -> LeftPage {
        let page = approval.page.to_string();
        self.phone.set_progress(self.request, Progress::Approving { page });
        // dropped when the decision is known: then data is fetched, if it was an approval
        let _decided = AfterApproval(self);
        self.closed.notified().await;
        LeftPage::Closed
    }
}

/// Takes the page away when it is no longer shown.
struct AfterApproval<'a>(&'a PageApproval);

impl Drop for AfterApproval<'_> {
    fn drop(&mut self) {
        self.0.phone.set_progress(self.0.request, Progress::Fetching);
    }
}

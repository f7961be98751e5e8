//! One run of a journey: does what the journey says is next.

use std::time::Duration;

use mpp_api::private_share::{
    AaConsentView, DataSessionView, OpenDataSession, PrivateShareClient, RaiseAaConsent,
};
use mpp_core::{AaConsentKey, Span};
use mpp_crypto::rebit::{KeyMaterialForm, OurKeyMaterial};
use serde_json::value::to_raw_value;
use url::Url;

use super::{PrivateShareSdk, call};
use crate::approval::{Approval, ApprovalUi, LeftPage};
use crate::error::ShareError;
use crate::journal::{KeptJourney, KeptSession};
use crate::journey::{Journey, Step};
use crate::manifest::DeviceReference;
use crate::share::{ShareReport, ShareRequest};

/// How long one long poll is held at most.
const HOLD: Duration = Duration::from_secs(25);

/// The least pause between two polls, in case the service does not hold the line.
const BREATH: Duration = Duration::from_millis(250);

/// How long our public key is good: some peers read the instant in their own time zone (rahasya.md §6).
const KEY_LIFE: Span = Span::from_hours(24);

/// See the module.
pub(super) struct Run<'a> {
    pub(super) sdk: &'a PrivateShareSdk,
    pub(super) request: &'a ShareRequest,
    ui: &'a dyn ApprovalUi,
    pub(super) client: PrivateShareClient,
    pub(super) journey: Journey,
    pub(super) kept: KeptJourney,
    /// Whether an earlier run spoke of the consent already.
    resumed: bool,
}

impl<'a> Run<'a> {
    pub(super) async fn new(
        sdk: &'a PrivateShareSdk,
        request: &'a ShareRequest,
        ui: &'a dyn ApprovalUi,
    ) -> Result<Self, ShareError> {
        let session = sdk.session().await?;
        let earlier = KeptJourney::find(&sdk.files, request.consent).await?;
        let same = earlier.filter(|earlier| {
            earlier.vua == session.vua
                && earlier.asked == request.parameters
                && earlier.kid == *request.partner_key.kid()
        });
        let resumed = same.is_some();
        let kept = match same {
            Some(same) => same,
            None => KeptJourney {
                form: KeptJourney::FORM,
                consent: request.consent,
                vua: session.vua.clone(),
                asked: request.parameters.clone(),
                kid: request.partner_key.kid().clone(),
                key: AaConsentKey::generate(&*sdk.entropy),
                session: None,
            },
        };
        // Kept before it is first spoken of: a repeat after a crash must not raise a second consent.
        kept.keep(&sdk.files).await?;
        let settings = &sdk.settings;
        let journey = Journey::new(
            settings.account_aggregator.clone(),
            session.vua.clone(),
            request.parameters.clone(),
            settings.patience,
        );
        Ok(Self { sdk, request, ui, client: sdk.client(&session), journey, kept, resumed })
    }

    pub(super) async fn into_report(mut self) -> Result<ShareReport, ShareError> {
        loop {
            let step = match self.journey.next(self.sdk.clock.now()) {
                Ok(Step::Done(report)) => return self.finish(*report).await,
                Ok(step) => step,
                Err(over) => return Err(self.over(over).await),
            };
            self.journey = match self.take(step).await {
                Ok(journey) => journey,
                Err(over) => return Err(self.over(over).await),
            };
        }
    }

    async fn take(&mut self, step: Step) -> Result<Journey, ShareError> {
        let journey = self.journey.clone();
        match step {
            Step::Raise => {
                let view = self.raise().await?;
                journey.consent_seen(&view, self.sdk.clock.now())
            }
            Step::AwaitDecision { page, since } => {
                let view = self.decision(page, &since).await?;
                journey.consent_seen(&view, self.sdk.clock.now())
            }
            Step::OpenSession => {
                let view = self.open_session().await?;
                journey.session_seen(&view, self.sdk.clock.now())
            }
            Step::AwaitData { session, since } => {
                let view = call::answered(|| self.client.session(&session, &since, self.hold())).await?;
                if view.state == since {
                    tokio::time::sleep(BREATH).await;
                }
                journey.session_seen(&view, self.sdk.clock.now())
            }
            Step::Fetch { session } => {
                let report = self.fetch(&session).await?;
                Ok(journey.documents_sealed(report))
            }
            Step::Done(report) => Ok(journey.documents_sealed(*report)),
        }
    }

    /// Raises the consent, or finds the one an earlier run has raised. The customer who said no then, and shares
    /// now, is asked again.
    async fn raise(&mut self) -> Result<AaConsentView, ShareError> {
        let view = self.raise_by_key().await?;
        if !(self.resumed && came_to_nothing(&view)) {
            return Ok(view);
        }
        self.kept.key = AaConsentKey::generate(&*self.sdk.entropy);
        self.kept.session = None;
        self.kept.keep(&self.sdk.files).await?;
        self.raise_by_key().await
    }

    async fn raise_by_key(&self) -> Result<AaConsentView, ShareError> {
        let body = RaiseAaConsent { key: self.kept.key, parameters: self.request.parameters.clone() };
        call::answered(|| self.client.raise_consent(&body)).await
    }

    /// Shows the page and waits for the decision, whichever comes first. When the customer comes back without a
    /// decision known yet, the waiting goes on: the word may still be on its way.
    async fn decision(&self, page: Url, since: &str) -> Result<AaConsentView, ShareError> {
        if since == "granted" {
            // The customer has done their part; the signed artefact is still on its way.
            return self.next_word(since).await;
        }
        let approval = Approval { page, parameters: self.request.parameters.clone() };
        let decided = self.next_word(since);
        let shown = self.ui.show(&approval);
        tokio::pin!(decided);
        tokio::select! {
            biased;
            view = &mut decided => view,
            left = shown => match left {
                LeftPage::CameBack => decided.await,
                LeftPage::Closed => Err(ShareError::Cancelled),
            },
        }
    }

    /// Polls until the consent leaves the state `since`, or the journey's patience is over.
    async fn next_word(&self, since: &str) -> Result<AaConsentView, ShareError> {
        loop {
            let view = call::answered(|| self.client.consent(self.kept.key, since, self.hold())).await?;
            if view.state != since {
                return Ok(view);
            }
            self.journey.next(self.sdk.clock.now())?;
            tokio::time::sleep(BREATH).await;
        }
    }

    /// How long the next poll is held: not beyond the journey's patience, in the whole seconds a poll counts.
    fn hold(&self) -> Duration {
        let left = self.journey.patience_left(self.sdk.clock.now());
        let left = left.map(|left| Duration::from_secs(left.as_duration().as_secs().saturating_add(1)));
        HOLD.min(left.unwrap_or(HOLD))
    }

    /// Opens a session with key material of its own, or takes up the one an earlier run has opened. The key
    /// material is on the device before its public half leaves it: what is encrypted to it can always be opened.
    async fn open_session(&mut self) -> Result<DataSessionView, ShareError> {
        let (now, range) = (self.sdk.clock.now(), self.request.range());
        let earlier = self.kept.session.take();
        let earlier = earlier.filter(|session| session.range == range && !session.is_over(now));
        let resumed = earlier.is_some();
        let session = match earlier {
            Some(session) => session,
            None => self.fresh_session().await?,
        };
        let material = session.material()?.public_form();
        self.kept.session = Some(session);
        self.kept.keep(&self.sdk.files).await?;
        let opened = self.ask_for_session(&material).await;
        match opened {
            // The earlier session is over: its keys are of no use any more, a new one may do.
            Err(ShareError::NoData) if resumed => {
                self.kept.session = None;
                let session = self.fresh_session().await?;
                let material = session.material()?.public_form();
                self.kept.session = Some(session);
                self.kept.keep(&self.sdk.files).await?;
                self.ask_for_session(&material).await
            }
            opened => opened,
        }
    }

    async fn fresh_session(&self) -> Result<KeptSession, ShareError> {
        let (sdk, now) = (self.sdk, self.sdk.clock.now());
        let reference = DeviceReference::generate(&*sdk.entropy);
        let material = OurKeyMaterial::generate(sdk.settings.flavour, &*sdk.entropy, now.plus(KEY_LIFE));
        Ok(KeptSession::new(reference, self.request.range(), &material, now))
    }

    async fn ask_for_session(&self, material: &KeyMaterialForm) -> Result<DataSessionView, ShareError> {
        let key_material = to_raw_value(material).map_err(|_| ShareError::UnusableAnswer)?;
        let body = OpenDataSession { consent_key: self.kept.key, range: self.request.range(), key_material };
        let key = mpp_crypto::sha256(material.nonce.as_bytes()).to_string();
        let view = call::answered(|| self.client.open_session(&key, &body)).await?;
        match view.state.as_str() {
            "failed" | "expired" => Err(ShareError::NoData),
            _ => Ok(view),
        }
    }

    /// The session's private key dies here. The consent's name stays: for the next fetch, and for withdrawing.
    async fn finish(mut self, report: ShareReport) -> Result<ShareReport, ShareError> {
        self.kept.session = None;
        self.kept.keep(&self.sdk.files).await?;
        Ok(report)
    }

    /// Lets go of what is of no use after a journey that came to nothing. A session that is merely late is kept:
    /// the next run goes on waiting for it.
    async fn over(&mut self, error: ShareError) -> ShareError {
        let cleared = match error {
            ShareError::ConsentNotTrusted(_) => {
                KeptJourney::forget(&self.sdk.files, self.request.consent).await
            }
            ShareError::NoData => {
                self.kept.session = None;
                self.kept.keep(&self.sdk.files).await
            }
            _ => Ok(()),
        };
        // Why the journey is over matters more than a file that could not be cleared: the sweeper will.
        drop(cleared);
        error
    }
}

/// Whether nothing can come of a consent that was never given.
fn came_to_nothing(view: &AaConsentView) -> bool {
    match view.state.as_str() {
        "rejected" | "failed" => true,
        "expired" => view.consent_id.is_none(),
        _ => false,
    }
}

//! The SDK as the app holds it: one instance per installation.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mpp_api::central::{
    ApprovalStatement, ConsentView, Decide, DeviceStatement, OpenLink, PhoneClient, PhoneEvent,
};
use mpp_api::{Anonymous, ApiError, Caller, Page};
use mpp_core::{
    Clock, ConsentArtefact, ConsentId, ConsentRequestId, Decision, Entropy, ItemDecision, LanguageTag,
    Recipient, Source, Timestamp,
};
use mpp_crypto::VerifyingKey;
use mpp_crypto::jws;
use mpp_private_share::DeviceFolder;
use mpp_transport::Transport;
use url::Url;

use crate::authorization::DeviceSignature;
use crate::central_keys::CentralKeys;
use crate::journal::Journal;
use crate::{
    Decisions, DeviceIdentity, KeptArtefact, KeptRequest, OneTimeLink, Phase, Screen, ScreenFault, SdkError,
};

/// What central says of a request that its partner has taken back.
const TAKEN_BACK: &str = "request_cancelled";

/// What central says of a request that has run out.
const RUN_OUT: &str = "link_expired";

/// What the app is configured with when it is built.
#[derive(Debug, Clone)]
pub struct SdkSettings {
    /// Where central is.
    pub central: Url,
    /// The keys central signs with, pinned in the app. Those that follow from them by their own word need not be.
    pub central_keys: Vec<VerifyingKey>,
}

/// What the platform gives the SDK.
#[derive(Debug, Clone)]
pub struct SdkPorts {
    /// Carries requests.
    pub transport: Arc<dyn Transport>,
    /// The app's private folder for this SDK alone.
    pub folder: Arc<dyn DeviceFolder>,
    /// The device's clock.
    pub clock: Arc<dyn Clock>,
    /// The device's random generator.
    pub entropy: Arc<dyn Entropy>,
}

/// The MPP SDK.
pub struct MppSdk {
    central: Url,
    central_keys: CentralKeys,
    ports: SdkPorts,
    device: DeviceIdentity,
    journal: Journal,
    anonymous: PhoneClient,
    signed: PhoneClient,
}

impl fmt::Debug for MppSdk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MppSdk").field("central", &self.central.as_str()).finish_non_exhaustive()
    }
}

impl MppSdk {
    /// Opens the SDK on its private folder; the first time, the device key is made.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub async fn open(settings: SdkSettings, ports: SdkPorts) -> Result<Self, SdkError> {
        let device = DeviceIdentity::open(ports.folder.as_ref(), ports.entropy.as_ref()).await?;
        let signature = DeviceSignature {
            key: Arc::clone(device.key()),
            clock: Arc::clone(&ports.clock),
            entropy: Arc::clone(&ports.entropy),
        };
        let caller = Caller::new(settings.central.clone(), Arc::clone(&ports.transport), Arc::new(Anonymous));
        let signed = PhoneClient::new(caller.as_party(Arc::new(signature)));
        let journal = Journal::new(Arc::clone(&ports.folder));
        let SdkSettings { central, central_keys } = settings;
        let (central_keys, anonymous) = (CentralKeys::pinned(central_keys), PhoneClient::new(caller));
        Ok(Self { central, central_keys, ports, device, journal, anonymous, signed })
    }

    /// This device.
    #[must_use]
    pub const fn device(&self) -> &DeviceIdentity {
        &self.device
    }

    /// Opens a one-time link and checks what it leads to. Opening it again on the same device shows the same screen.
    ///
    /// # Errors
    /// [`SdkError::Untrusted`] when the recipient's key is not vouched for; the screen must then not be shown.
    pub async fn open_link(&self, link: &str) -> Result<Screen, SdkError> {
        let link = OneTimeLink::parse(link)?;
        let now = self.ports.clock.now();
        let statement =
            DeviceStatement { token_sha256: mpp_crypto::sha256(link.token().as_bytes()), at: now };
        let proof = sign(&self.device, "mpp-device+jwt", &statement)?;
        let opening =
            OpenLink { token: link.token().to_owned(), device_key: self.device.public_key(), proof };
        let bytes = self.anonymous.open_link(&opening).await?;
        let screen = self.check(&bytes, now).await?;
        if self.journal.find(screen.content().consent_request_id).await?.is_none() {
            self.journal.keep(&KeptRequest::opened(&screen, now)).await?;
        }
        Ok(screen)
    }

    /// Checks a screen; once more, when its recipient is not vouched for and central has changed its key.
    async fn check(&self, bytes: &Bytes, now: Timestamp) -> Result<Screen, SdkError> {
        match Screen::check(bytes, &self.central_keys.known(), now) {
            Err(ScreenFault::NotVouchedFor) if self.central_keys.learn(&self.anonymous).await? => {}
            checked => return Ok(checked?),
        }
        Ok(Screen::check(bytes, &self.central_keys.known(), now)?)
    }

    /// Signs and submits the customer's decisions, and keeps artefacts and receipt.
    ///
    /// # Errors
    /// [`SdkError::Undecided`] while an item is open; [`SdkError::Evidence`] when central's answer is not what was
    /// decided; `request_cancelled` from central when the partner has taken the request back, `link_expired` when it has run
    /// out, and then nothing was shared.
    pub async fn decide(
        &self,
        screen: &Screen,
        decisions: &Decisions,
        language: &LanguageTag,
    ) -> Result<KeptRequest, SdkError> {
        let decided = decisions.complete()?;
        let content = screen.content();
        let kept = self.kept(content.consent_request_id).await?;
        let statement = ApprovalStatement {
            consent_request_id: content.consent_request_id,
            device_id: content.device_id,
            decided_at: self.ports.clock.now(),
            notice_version: content.notice_version,
            language: language.to_string(),
            screen_sha256: screen.digest(),
            decisions: decided.clone(),
            device_key: Some(self.device.public_key()),
        };
        let approval = sign(&self.device, "mpp-approval+jwt", &statement)?;
        let answer = match self.signed.decide(content.consent_request_id, &Decide { approval }).await {
            Err(refused) => {
                if let Some(phase) = ended_by(&refused, &kept.phase)? {
                    self.mark(kept, phase).await?;
                }
                return Err(refused.into());
            }
            Ok(answer) => answer,
        };
        let artefacts = self.check_evidence(screen, &decided, &answer).await?;
        let financial = artefacts.iter().find(|artefact| artefact.source == Source::AccountAggregator);
        let phase = kept.phase.clone().decide(financial.map(|artefact| artefact.consent))?;
        let kept = KeptRequest { phase, artefacts, receipt: Some(answer.receipt), ..kept };
        self.journal.keep(&kept).await?;
        Ok(kept)
    }

    /// How a request stands now. Of one that waits for the customer's decision central is asked whether the partner has taken it
    /// back, or it has run out; [`Phase::Cancelled`] and [`Phase::Expired`] say so, and are kept. To be called whenever the app
    /// shows such a request.
    ///
    /// # Errors
    /// [`SdkError::UnknownRequest`]; when central refuses or cannot be reached; when the folder cannot be used.
    pub async fn look_again(&self, request: ConsentRequestId) -> Result<KeptRequest, SdkError> {
        let kept = self.kept(request).await?;
        if kept.phase != Phase::Open {
            return Ok(kept);
        }
        match self.signed.screen(request).await {
            Ok(_) => Ok(kept),
            Err(refused) => match ended_by(&refused, &kept.phase)? {
                Some(phase) => self.mark(kept, phase).await,
                None => Err(refused.into()),
            },
        }
    }

    async fn mark(&self, kept: KeptRequest, phase: Phase) -> Result<KeptRequest, SdkError> {
        let kept = KeptRequest { phase, ..kept };
        self.journal.keep(&kept).await?;
        Ok(kept)
    }

    /// Every approved item has an artefact signed by a pinned key that says what was shown, and nothing else has one.
    async fn check_evidence(
        &self,
        screen: &Screen,
        decided: &[ItemDecision],
        answer: &mpp_api::central::Decided,
    ) -> Result<Vec<KeptArtefact>, SdkError> {
        let approved = decided.iter().filter(|item| item.decision == Decision::Approved);
        let mut artefacts = Vec::new();
        for item in approved {
            let mut issued =
                answer.artefacts.iter().filter(|issued| issued.source == item.source.to_string());
            let (Some(issued), None) = (issued.next(), issued.next()) else { return Err(SdkError::Evidence) };
            let artefact: ConsentArtefact = self.verify(&issued.artefact, "mpp-consent-artefact+jwt").await?;
            let shown = screen.content().items.iter().find(|shown| shown.source == issued.source);
            let says_what_was_shown = artefact.source == item.source
                && artefact.consent == issued.consent_id
                && artefact.id == issued.artefact_id
                && shown.is_some_and(|shown| shown.terms == artefact.parameters)
                && artefact.device_key.as_ref().is_none_or(|key| *key == self.device.public_key())
                && names(&artefact.recipient, screen);
            if !says_what_was_shown {
                return Err(SdkError::Evidence);
            }
            artefacts.push(KeptArtefact {
                artefact: artefact.id,
                consent: artefact.consent,
                source: artefact.source,
                signed: issued.artefact.clone(),
            });
        }
        if artefacts.len() != answer.artefacts.len() {
            return Err(SdkError::Evidence);
        }
        self.verify::<serde_json::Value>(&answer.receipt, "mpp-consent-receipt+jwt").await?;
        Ok(artefacts)
    }

    pub(crate) async fn verify<T: serde::de::DeserializeOwned>(
        &self,
        text: &str,
        kind: &str,
    ) -> Result<T, SdkError> {
        self.central_keys.verify(&self.anonymous, text, kind).await
    }

    /// What this device keeps about its requests, oldest first.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub async fn requests(&self) -> Result<Vec<KeptRequest>, SdkError> {
        let mut requests = self.journal.all().await?;
        requests.sort_by_key(|request| request.opened_at);
        Ok(requests)
    }

    /// Removes what this device keeps about requests whose consents have all ended, receipts and artefacts included, and gives
    /// their names. It is the customer's own evidence: only the customer decides that it goes, so the app asks first.
    ///
    /// # Errors
    /// When central, which knows what has ended, refuses or cannot be reached; when the folder cannot be used.
    pub async fn clear_ended(&self) -> Result<Vec<ConsentRequestId>, SdkError> {
        let kept = self.requests().await?;
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        let told = self.history().await?;
        let mut cleared = Vec::new();
        for request in kept.into_iter().filter(|request| request.has_ended(&told)) {
            self.journal.remove(request.request).await?;
            cleared.push(request.request);
        }
        Ok(cleared)
    }

    /// The customer's consents given on this device and what was done under them, as central tells it.
    ///
    /// # Errors
    /// When central refuses or cannot be reached.
    pub async fn history(&self) -> Result<Vec<ConsentView>, SdkError> {
        Ok(self.signed.consents().await?.items)
    }

    /// Withdraws a consent for good. Repeating it changes nothing.
    ///
    /// # Errors
    /// When central refuses or cannot be reached.
    pub async fn withdraw(&self, consent: ConsentId) -> Result<ConsentView, SdkError> {
        Ok(self.signed.withdraw(consent).await?)
    }

    /// Pauses a consent: nothing is fetched until it is resumed.
    ///
    /// # Errors
    /// When central refuses or cannot be reached.
    pub async fn pause(&self, consent: ConsentId) -> Result<ConsentView, SdkError> {
        Ok(self.signed.pause(consent).await?)
    }

    /// Resumes a paused consent.
    ///
    /// # Errors
    /// When central refuses or cannot be reached.
    pub async fn resume(&self, consent: ConsentId) -> Result<ConsentView, SdkError> {
        Ok(self.signed.resume(consent).await?)
    }

    /// News after a sequence number; waits up to `hold` for the first. They begin later where central no longer keeps those
    /// that follow the number (after years). Erasure receipts among them are verified.
    ///
    /// # Errors
    /// [`SdkError::Evidence`] when a receipt is not signed by a pinned key.
    pub async fn news(&self, after: u64, hold: Duration) -> Result<Vec<PhoneEvent>, SdkError> {
        let Page { items, .. } = self.signed.events(after, hold).await?;
        for event in &items {
            if let Some(receipt) = &event.erasure_receipt {
                let receipt: mpp_core::ErasureReceipt =
                    self.verify(receipt, "mpp-erasure-receipt+jwt").await?;
                if event.parcel_id != Some(receipt.parcel) {
                    return Err(SdkError::Evidence);
                }
            }
        }
        Ok(items)
    }

    pub(crate) async fn kept(&self, request: ConsentRequestId) -> Result<KeptRequest, SdkError> {
        self.journal.find(request).await?.ok_or(SdkError::UnknownRequest)
    }

    pub(crate) const fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.ports.entropy.as_ref()
    }

    pub(crate) const fn client(&self) -> &PhoneClient {
        &self.signed
    }
}

/// Where a request stands after this refusal, if it has ended without a decision.
fn ended_by(refused: &ApiError, phase: &Phase) -> Result<Option<Phase>, SdkError> {
    match refused.code() {
        Some(TAKEN_BACK) => Ok(Some(phase.clone().cancel()?)),
        Some(RUN_OUT) => Ok(Some(phase.clone().expire()?)),
        _ => Ok(None),
    }
}

fn names(recipient: &Recipient, screen: &Screen) -> bool {
    match recipient {
        Recipient::Partner { id, envelope_kid } => {
            *id == screen.recipient().partner && *envelope_kid == screen.recipient().kid
        }
        Recipient::Customer => false,
    }
}

fn sign<T: serde::Serialize>(device: &DeviceIdentity, kind: &str, statement: &T) -> Result<String, SdkError> {
    let signed = jws::sign(device.key(), kind, statement).map_err(|_| SdkError::DeviceKey)?;
    Ok(signed.into())
}

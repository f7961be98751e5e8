//! What the fake central makes: parcels, what proves a consent, notifications.

use mpp_core::{
    ArtefactId, ConsentArtefact, ConsentId, ConsentParameters, ConsentRequestId, DeviceId, NotificationId,
    ParcelId, PartnerId, Recipient, Source, Span, Timestamp,
};
use mpp_crypto::envelope::{self, Context, Fingerprint, Purpose, sign_as_sender};
use mpp_crypto::jws;
use mpp_crypto::webhook::{self, WebhookHeaders, WebhookSigner};
use mpp_crypto::{EnvelopePublicKey, SigningKey, sha256};
use mpp_services::client::{
    CentralNotification, CentralNotificationKind, CentralNotificationSubject, ConsentProof,
};

use super::{FakeCentral, FakeParcel};

impl FakeCentral {
    pub(crate) fn envelope_key(&self) -> EnvelopePublicKey {
        EnvelopePublicKey::from_jwk(&self.state().enrolled.as_ref().unwrap().0).unwrap()
    }

    /// Seals a document and keeps it as a parcel.
    pub(crate) fn keep_parcel(&self, about: &About, content_type: &str, document: &[u8]) -> ParcelId {
        let key = self.envelope_key();
        self.keep_parcel_sealed_to(&key, about, content_type, document)
    }

    pub(crate) fn keep_parcel_sealed_to(
        &self,
        key: &EnvelopePublicKey,
        about: &About,
        content_type: &str,
        document: &[u8],
    ) -> ParcelId {
        let parcel = ParcelId::generate(&*self.entropy);
        let context = Context {
            purpose: Purpose::Parcel,
            partner: self.partner,
            consent: about.consent,
            parcel,
            source: about.source.clone(),
            content_type: content_type.parse().unwrap(),
        };
        let sealed = envelope::seal_all(document, key, &context, &*self.entropy).unwrap();
        let sender = match about.source {
            Source::AccountAggregator => &self.device,
            Source::Provider(_) => &self.signing,
        };
        let sender = Some(vouched(sender, &sealed));
        let announced_sha256 = sha256(&sealed);
        let kept = FakeParcel { sealed, announced_sha256, consent: about.consent, receipt: None, sender };
        self.state().parcels.insert(parcel, kept);
        parcel
    }

    /// What is signed when a consent is given.
    pub(crate) fn proof(&self, about: &About) -> ConsentProof {
        self.proof_changed(about, |_, _| {})
    }

    /// The same with a change to the artefact or the approval.
    pub(crate) fn proof_changed(
        &self,
        about: &About,
        change: impl FnOnce(&mut ConsentArtefact, &mut serde_json::Value),
    ) -> ConsentProof {
        let now = self.clock.now();
        let (mut artefact, device) = (artefact(self.partner, about, now), DeviceId::from_random([9; 16]));
        artefact.device = Some(device);
        artefact.device_key = Some(self.device.public().to_jwk());
        let mut approval = serde_json::json!({
            "consentRequestId": about.request,
            "deviceId": device,
            "decidedAt": now,
            "noticeVersion": artefact.notice_version,
            "language": "en",
            "screenSha256": sha256(b"a screen"),
            "decisions": [{ "source": about.source, "decision": "approved" }],
            "deviceKey": self.device.public().to_jwk(),
        });
        change(&mut artefact, &mut approval);
        ConsentProof {
            artefact: jws::sign(&self.signing, "mpp-consent-artefact+jwt", &artefact).unwrap(),
            approval: Some(jws::sign(&self.device, "mpp-approval+jwt", &approval).unwrap()),
        }
    }

    /// Adds a notification to the feed.
    pub(crate) fn announce(&self, kind: CentralNotificationKind, about: &About) -> CentralNotification {
        let (now, proof) = (self.clock.now(), self.proof(about));
        let mut state = self.state();
        state.proofs.entry(about.consent).or_insert(proof);
        let notification = CentralNotification {
            id: NotificationId::generate(&*self.entropy),
            kind,
            sequence: state.feed.last().map_or(0, |last| last.sequence) + 1,
            occurred_at: now,
            data: CentralNotificationSubject {
                consent_request_id: about.request,
                case_ref: about.case_ref.parse().unwrap(),
                consent_id: Some(about.consent),
                source: Some(about.source.clone()),
                parcel_id: about.parcel,
                fetch_id: about.fetch,
                purge_by: about.purge_by,
                reason: None,
                quality: Vec::new(),
            },
        };
        state.feed.push(notification.clone());
        notification
    }

    pub(crate) fn signed(&self, notification: &CentralNotification) -> (WebhookHeaders, Vec<u8>) {
        let body = serde_json::to_vec(notification).unwrap();
        let id = notification.id.to_string();
        let headers =
            webhook::sign(&id, self.clock.now(), &body, &[WebhookSigner::Ed25519(&self.notification)])
                .unwrap();
        (headers, body)
    }
}

/// The statement of whoever sealed this.
pub(crate) fn vouched(key: &SigningKey, sealed: &[u8]) -> String {
    let fingerprint = Fingerprint::of(sealed).unwrap();
    sign_as_sender(key, &fingerprint).unwrap().into()
}

fn artefact(partner: PartnerId, about: &About, now: Timestamp) -> ConsentArtefact {
    ConsentArtefact {
        id: ArtefactId::from_random(*about.consent.as_bytes()),
        consent: about.consent,
        source: about.source.clone(),
        recipient: Recipient::Partner { id: partner, envelope_kid: "kaveri-2026".parse().unwrap() },
        customer: "ab".repeat(32).parse().unwrap(),
        parameters: terms(now),
        notice_version: 1,
        issued_at: now,
        device: None,
        device_key: None,
        aa_consent: None,
    }
}

fn terms(now: Timestamp) -> ConsentParameters {
    let terms = serde_json::json!({
        "consentStart": now,
        "consentExpiry": now.plus(Span::from_days(30)),
        "consentMode": "STORE",
        "fetchType": "ONETIME",
        "consentTypes": ["PROFILE"],
        "fiTypes": [],
        "purpose": { "code": "103", "text": "Loan underwriting" },
        "dataRange": { "from": now.minus(Span::from_days(180)), "to": now },
        "dataLife": { "unit": "MONTH", "value": 1 },
        "frequency": { "unit": "MONTH", "value": 1 },
    });
    serde_json::from_value(terms).unwrap()
}

/// What a notification or parcel is about.
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub(crate) request: ConsentRequestId,
    pub(crate) case_ref: String,
    pub(crate) consent: ConsentId,
    pub(crate) source: Source,
    pub(crate) parcel: Option<ParcelId>,
    pub(crate) fetch: Option<mpp_core::FetchId>,
    pub(crate) purge_by: Option<Timestamp>,
}

impl About {
    pub(crate) fn with_parcel(&self, parcel: ParcelId) -> Self {
        Self { parcel: Some(parcel), ..self.clone() }
    }
}

//! The file of one request: what was asked, what the customer gave, and every step since, with its proof.

use mpp_core::{
    ConsentId, ConsentRequestId, ConsentRequestState, ConsentState, Decision, ErasureReceiptId, Kid,
    ParcelId, Sha256Digest, Source, Timestamp,
};
use mpp_crypto::sha256;
use mpp_store::{IndexValue, RecordReaderExt, Versioned};

use super::deliveries::DeliveryRow;
use super::fetches::FetchRow;
use super::requests::RequestRow;
use crate::central::news::NotificationKind;
use crate::central::records::{
    ConsentRecord, ConsentUseRecord, FetchRecord, NotificationRecord, ParcelRecord, Pausing, RequestRecord,
    UseKind, index,
};
use crate::central::{CentralError, CentralService};

/// Everything on record about a request.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseFile {
    /// The request.
    pub row: RequestRow,
    /// The partner's name.
    pub partner_name: String,
    /// The key that everything is sealed to.
    pub envelope_kid: Kid,
    /// The version of the notice that was shown.
    pub notice_version: u32,
    /// Until when it can be decided, while it waits.
    pub expires_at: Option<Timestamp>,
    /// What was asked, and what the customer said to it, in the order of the screen.
    pub items: Vec<(Source, String, Option<Decision>)>,
    /// The consents given.
    pub consents: Vec<GivenConsent>,
    /// Fetches from providers.
    pub fetches: Vec<FetchRow>,
    /// Parcels.
    pub parcels: Vec<ParcelFact>,
    /// Notifications to the partner.
    pub deliveries: Vec<DeliveryRow>,
    /// What happened, oldest first.
    pub steps: Vec<FileStep>,
}

/// A consent of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenConsent {
    /// The consent.
    pub id: ConsentId,
    /// The source.
    pub source: Source,
    /// The source's name as shown.
    pub title: String,
    /// The name of its state.
    pub status: &'static str,
    /// When it was given.
    pub given_at: Timestamp,
    /// The digest of the signed artefact.
    pub artefact_sha256: Sha256Digest,
}

/// A parcel of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct ParcelFact {
    /// The parcel.
    pub id: ParcelId,
    /// The consent it rests on.
    pub consent: ConsentId,
    /// From where.
    pub source: Source,
    /// The name of its state.
    pub status: &'static str,
    /// The length and digest of the sealed bytes, once complete.
    pub sealed: Option<(u64, Sha256Digest)>,
    /// The receipt of its erasure.
    pub receipt: Option<ErasureReceiptId>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStep {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: StepKind,
    /// Who caused it.
    pub actor: StepActor,
    /// To what, where the file has several.
    pub source: Option<Source>,
    /// The parcel.
    pub parcel: Option<ParcelId>,
    /// The digest of what proves it.
    pub proof: Option<Sha256Digest>,
}

/// Who causes a step. Who of the partner's staff it was, central does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepActor {
    /// The customer, on the phone.
    Customer,
    /// The partner.
    Partner,
    /// Central itself.
    Central,
}

impl StepActor {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Partner => "partner",
            Self::Central => "central",
        }
    }
}

/// What can happen in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// The partner asked.
    Placed,
    /// The customer opened the link.
    Opened,
    /// The customer decided; proved by the approval signed on the device.
    Decided,
    /// A consent was given; proved by its artefact.
    ConsentGiven,
    /// Something was done under a consent.
    Used(UseKind),
    /// The partner acknowledged a parcel; proved by its signature.
    Acknowledged,
    /// Central erased a parcel; proved by the receipt.
    Erased,
    /// The partner was told.
    Told(NotificationKind),
    /// The consent was paused.
    Paused,
    /// The consent holds again.
    Resumed,
    /// The consent was withdrawn.
    Withdrawn,
    /// The consent or request ran out.
    RanOut,
    /// The partner took the request back.
    Cancelled,
}

impl StepKind {
    /// Who causes it; what comes through the customer's phone is told apart by its source.
    const fn actor(self) -> StepActor {
        match self {
            Self::Placed | Self::Acknowledged | Self::Cancelled => StepActor::Partner,
            Self::Opened
            | Self::Decided
            | Self::ConsentGiven
            | Self::Paused
            | Self::Resumed
            | Self::Withdrawn => StepActor::Customer,
            Self::Used(_) | Self::Erased | Self::Told(_) | Self::RanOut => StepActor::Central,
        }
    }
}

impl CentralService {
    /// The file of a request.
    ///
    /// # Errors
    /// [`CentralError::NotFound`].
    pub async fn case_file(&self, id: ConsentRequestId) -> Result<CaseFile, CentralError> {
        let found = self.store().get::<RequestRecord>(&RequestRecord::key_of(id)).await?;
        let record = found.ok_or(CentralError::NotFound)?.record;
        let partner = self.partner_record(record.request.partner).await?.record;
        let mut file = empty_file(&record, partner.partner.legal_name);
        let consents: Vec<Versioned<ConsentRecord>> =
            self.store().every_by_index(index::REQUEST, IndexValue::new(id)).await?;
        for read in consents {
            self.add_consent(&mut file, read.record).await?;
        }
        let told: Vec<Versioned<NotificationRecord>> =
            self.store().every_by_index(index::REQUEST, IndexValue::new(id)).await?;
        for read in told {
            let row = DeliveryRow::of(read.record);
            let step = file_step(row.occurred_at, StepKind::Told(row.kind));
            file.steps.push(FileStep { source: row.subject.source.clone(), ..step });
            file.deliveries.push(row);
        }
        // what happened at the same instant stays in the order of cause and effect it was added in
        file.steps.sort_by_key(|step| step.at);
        Ok(file)
    }

    async fn add_consent(&self, file: &mut CaseFile, record: ConsentRecord) -> Result<(), CentralError> {
        let consent = record.consent;
        let value = || IndexValue::new(consent.id);
        let artefact_sha256 = sha256(record.signed.as_str().as_bytes());
        let given_at = consent.artefact.issued_at;
        let about = |at, kind| FileStep { source: Some(consent.source.clone()), ..file_step(at, kind) };
        file.steps.push(FileStep { proof: Some(artefact_sha256), ..about(given_at, StepKind::ConsentGiven) });
        let said = said_since(&consent.state, &record.pausings);
        file.steps.extend(said.into_iter().map(|(at, kind)| about(at, kind)));
        let uses: Vec<Versioned<ConsentUseRecord>> =
            self.store().every_by_index(index::CONSENT, value()).await?;
        // the parcel itself says more of its hand-over and erasure, further down
        let told_below = |what| matches!(what, UseKind::Delivered | UseKind::Erased);
        let by_phone = |what: UseKind| what == UseKind::Fetched && consent.source.provider().is_none();
        for read in uses.into_iter().filter(|read| !told_below(read.record.what)) {
            let step = about(read.record.at, StepKind::Used(read.record.what));
            let actor = if by_phone(read.record.what) { StepActor::Customer } else { step.actor };
            file.steps.push(FileStep { parcel: read.record.parcel, actor, ..step });
        }
        let fetches: Vec<Versioned<FetchRecord>> =
            self.store().every_by_index(index::CONSENT, value()).await?;
        file.fetches.extend(fetches.into_iter().map(|read| FetchRow::of(read.record)));
        let parcels: Vec<Versioned<ParcelRecord>> =
            self.store().every_by_index(index::CONSENT, value()).await?;
        for read in parcels {
            add_parcel(file, &read.record);
        }
        file.consents.push(GivenConsent {
            id: consent.id,
            source: consent.source.clone(),
            title: record.title,
            status: consent.state.state_name(),
            given_at,
            artefact_sha256,
        });
        Ok(())
    }
}

/// What became of a consent after it was given. Of pauses under a program of before only the present one is known.
fn said_since(state: &ConsentState, pausings: &[Pausing]) -> Vec<(Timestamp, StepKind)> {
    let step = |pausing: &Pausing| match *pausing {
        Pausing::Paused { at } => (at, StepKind::Paused),
        Pausing::Resumed { at } => (at, StepKind::Resumed),
    };
    let mut steps: Vec<_> = pausings.iter().map(step).collect();
    match *state {
        ConsentState::Active => {}
        ConsentState::Paused { at } if pausings.contains(&Pausing::Paused { at }) => {}
        ConsentState::Paused { at } => steps.push((at, StepKind::Paused)),
        ConsentState::Revoked { at } => steps.push((at, StepKind::Withdrawn)),
        ConsentState::Expired { at } => steps.push((at, StepKind::RanOut)),
    }
    steps
}

fn empty_file(record: &RequestRecord, partner_name: String) -> CaseFile {
    let request = &record.request;
    let said = |source: &Source| {
        let decisions = request.state.decisions().iter();
        decisions.clone().find(|said| said.source == *source).map(|said| said.decision)
    };
    let items =
        request.items.iter().map(|item| (item.source.clone(), item.title.clone(), said(&item.source)));
    let mut steps = vec![file_step(request.placed_at, StepKind::Placed)];
    steps.extend(opened_at(record).map(|at| file_step(at, StepKind::Opened)));
    let mut expires_at = None;
    match &request.state {
        ConsentRequestState::Placed { expires_at: until }
        | ConsentRequestState::Opened { expires_at: until, .. } => expires_at = Some(*until),
        ConsentRequestState::Decided { at, .. } => {
            let approval = record.evidence.as_ref().map(|evidence| evidence.approval.as_str());
            let proof = approval.map(|approval| sha256(approval.as_bytes()));
            steps.push(FileStep { proof, ..file_step(*at, StepKind::Decided) });
        }
        ConsentRequestState::Expired { at, .. } => steps.push(file_step(*at, StepKind::RanOut)),
        ConsentRequestState::Cancelled { at, .. } => steps.push(file_step(*at, StepKind::Cancelled)),
    }
    CaseFile {
        row: RequestRow::of(record),
        partner_name,
        envelope_kid: request.envelope_kid.clone(),
        notice_version: request.notice_version,
        expires_at,
        items: items.collect(),
        consents: Vec::new(),
        fetches: Vec::new(),
        parcels: Vec::new(),
        deliveries: Vec::new(),
        steps,
    }
}

/// When the link was opened. A request that was decided under a program of before does not say.
fn opened_at(record: &RequestRecord) -> Option<Timestamp> {
    record.opened_at.or(match record.request.state {
        ConsentRequestState::Opened { at, .. } => Some(at),
        ConsentRequestState::Placed { .. }
        | ConsentRequestState::Decided { .. }
        | ConsentRequestState::Expired { .. }
        | ConsentRequestState::Cancelled { .. } => None,
    })
}

fn add_parcel(file: &mut CaseFile, record: &ParcelRecord) {
    let parcel = &record.parcel;
    if let Some(receipt) = &record.receipt {
        let about = |kind, proof: &str| FileStep {
            source: Some(parcel.source.clone()),
            parcel: Some(parcel.id),
            proof: Some(sha256(proof.as_bytes())),
            ..file_step(receipt.at, kind)
        };
        if let Some(acknowledgement) = &record.acknowledgement {
            file.steps.push(about(StepKind::Acknowledged, acknowledgement.as_str()));
        }
        file.steps.push(about(StepKind::Erased, receipt.signed.as_str()));
    }
    file.parcels.push(ParcelFact {
        id: parcel.id,
        consent: parcel.consent,
        source: parcel.source.clone(),
        status: parcel.state.state_name(),
        sealed: parcel.description.as_ref().map(|sealed| (sealed.size_bytes, sealed.sha256)),
        receipt: record.receipt.as_ref().map(|receipt| receipt.id),
    });
}

const fn file_step(at: Timestamp, kind: StepKind) -> FileStep {
    FileStep { at, kind, actor: kind.actor(), source: None, parcel: None, proof: None }
}

//! The beginning of an attempt: is it still wanted, does the consent cover it now, and on record before anything is
//! asked.

use mpp_connectors::ProviderRequest;
use mpp_connectors::provider::ConsentEvidence;
use mpp_core::{
    DataRange, FetchFailure, FetchId, FetchIntent, FetchPermit, Parcel, ParcelId, ParcelState,
    ProviderFetchState, ScopeViolation, Span, Standing, Timestamp, UsageSubject,
};
use mpp_crypto::keys::EnvelopePublicKey;
use mpp_store::{LeasedJob, RecordReaderExt, Versioned};

use super::super::audit::{Action, Actor, Subject};
use super::super::change::Change;
use super::super::decisions::of_consent;
use super::super::jobs::Job;
use super::super::records::{ConsentRecord, FetchRecord, ParcelRecord};
use super::super::{CentralError, CentralService};
use super::Attempt;
use super::failure::Effect;

/// How long a fetch waits that the customer has paused, or whose partner is suspended.
const PAUSED_WAIT: Span = Span::from_minutes(5);

/// What stands in the way of an attempt.
enum Obstacle {
    /// Passes with time.
    Wait(Timestamp, &'static str),
    /// The fetch is no longer wanted.
    Cancel,
    /// The consent does not cover it.
    Fail,
}

impl CentralService {
    /// Puts an attempt on record, with a permit for it; `None` when the job was settled otherwise.
    pub(super) async fn begin(&self, id: FetchId, job: &LeasedJob) -> Result<Option<Attempt>, CentralError> {
        self.until_settled(|| self.try_begin(id, job)).await
    }

    async fn try_begin(&self, id: FetchId, job: &LeasedJob) -> Result<Option<Attempt>, CentralError> {
        let mut change = Change::new(self);
        let found = self.store().get::<FetchRecord>(&FetchRecord::key_of(id)).await?;
        let mut fetch = found.ok_or(CentralError::Inconsistent("a fetch is gone"))?;
        let Some(running) = started(fetch.record.fetch.state.clone(), change.now()) else {
            change.complete(job);
            return change.commit().await.map(|()| None);
        };
        let mut consent = self.consent_record(fetch.record.fetch.consent).await?;
        let owner = self.partner_record(fetch.record.fetch.partner).await?;
        let suspended = owner.record.partner.standing == Standing::Suspended;
        let permit = match self.permit(&consent.record, id, change.now()) {
            Ok(_) if suspended => Err(Obstacle::Wait(change.now().plus(PAUSED_WAIT), "partner_suspended")),
            Ok(permit) => match self.closed_until(&consent.record) {
                Some(until) => Err(Obstacle::Wait(until, "provider_busy")),
                None => Ok(permit),
            },
            Err(violation) => Err(obstacle(violation, &consent.record, change.now())),
        };
        let permit = match permit {
            Ok(permit) => permit,
            Err(obstacle) => return self.give_way(change, fetch, obstacle, job).await.map(|()| None),
        };
        let number = match &running {
            ProviderFetchState::Running { attempt, .. } => *attempt,
            _ => 1,
        };
        let token = match &running {
            ProviderFetchState::Running { token, .. } => token.clone(),
            _ => None,
        };
        fetch.record.fetch.state = running;
        let parcel = ParcelId::generate(self.entropy());
        self.replace_parcel(&mut change, &mut fetch, &consent.record, parcel).await?;
        consent.record.count_fetch(UsageSubject::Fetch(id), change.now());
        change.update(&consent);
        change.update(&fetch);
        let request = self.provider_request(&fetch.record, &consent.record).await?;
        let recipient = self.recipient(&consent.record, change.now()).await?;
        let Some(recipient) = recipient else {
            let change = Change::new(self);
            let unchanged = self.store().get::<FetchRecord>(&FetchRecord::key_of(id)).await?;
            let unchanged = unchanged.ok_or(CentralError::Inconsistent("a fetch is gone"))?;
            return self.give_way(change, unchanged, Obstacle::Fail, job).await.map(|()| None);
        };
        let subject =
            Subject { fetch: Some(id), parcel: Some(parcel), ..of_consent(&consent.record.consent) };
        change.audit(Action::FetchStarted, Actor::Central, &subject);
        change.commit().await?;
        Ok(Some(Attempt { fetch: id, number, parcel, permit, request, token, recipient }))
    }

    /// From when on the provider may be called, where its limits are used up now.
    fn closed_until(&self, record: &ConsentRecord) -> Option<Timestamp> {
        let id = record.consent.artefact.source.provider()?;
        self.parts.providers.provider(id)?.closed_until()
    }

    /// The only way to a permit: all the artefact allows, up to now.
    fn permit(
        &self,
        record: &ConsentRecord,
        fetch: FetchId,
        now: Timestamp,
    ) -> Result<FetchPermit, ScopeViolation> {
        let uses = record.uses_besides(UsageSubject::Fetch(fetch), now);
        record.consent.authorise(&intent_of(record, now), &uses, now)
    }

    /// The key to seal to, if it is valid now.
    async fn recipient(
        &self,
        record: &ConsentRecord,
        now: Timestamp,
    ) -> Result<Option<EnvelopePublicKey>, CentralError> {
        let mpp_core::Recipient::Partner { envelope_kid, .. } = &record.consent.artefact.recipient else {
            return Ok(None);
        };
        let keys = self.keys_by_envelope(envelope_kid).await?;
        if !keys.envelope.valid_at(now) {
            return Ok(None);
        }
        let key = EnvelopePublicKey::from_jwk(&keys.envelope.key)
            .map_err(|_| CentralError::Inconsistent("an enrolled envelope key"))?;
        Ok(Some(key))
    }

    async fn provider_request(
        &self,
        fetch: &FetchRecord,
        consent: &ConsentRecord,
    ) -> Result<ProviderRequest, CentralError> {
        let request = self.request_record(fetch.fetch.request).await?.record;
        let sealed = request.particulars.ok_or(CentralError::Inconsistent("no particulars"))?;
        Ok(ProviderRequest {
            client_ref: fetch.fetch.id,
            customer: self.open_particulars(request.request.id, &sealed)?,
            evidence: ConsentEvidence {
                artefact: consent.consent.artefact.id,
                approved_at: consent.consent.artefact.issued_at,
                ip_address: None,
            },
        })
    }

    /// A parcel for this attempt, and the end of the one an attempt that was cut off left behind.
    async fn replace_parcel(
        &self,
        change: &mut Change<'_>,
        fetch: &mut Versioned<FetchRecord>,
        consent: &ConsentRecord,
        parcel: ParcelId,
    ) -> Result<(), CentralError> {
        if let Some(left) = fetch.record.parcel.replace(parcel) {
            if let Some(read) = self.store().get::<ParcelRecord>(&ParcelRecord::key_of(left)).await? {
                change.remove(&read);
            }
            change.ask_for(&Job::ClearAway { parcel: left }, change.now())?;
        }
        let record = self.expected_parcel(consent, parcel, change.now(), None)?;
        change.insert(&record);
        Ok(())
    }

    /// A parcel of which nothing is here yet.
    pub(in crate::central) fn expected_parcel(
        &self,
        record: &ConsentRecord,
        id: ParcelId,
        now: Timestamp,
        upload: Option<mpp_core::UploadId>,
    ) -> Result<ParcelRecord, CentralError> {
        let consent = &record.consent;
        let mpp_core::Recipient::Partner { envelope_kid, .. } = &consent.artefact.recipient else {
            return Err(CentralError::Inconsistent("a consent without a partner"));
        };
        let parcel = Parcel {
            id,
            consent: consent.id,
            request: consent.request,
            partner: consent.partner,
            source: consent.source.clone(),
            kid: envelope_kid.clone(),
            description: None,
            state: ParcelState::Expected,
            expires_at: now.plus(self.settings().parcel_life),
        };
        Ok(ParcelRecord {
            parcel,
            device: record.device,
            product: record.product,
            case_ref: record.case_ref.clone(),
            kind: record.kind,
            fetch: None,
            upload,
            sender: None,
            acknowledgement: None,
            receipt: None,
        })
    }

    async fn give_way(
        &self,
        mut change: Change<'_>,
        mut fetch: Versioned<FetchRecord>,
        obstacle: Obstacle,
        job: &LeasedJob,
    ) -> Result<(), CentralError> {
        match obstacle {
            Obstacle::Wait(until, reason) => {
                change.release(job, until, reason);
                change.commit().await
            }
            Obstacle::Cancel => {
                fetch.record.fetch.state = fetch.record.fetch.state.cancel(change.now())?;
                change.update(&fetch);
                let subject = Subject { fetch: Some(fetch.record.fetch.id), ..of_fetch(&fetch.record) };
                change.audit(Action::FetchCancelled, Actor::Central, &subject);
                change.complete(job);
                change.commit().await
            }
            Obstacle::Fail => self.fail(change, fetch, FetchFailure::OutOfScope, Effect::None, job).await,
        }
    }
}

pub(in crate::central) fn of_fetch(record: &FetchRecord) -> Subject {
    Subject {
        partner: Some(record.fetch.partner),
        request: Some(record.fetch.request),
        consent: Some(record.fetch.consent),
        source: Some(record.fetch.source.clone()),
        fetch: Some(record.fetch.id),
        ..Subject::default()
    }
}

/// The state of a new attempt; `None` when the fetch is over. A running one is an attempt that was cut off: it is
/// done again, under the same client reference or with the token the provider gave.
fn started(state: ProviderFetchState, now: Timestamp) -> Option<ProviderFetchState> {
    let ready = match state {
        ProviderFetchState::Running { .. } => state.retry(now).ok()?,
        other => other,
    };
    ready.start(now).ok()
}

/// Everything the consent allows, but nothing of the future.
pub(in crate::central) fn intent_of(record: &ConsentRecord, now: Timestamp) -> FetchIntent {
    let artefact = &record.consent.artefact;
    let terms = artefact.parameters.form();
    let until_now = DataRange::new(terms.data_range.from(), terms.data_range.to().min(now));
    FetchIntent {
        source: artefact.source.clone(),
        recipient: artefact.recipient.clone(),
        range: until_now.unwrap_or(terms.data_range),
        consent_types: terms.consent_types.clone(),
        purpose: terms.purpose.code,
    }
}

fn obstacle(violation: ScopeViolation, record: &ConsentRecord, now: Timestamp) -> Obstacle {
    match violation {
        ScopeViolation::NotYetStarted => {
            Obstacle::Wait(record.consent.artefact.parameters.form().consent_start, violation.code())
        }
        ScopeViolation::Paused => Obstacle::Wait(now.plus(PAUSED_WAIT), violation.code()),
        ScopeViolation::TooFrequent { again_at } => Obstacle::Wait(again_at, violation.code()),
        ScopeViolation::Revoked | ScopeViolation::Expired => Obstacle::Cancel,
        ScopeViolation::WrongSource
        | ScopeViolation::WrongRecipient
        | ScopeViolation::RangeTooWide
        | ScopeViolation::TypeNotConsented
        | ScopeViolation::PurposeDiffers
        | ScopeViolation::AlreadyUsed => Obstacle::Fail,
    }
}

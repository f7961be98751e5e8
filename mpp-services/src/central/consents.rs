//! The customer's hand on given consents: list, pause, resume, withdraw. And what time does to them.

use mpp_core::{
    Consent, ConsentId, ConsentRequestId, ConsentState, DeviceId, FetchId, FetchType, ParcelState,
    ProviderFetchState, Timestamp,
};
use mpp_store::{IndexValue, LeasedJob, RecordReaderExt, Versioned};

use super::audit::{Action, Actor};
use super::change::{Change, PhoneNews};
use super::decisions::of_consent;
use super::erasure::of_parcel;
use super::fetching::of_fetch;
use super::jobs::Job;
use super::news::{NotificationKind, NotificationSubject, PhoneEventKind};
use super::records::{
    ConsentRecord, ConsentUseRecord, FetchRecord, ParcelRecord, Pausing, RequestRecord, UseKind, index,
};
use super::{CentralError, CentralService};

/// A consent as its customer sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentOverview {
    /// The consent.
    pub consent: Consent,
    /// Who receives the data.
    pub partner_name: String,
    /// The source's name as shown.
    pub title: String,
    /// What was done under it, oldest first.
    pub uses: Vec<ConsentUse>,
}

/// One use of a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentUse {
    /// What was done.
    pub what: UseKind,
    /// When.
    pub at: Timestamp,
    /// The parcel, where there was one.
    pub parcel: Option<mpp_core::ParcelId>,
}

/// What a customer does with a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentStep {
    /// Suspend it.
    Pause,
    /// Let it hold again.
    Resume,
    /// Withdraw it for good: everything under it is erased.
    Withdraw,
}

impl CentralService {
    /// The consents given on a device, oldest first, with their uses.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn consents(&self, device: DeviceId) -> Result<Vec<ConsentOverview>, CentralError> {
        let found: Vec<Versioned<ConsentRecord>> =
            self.store().every_by_index(index::DEVICE, IndexValue::new(device)).await?;
        let mut views = Vec::with_capacity(found.len());
        for read in found {
            views.push(self.overview(read.record).await?);
        }
        Ok(views)
    }

    /// Pauses, resumes or withdraws a consent. Doing so twice changes nothing.
    ///
    /// # Errors
    /// When the consent is not this device's, or the step is not possible any more.
    pub async fn change_consent(
        &self,
        device: DeviceId,
        id: ConsentId,
        step: ConsentStep,
    ) -> Result<ConsentOverview, CentralError> {
        let record = self.until_settled(|| self.try_change_consent(device, id, step)).await?;
        if step == ConsentStep::Withdraw {
            self.erase_revoked(id).await?;
            self.forget_particulars(record.consent.request).await?;
        }
        self.overview(record).await
    }

    async fn try_change_consent(
        &self,
        device: DeviceId,
        id: ConsentId,
        step: ConsentStep,
    ) -> Result<ConsentRecord, CentralError> {
        let mut change = Change::new(self);
        let mut read = self.own_consent(device, id).await?;
        if is_done(step, &read.record.consent.state) {
            return Ok(read.record);
        }
        let consent = read.record.consent.clone();
        let (consent, action, told) = match step {
            ConsentStep::Pause => {
                (consent.pause(change.now())?, Action::ConsentPaused, NotificationKind::ConsentPaused)
            }
            ConsentStep::Resume => {
                (consent.resume(change.now())?, Action::ConsentResumed, NotificationKind::ConsentResumed)
            }
            ConsentStep::Withdraw => {
                (consent.revoke(change.now())?, Action::ConsentRevoked, NotificationKind::ConsentRevoked)
            }
        };
        read.record.consent = consent;
        match step {
            ConsentStep::Pause => read.record.note_pausing(Pausing::Paused { at: change.now() }),
            ConsentStep::Resume => read.record.note_pausing(Pausing::Resumed { at: change.now() }),
            ConsentStep::Withdraw => {
                self.cancel_fetches(&mut change, id).await?;
                self.revoke_parcels(&mut change, id, Reach::All).await?;
            }
        }
        change.update(&read);
        change.audit(action, Actor::Device(device), &of_consent(&read.record.consent));
        self.tell_of_change(&mut change, &read.record, told).await?;
        change.commit().await?;
        Ok(read.record)
    }

    /// A consent whose time has run out: nothing is fetched any more; what is complete may still be collected.
    pub(super) async fn expire_consent(&self, id: ConsentId) -> Result<(), CentralError> {
        let request = self.until_settled(|| self.try_expire_consent(id)).await?;
        self.erase_revoked(id).await?;
        self.forget_particulars(request).await
    }

    async fn try_expire_consent(&self, id: ConsentId) -> Result<ConsentRequestId, CentralError> {
        let mut change = Change::new(self);
        let mut read = self.consent_record(id).await?;
        let request = read.record.consent.request;
        let Ok(consent) = read.record.consent.clone().expire(change.now()) else { return Ok(request) };
        read.record.consent = consent;
        self.cancel_fetches(&mut change, id).await?;
        self.revoke_parcels(&mut change, id, Reach::Incomplete).await?;
        change.update(&read);
        change.audit(Action::ConsentExpired, Actor::Central, &of_consent(&read.record.consent));
        self.tell_of_change(&mut change, &read.record, NotificationKind::ConsentExpired).await?;
        change.commit().await?;
        Ok(request)
    }

    async fn tell_of_change(
        &self,
        change: &mut Change<'_>,
        record: &ConsentRecord,
        told: NotificationKind,
    ) -> Result<(), CentralError> {
        let consent = &record.consent;
        let owner = self.partner_record(consent.partner).await?;
        let data = NotificationSubject {
            consent_id: Some(consent.id),
            source: Some(consent.source.clone()),
            ..NotificationSubject::of_request(consent.request, record.case_ref.clone())
        };
        change.notify(&owner.record, told, data).await?;
        change.tell_phone(record.device, PhoneEventKind::ConsentChanged, consent, PhoneNews::default()).await
    }

    async fn cancel_fetches(&self, change: &mut Change<'_>, id: ConsentId) -> Result<(), CentralError> {
        let fetches: Vec<Versioned<FetchRecord>> =
            self.store().every_by_index(index::CONSENT, IndexValue::new(id)).await?;
        for mut read in fetches {
            let Ok(cancelled) = read.record.fetch.state.clone().cancel(change.now()) else { continue };
            read.record.fetch.state = cancelled;
            change.update(&read);
            change.audit(Action::FetchCancelled, Actor::Central, &of_fetch(&read.record));
        }
        Ok(())
    }

    async fn revoke_parcels(
        &self,
        change: &mut Change<'_>,
        id: ConsentId,
        reach: Reach,
    ) -> Result<(), CentralError> {
        let parcels: Vec<Versioned<ParcelRecord>> =
            self.store().every_by_index(index::CONSENT, IndexValue::new(id)).await?;
        for mut read in parcels {
            let complete = read.record.parcel.state.may_be_handed_out();
            if complete && reach == Reach::Incomplete {
                continue;
            }
            let Ok(revoked) = read.record.parcel.clone().revoke(change.now()) else { continue };
            read.record.parcel = revoked;
            change.update(&read);
            change.ask_for(&Job::Erase { parcel: read.record.parcel.id }, change.now())?;
            change.audit(Action::ParcelRevoked, Actor::Central, &of_parcel(&read.record));
        }
        Ok(())
    }

    /// At once, not when a worker comes to it; what fails here, a worker does again.
    async fn erase_revoked(&self, id: ConsentId) -> Result<(), CentralError> {
        let parcels: Vec<Versioned<ParcelRecord>> =
            self.store().every_by_index(index::CONSENT, IndexValue::new(id)).await?;
        for read in parcels {
            if matches!(read.record.parcel.state, ParcelState::Revoked { .. }) {
                self.erase(read.record.parcel.id).await?;
            }
        }
        Ok(())
    }

    /// Drops the customer's particulars once no source will be asked any more.
    pub(super) async fn forget_particulars(&self, id: ConsentRequestId) -> Result<(), CentralError> {
        self.until_settled(|| self.try_forget_particulars(id)).await
    }

    pub(super) async fn forget_particulars_if_done(&self, fetch: FetchId) -> Result<(), CentralError> {
        let found = self.store().get::<FetchRecord>(&FetchRecord::key_of(fetch)).await?;
        let request = found.ok_or(CentralError::Inconsistent("a fetch is gone"))?.record.fetch.request;
        self.forget_particulars(request).await
    }

    async fn try_forget_particulars(&self, id: ConsentRequestId) -> Result<(), CentralError> {
        let mut change = Change::new(self);
        let mut read: Versioned<RequestRecord> = self.request_record(id).await?;
        if read.record.particulars.is_none() {
            return Ok(());
        }
        let consents: Vec<Versioned<ConsentRecord>> =
            self.store().every_by_index(index::REQUEST, IndexValue::new(id)).await?;
        for consent in consents {
            if self.may_ask_again(&consent.record).await? {
                return Ok(());
            }
        }
        read.record.particulars = None;
        change.update(&read);
        change.commit().await
    }

    async fn may_ask_again(&self, record: &ConsentRecord) -> Result<bool, CentralError> {
        let consent = &record.consent;
        let over = matches!(consent.state, ConsentState::Revoked { .. } | ConsentState::Expired { .. });
        if over || consent.source.provider().is_none() {
            return Ok(false);
        }
        if consent.artefact.parameters.form().fetch_type == FetchType::Periodic {
            return Ok(true);
        }
        let fetches: Vec<Versioned<FetchRecord>> =
            self.store().every_by_index(index::CONSENT, IndexValue::new(consent.id)).await?;
        Ok(fetches.iter().any(|read| match read.record.fetch.state {
            ProviderFetchState::Scheduled { .. }
            | ProviderFetchState::Running { .. }
            | ProviderFetchState::Waiting { .. } => true,
            ProviderFetchState::Sealed { .. }
            | ProviderFetchState::NoRecord { .. }
            | ProviderFetchState::Failed { .. }
            | ProviderFetchState::Cancelled { .. } => false,
        }))
    }

    async fn overview(&self, record: ConsentRecord) -> Result<ConsentOverview, CentralError> {
        let owner = self.partner_record(record.consent.partner).await?;
        let uses: Vec<Versioned<ConsentUseRecord>> =
            self.store().every_by_index(index::CONSENT, IndexValue::new(record.consent.id)).await?;
        let one = |read: Versioned<ConsentUseRecord>| ConsentUse {
            what: read.record.what,
            at: read.record.at,
            parcel: read.record.parcel,
        };
        Ok(ConsentOverview {
            partner_name: owner.record.partner.legal_name,
            title: record.title,
            uses: uses.into_iter().map(one).collect(),
            consent: record.consent,
        })
    }

    /// It is time to fetch again under a periodic consent: central asks a provider itself; for what comes through a phone the phone is told,
    /// and the partner, whose app can be woken. The job is done in the same commit, so that it plans one next time only.
    pub(super) async fn fetch_again(&self, id: ConsentId, job: &LeasedJob) -> Result<(), CentralError> {
        self.until_settled(|| self.try_fetch_again(id, job)).await
    }

    async fn try_fetch_again(&self, id: ConsentId, job: &LeasedJob) -> Result<(), CentralError> {
        let mut change = Change::new(self);
        let read = self.consent_record(id).await?;
        change.rests_on(&read);
        change.complete(job);
        let (record, consent) = (&read.record, &read.record.consent);
        match consent.state {
            _ if consent.lapsed(change.now()) => {}
            ConsentState::Revoked { .. } | ConsentState::Expired { .. } => {}
            // not now, but perhaps next time
            ConsentState::Paused { .. } => self.schedule_next(&mut change, record)?,
            ConsentState::Active if consent.source.provider().is_some() => {
                let now = change.now();
                self.schedule_fetch(&mut change, record, now)?;
            }
            ConsentState::Active => {
                let (kind, news) = (PhoneEventKind::FetchDue, PhoneNews::default());
                change.tell_phone(record.device, kind, consent, news).await?;
                let owner = self.partner_record(consent.partner).await?;
                let data = NotificationSubject {
                    consent_id: Some(consent.id),
                    source: Some(consent.source.clone()),
                    ..NotificationSubject::of_request(consent.request, record.case_ref.clone())
                };
                change.notify(&owner.record, NotificationKind::DataDue, data).await?;
                self.schedule_next(&mut change, record)?;
            }
        }
        change.commit().await
    }
}

/// Which parcels an event reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    All,
    Incomplete,
}

const fn is_done(step: ConsentStep, state: &ConsentState) -> bool {
    matches!(
        (step, state),
        (ConsentStep::Pause, ConsentState::Paused { .. })
            | (ConsentStep::Resume, ConsentState::Active)
            | (ConsentStep::Withdraw, ConsentState::Revoked { .. })
    )
}

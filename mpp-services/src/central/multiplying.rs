//! Many cases out of one, to see how a server does that holds very many. For machines that are measured, and for nothing
//! else: the copies carry the signatures of the case they were made from, and belong to nobody.

use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, Entropy, FetchId, NotificationId, ParcelId, Timestamp, UsageEvent,
    UsageEventId, UsageSubject, draw,
};
use mpp_store::{IndexValue, ListOrder, ListQuery, Page, Record, RecordReaderExt, Versioned, WriteBatch};

use super::audit::{self, Action, Actor, Subject};
use super::records::{
    ConsentRecord, ConsentUseRecord, FeedRecord, FetchRecord, NotificationRecord, ParcelRecord,
    RequestRecord, index,
};
use super::{CentralError, CentralService};
use crate::multiplying::{self, CASES_IN_A_BATCH, InOrder, Multiplied, spread};

/// A finished case with everything that belongs to it.
struct Template {
    request: RequestRecord,
    consents: Vec<ConsentRecord>,
    uses: Vec<ConsentUseRecord>,
    fetches: Vec<FetchRecord>,
    parcels: Vec<ParcelRecord>,
    notifications: Vec<NotificationRecord>,
    metered: Vec<UsageEvent>,
}

impl CentralService {
    /// Copies the newest decided case until there are so many consents more. `progress` hears after every commit.
    ///
    /// # Errors
    /// [`CentralError::NotFound`] when no case was decided yet, or when the store does not answer.
    pub async fn multiply_newest_case(
        &self,
        consents: u64,
        progress: &mut (dyn FnMut(Multiplied) + Send),
    ) -> Result<Multiplied, CentralError> {
        let template = self.template().await?;
        let of_one = u64::try_from(template.consents.len()).unwrap_or(u64::MAX).max(1);
        let cases = consents.div_ceil(of_one);
        let feed = FeedRecord::partner_feed(template.request.request.partner);
        let now = self.now();
        let entropy = InOrder::from(self.entropy(), now);
        let mut done = Multiplied::default();
        while done.requests < cases {
            let mut batch = WriteBatch::new();
            let mut read = self.store().get::<FeedRecord>(&FeedRecord::key_of(&feed)).await?;
            let mut sequence = read.as_ref().map_or(0, |read| read.record.last);
            for number in done.requests..cases.min(done.requests.saturating_add(CASES_IN_A_BATCH)) {
                let at = spread(now, number, cases);
                Copy { entropy: &entropy, template: &template, at }.write(
                    &mut batch,
                    &mut sequence,
                    &mut done,
                )?;
            }
            match &mut read {
                Some(read) => {
                    read.record.last = sequence;
                    batch.update(read.version, &read.record);
                }
                None => drop(batch.insert(&FeedRecord { feed: feed.clone(), last: sequence })),
            }
            self.store().commit(batch).await?;
            progress(done);
        }
        Ok(done)
    }

    async fn template(&self) -> Result<Template, CentralError> {
        let mut query = ListQuery::of(RequestRecord::KIND).in_order(ListOrder::NewestFirst).limit(1);
        query.index = Some((index::STATUS, IndexValue::new("decided")));
        let page: Page<Versioned<RequestRecord>> = self.store().page(query).await?;
        let request = page.items.into_iter().next().ok_or(CentralError::NotFound)?.record;
        let consents = self.all(index::REQUEST, IndexValue::new(request.request.id)).await?;
        let mut template = Template {
            notifications: self.all(index::REQUEST, IndexValue::new(request.request.id)).await?,
            request,
            consents,
            uses: Vec::new(),
            fetches: Vec::new(),
            parcels: Vec::new(),
            metered: Vec::new(),
        };
        for record in &template.consents {
            let value = || IndexValue::new(record.consent.id);
            template.uses.extend(self.all::<ConsentUseRecord>(index::CONSENT, value()).await?);
            template.fetches.extend(self.all::<FetchRecord>(index::CONSENT, value()).await?);
            template.parcels.extend(self.all::<ParcelRecord>(index::CONSENT, value()).await?);
        }
        let metered = self.usage(Some(template.request.request.partner), None, mpp_store::MAX_PAGE).await?;
        let ours =
            |event: &UsageEvent| template.consents.iter().any(|given| given.consent.id == event.consent);
        template.metered = metered.items.into_iter().filter(ours).collect();
        Ok(template)
    }

    async fn all<R: Record>(
        &self,
        index: mpp_store::IndexName,
        value: IndexValue,
    ) -> Result<Vec<R>, CentralError> {
        let read: Vec<Versioned<R>> = self.store().every_by_index(index, value).await?;
        Ok(read.into_iter().map(|read| read.record).collect())
    }
}

/// One copy of the case.
struct Copy<'a> {
    entropy: &'a dyn Entropy,
    template: &'a Template,
    at: Timestamp,
}

impl Copy<'_> {
    fn write(
        &self,
        batch: &mut WriteBatch,
        sequence: &mut u64,
        done: &mut Multiplied,
    ) -> Result<(), CentralError> {
        let entropy = self.entropy;
        let request = ConsentRequestId::generate(entropy);
        let case_ref = self.case_ref()?;
        let consents: Vec<(ConsentId, ConsentId)> = self
            .template
            .consents
            .iter()
            .map(|given| (given.consent.id, ConsentId::generate(entropy)))
            .collect();
        self.write_request(batch, request, &case_ref, &consents);
        for (record, (_, consent)) in self.template.consents.iter().zip(&consents) {
            let mut record = record.clone();
            (record.consent.id, record.consent.request) = (*consent, request);
            record.consent.artefact.issued_at = self.at;
            record.case_ref = case_ref.clone();
            batch.insert(&record);
            self.leaf(batch, Action::ConsentGranted, request, Some(*consent));
        }
        let of = |old: ConsentId| consents.iter().find(|(template, _)| *template == old).map(|(_, new)| *new);
        self.write_work(batch, request, &case_ref, of);
        let mut told = 0_u64;
        for record in &self.template.notifications {
            *sequence = sequence.saturating_add(1);
            told = told.saturating_add(1);
            let mut record = record.clone();
            record.notification.id = NotificationId::generate(entropy);
            (record.notification.sequence, record.notification.occurred_at) = (*sequence, self.at);
            let data = &mut record.notification.data;
            (data.consent_request_id, data.case_ref) = (request, case_ref.clone());
            data.consent_id = data.consent_id.and_then(of);
            batch.insert(&record);
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let template = self.template;
        let leaves = template.consents.len().saturating_add(template.parcels.len()).saturating_add(2);
        let events = template.uses.len().saturating_add(template.metered.len()).saturating_add(leaves);
        done.requests = done.requests.saturating_add(1);
        done.consents = done.consents.saturating_add(count(consents.len()));
        done.events = done.events.saturating_add(count(events)).saturating_add(told);
        Ok(())
    }

    fn case_ref(&self) -> Result<CaseRef, CentralError> {
        multiplying::case_ref(self.entropy).ok_or(CentralError::Inconsistent("the reference of a copy"))
    }

    fn write_request(
        &self,
        batch: &mut WriteBatch,
        request: ConsentRequestId,
        case_ref: &CaseRef,
        consents: &[(ConsentId, ConsentId)],
    ) {
        let mut record = self.template.request.clone();
        record.request.id = request;
        record.request.case_ref = case_ref.clone();
        record.request.placed_at = self.at;
        record.link = mpp_crypto::sha256(request.as_bytes());
        // sealed for the original's place alone
        (record.particulars, record.screen) = (None, None);
        if let Some(evidence) = &mut record.evidence {
            evidence.consents = consents.iter().map(|(_, new)| *new).collect();
        }
        batch.insert(&record);
        self.leaf(batch, Action::RequestPlaced, request, None);
        self.leaf(batch, Action::RequestDecided, request, None);
    }

    fn write_work(
        &self,
        batch: &mut WriteBatch,
        request: ConsentRequestId,
        case_ref: &CaseRef,
        of: impl Fn(ConsentId) -> Option<ConsentId>,
    ) {
        let entropy = self.entropy;
        for record in &self.template.uses {
            let Some(consent) = of(record.consent) else { continue };
            let id = hex::encode(draw::<16>(entropy));
            batch.insert(&ConsentUseRecord { id, consent, at: self.at, ..record.clone() });
        }
        for record in &self.template.fetches {
            let Some(consent) = of(record.fetch.consent) else { continue };
            let mut record = record.clone();
            let fetch = &mut record.fetch;
            (fetch.id, fetch.consent, fetch.request) = (FetchId::generate(entropy), consent, request);
            batch.insert(&record);
        }
        for record in &self.template.parcels {
            let Some(consent) = of(record.parcel.consent) else { continue };
            let mut record = record.clone();
            let parcel = &mut record.parcel;
            (parcel.id, parcel.consent, parcel.request) = (ParcelId::generate(entropy), consent, request);
            record.case_ref = case_ref.clone();
            batch.insert(&record);
            self.leaf(batch, Action::ParcelErased, request, Some(consent));
        }
        for event in &self.template.metered {
            let Some(consent) = of(event.consent) else { continue };
            batch.usage(&UsageEvent {
                id: UsageEventId::generate(entropy),
                consent,
                subject: UsageSubject::Fetch(FetchId::generate(entropy)),
                day: self.at.day_in_india(),
                at: self.at,
                ..event.clone()
            });
        }
    }

    fn leaf(
        &self,
        batch: &mut WriteBatch,
        action: Action,
        request: ConsentRequestId,
        consent: Option<ConsentId>,
    ) {
        let partner = Some(self.template.request.request.partner);
        let subject = Subject { partner, request: Some(request), consent, ..Subject::default() };
        batch.audit(audit::leaf(action, Actor::Central, &subject, self.at));
    }
}

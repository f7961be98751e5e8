//! One copy of a case.

use std::collections::BTreeMap;

use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, DataItemId, Entropy, FetchId, JobId, NotificationId, ParcelId,
    Sha256Digest, Timestamp, UsageSubject, draw,
};
use mpp_store::WriteBatch;

use super::{LIFE, Template};
use crate::client::audit::{self, Action, Actor, Subject};
use crate::client::cases::SECRET;
use crate::client::collection::subject_of;
use crate::client::jobs::Job;
use crate::client::purge::PurgeCause;
use crate::client::records::{
    AccessRecord, CaseRecord, CaseSecret, CollectionRecord, ConsentRecord, ItemRecord, ItemState, NewsRecord,
    Standing, TakenRecord, UseRecord,
};
use crate::client::{ClientError, ClientService};
use crate::multiplying::{self, Multiplied};

/// What a copy is made of: the case, and what everything is called in the copy.
pub(super) struct Copy<'a> {
    service: &'a ClientService,
    template: &'a Template,
    entropy: &'a dyn Entropy,
    at: Timestamp,
    /// When the data life of its documents ends, and whether that is over.
    ends: Timestamp,
    is_over: bool,
    request: ConsentRequestId,
    case_ref: CaseRef,
    consents: BTreeMap<ConsentId, ConsentId>,
    parcels: BTreeMap<ParcelId, ParcelId>,
    items: BTreeMap<DataItemId, DataItemId>,
    fetches: BTreeMap<FetchId, FetchId>,
}

impl<'a> Copy<'a> {
    pub(super) fn new(
        service: &'a ClientService,
        template: &'a Template,
        entropy: &'a dyn Entropy,
        at: Timestamp,
    ) -> Result<Self, ClientError> {
        let case_ref = multiplying::case_ref(entropy);
        let ends = at.plus(LIFE);
        let collections = || template.collections.iter();
        let fetched = collections().filter_map(|one| one.fetch);
        let told = template.taken.iter().filter_map(|taken| taken.notification.data.fetch_id);
        Ok(Self {
            service,
            template,
            entropy,
            at,
            ends,
            is_over: ends <= service.now(),
            request: ConsentRequestId::generate(entropy),
            case_ref: case_ref.ok_or(ClientError::Inconsistent("the reference of a copy"))?,
            consents: template.given().into_iter().map(|old| (old, ConsentId::generate(entropy))).collect(),
            parcels: collections().map(|one| (one.parcel, ParcelId::generate(entropy))).collect(),
            items: collections().map(|one| (one.item, DataItemId::generate(entropy))).collect(),
            fetches: fetched.chain(told).map(|old| (old, FetchId::generate(entropy))).collect(),
        })
    }

    /// Writes everything but the uses and the documents.
    pub(super) fn write(
        &self,
        batch: &mut WriteBatch,
        sequence: &mut u64,
        done: &mut Multiplied,
    ) -> Result<(), ClientError> {
        let template = self.template;
        batch.insert(&self.case()?);
        let subject = Subject { case_ref: Some(self.case_ref.clone()), ..Subject::default() };
        let mut leaves = self.leaf(batch, Action::CaseStarted, &Actor::Server, &subject, self.at);
        for given in &template.consents {
            batch.insert(&self.consent(given));
            let subject = Subject { consent: Some(self.consent_of(given.consent)), ..subject.clone() };
            leaves += self.leaf(batch, Action::ConsentChanged, &Actor::Central, &subject, self.at);
        }
        for collection in &template.collections {
            batch.insert(&self.collection(collection));
        }
        for item in &template.items {
            leaves += self.write_what_item_caused(batch, item)?;
        }
        for access in &template.accesses {
            batch.insert(&self.access(access));
            let subject = Subject { item: Some(self.item_of(access.item)), ..subject.clone() };
            leaves += self.leaf(batch, Action::ItemRead, &Actor::Server, &subject, self.at);
        }
        for taken in &template.taken {
            batch.insert(&self.taken(taken));
        }
        for news in &template.news {
            *sequence = sequence.saturating_add(1);
            batch.insert(&self.news(news, *sequence));
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let others =
            [template.taken.len(), template.news.len(), template.uses.len(), template.accesses.len()];
        done.requests = done.requests.saturating_add(1);
        done.consents = done.consents.saturating_add(count(self.consents.len()));
        done.events =
            others.into_iter().map(count).fold(done.events.saturating_add(leaves), u64::saturating_add);
        Ok(())
    }

    /// The uses, not summed yet.
    pub(super) fn uses(&self) -> impl Iterator<Item = UseRecord> {
        self.template.uses.iter().map(|used| UseRecord {
            subject: match used.subject {
                UsageSubject::Parcel(old) => UsageSubject::Parcel(self.parcel_of(old)),
                UsageSubject::Fetch(old) => UsageSubject::Fetch(self.fetch_of(old)),
            },
            consent: self.consent_of(used.consent),
            at: self.at,
            received_at: used.received_at.map(|_| self.at),
            is_summed: false,
            ..used.clone()
        })
    }

    /// The documents, not counted yet.
    pub(super) fn items(&self) -> impl Iterator<Item = ItemRecord> {
        self.template.items.iter().map(|original| self.item(original))
    }

    fn case(&self) -> Result<CaseRecord, ClientError> {
        let original = &self.template.case;
        // sealed for its own place; that there was a call, and no link
        let secret =
            CaseSecret { link: None, call_sha256: mpp_crypto::sha256(self.case_ref.as_str().as_bytes()) };
        let key = CaseRecord::key_of(&self.case_ref);
        Ok(CaseRecord {
            case_ref: self.case_ref.clone(),
            request: self.request,
            secret: self.service.seal::<CaseRecord>(&key, SECRET, &secret)?,
            link_dropped: true,
            expires_at: self.at.plus(original.expires_at.since(original.placed_at)),
            placed_at: self.at,
            ..original.clone()
        })
    }

    fn consent(&self, original: &ConsentRecord) -> ConsentRecord {
        ConsentRecord {
            consent: self.consent_of(original.consent),
            request: self.request,
            case_ref: self.case_ref.clone(),
            standing: if self.is_over { Standing::Expired } else { Standing::Active },
            since: Some(self.at),
            ..original.clone()
        }
    }

    fn collection(&self, original: &CollectionRecord) -> CollectionRecord {
        CollectionRecord {
            parcel: self.parcel_of(original.parcel),
            item: self.item_of(original.item),
            consent: self.consent_of(original.consent),
            request: self.request,
            case_ref: self.case_ref.clone(),
            purge_by: Some(self.ends),
            announced_at: self.at,
            ready_at: original.ready_at.map(|_| self.at),
            fetch: original.fetch.map(|old| self.fetch_of(old)),
            attempts: Vec::new(),
            ..original.clone()
        }
    }

    /// Writes what is to be done to a document, and its leaves; gives how many those are.
    fn write_what_item_caused(
        &self,
        batch: &mut WriteBatch,
        original: &ItemRecord,
    ) -> Result<u64, ClientError> {
        let item = self.item(original);
        let subject = subject_of(&item);
        let came = [Action::ParcelAnnounced, Action::ItemStored, Action::ErasureProven];
        let mut leaves: u64 =
            came.map(|action| self.leaf(batch, action, &Actor::Server, &subject, self.at)).iter().sum();
        if self.is_over {
            let went = [Action::ItemPurging, Action::ItemPurged];
            leaves += went
                .map(|action| self.leaf(batch, action, &Actor::Server, &subject, self.ends))
                .iter()
                .sum::<u64>();
        } else {
            let purge = Job::Purge { item: item.item };
            batch.enqueue(purge.due(JobId::generate(self.entropy), self.ends)?);
        }
        Ok(leaves)
    }

    fn item(&self, original: &ItemRecord) -> ItemRecord {
        let purged = ItemState::Purged { cause: PurgeCause::DataLifeEnded, at: self.ends };
        ItemRecord {
            item: self.item_of(original.item),
            parcel: self.parcel_of(original.parcel),
            consent: self.consent_of(original.consent),
            request: self.request,
            case_ref: self.case_ref.clone(),
            // sealed for the original's place alone
            label: None,
            received_at: self.at,
            purge_by: Some(self.ends),
            // nothing lies there
            storage: ParcelId::generate(self.entropy),
            state: if self.is_over { purged } else { ItemState::Held },
            is_counted: false,
            ..original.clone()
        }
    }

    fn access(&self, original: &AccessRecord) -> AccessRecord {
        AccessRecord {
            id: Sha256Digest::from_bytes(draw::<32>(self.entropy)).to_string(),
            item: self.item_of(original.item),
            // sealed for the original's place alone
            reason: None,
            at: self.at,
            ..original.clone()
        }
    }

    fn taken(&self, original: &TakenRecord) -> TakenRecord {
        let mut taken = TakenRecord { taken_at: self.at, ..original.clone() };
        let notification = &mut taken.notification;
        (notification.id, notification.occurred_at) = (NotificationId::generate(self.entropy), self.at);
        let data = &mut notification.data;
        (data.consent_request_id, data.case_ref) = (self.request, self.case_ref.clone());
        data.consent_id = data.consent_id.map(|old| self.consent_of(old));
        data.parcel_id = data.parcel_id.map(|old| self.parcel_of(old));
        data.fetch_id = data.fetch_id.map(|old| self.fetch_of(old));
        data.purge_by = data.purge_by.map(|_| self.ends);
        taken
    }

    fn news(&self, original: &NewsRecord, sequence: u64) -> NewsRecord {
        let mut copy = original.clone();
        let news = &mut copy.news;
        (news.id, news.sequence, news.occurred_at) =
            (NotificationId::generate(self.entropy), sequence, self.at);
        let data = &mut news.data;
        (data.consent_request_id, data.case_ref) = (self.request, self.case_ref.clone());
        data.consent_id = data.consent_id.map(|old| self.consent_of(old));
        data.item_id = data.item_id.map(|old| self.item_of(old));
        copy
    }

    /// Writes a leaf; gives how many that is.
    fn leaf(
        &self,
        batch: &mut WriteBatch,
        action: Action,
        actor: &Actor,
        subject: &Subject,
        at: Timestamp,
    ) -> u64 {
        batch.audit(audit::leaf(action, actor, subject, at));
        1
    }

    // what is told of besides the case's own things belongs to nobody, and is called something new
    fn consent_of(&self, old: ConsentId) -> ConsentId {
        self.consents.get(&old).copied().unwrap_or_else(|| ConsentId::generate(self.entropy))
    }

    fn parcel_of(&self, old: ParcelId) -> ParcelId {
        self.parcels.get(&old).copied().unwrap_or_else(|| ParcelId::generate(self.entropy))
    }

    fn item_of(&self, old: DataItemId) -> DataItemId {
        self.items.get(&old).copied().unwrap_or_else(|| DataItemId::generate(self.entropy))
    }

    fn fetch_of(&self, old: FetchId) -> FetchId {
        self.fetches.get(&old).copied().unwrap_or_else(|| FetchId::generate(self.entropy))
    }
}

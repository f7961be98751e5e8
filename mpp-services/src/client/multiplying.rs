//! Many cases out of one, to see how a client server does that holds very many. For machines that are measured, and for
//! nothing else: the copies carry the receipts of the case they were made from, and their documents have no bytes.

mod copy;

use std::collections::BTreeSet;

use mpp_core::{ConsentId, Span, Timestamp, UsageSubject};
use mpp_store::{IndexValue, ListOrder, MAX_PAGE, Record, RecordReaderExt, Versioned, WriteBatch};

use super::life_days::LifeDays;
use super::records::{
    AccessRecord, CaseRecord, CollectionRecord, CollectionState, ConsentRecord, FeedRecord, ItemRecord,
    NewsRecord, TakenRecord, UseRecord, index,
};
use super::use_days::UseDays;
use super::{ClientError, ClientService};
use crate::multiplying::{CASES_IN_A_BATCH, InOrder, Multiplied, spread};
use copy::Copy;

/// How long copies of documents live: those of half the cases were purged, on some day of the last months, and the others end
/// on some day of the next.
const LIFE: Span = Span::from_days(150);
/// How many cases are looked at for a finished one.
const LOOKED_AT: u32 = 100;

/// A finished case with everything that belongs to it.
struct Template {
    case: CaseRecord,
    consents: Vec<ConsentRecord>,
    collections: Vec<CollectionRecord>,
    items: Vec<ItemRecord>,
    taken: Vec<TakenRecord>,
    news: Vec<NewsRecord>,
    uses: Vec<UseRecord>,
    accesses: Vec<AccessRecord>,
}

impl ClientService {
    /// Copies the newest finished case until there are so many consents more. `progress` hears after every commit.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] when no case has come to its end yet, or when the store does not answer.
    pub async fn multiply_newest_case(
        &self,
        consents: u64,
        progress: &mut (dyn FnMut(Multiplied) + Send),
    ) -> Result<Multiplied, ClientError> {
        let template = self.template().await?;
        let of_one = u64::try_from(template.given().len()).unwrap_or(u64::MAX).max(1);
        let cases = consents.div_ceil(of_one);
        let now = self.now();
        let entropy = InOrder::from(self.entropy(), now);
        let mut done = Multiplied::default();
        while done.requests < cases {
            let numbers = done.requests..cases.min(done.requests.saturating_add(CASES_IN_A_BATCH));
            let happened = numbers.map(|number| spread(now, number, cases)).collect();
            self.write_copies(&template, &entropy, happened, &mut done).await?;
            progress(done);
        }
        Ok(done)
    }

    /// Writes a copy for each instant, all in one commit.
    async fn write_copies(
        &self,
        template: &Template,
        entropy: &InOrder<'_>,
        happened: Vec<Timestamp>,
        done: &mut Multiplied,
    ) -> Result<(), ClientError> {
        let mut batch = WriteBatch::new();
        let key = FeedRecord::key_of(FeedRecord::APPLICATION);
        let mut feed = self.store().get::<FeedRecord>(&key).await?;
        let mut sequence = feed.as_ref().map_or(0, |read| read.record.last);
        let (mut days, mut life) = (UseDays::new(self.store()), LifeDays::new(self.store()));
        for at in happened {
            let copy = Copy::new(self, template, entropy, at)?;
            copy.write(&mut batch, &mut sequence, done)?;
            for mut item in copy.items() {
                life.count(None, &mut item).await?;
                batch.insert(&item);
            }
            for mut used in copy.uses() {
                days.sum(None, &mut used).await?;
                batch.insert(&used);
            }
        }
        life.write(&mut batch);
        for (version, day) in days.into_records() {
            match version {
                Some(version) => batch.update(version, &day),
                None => batch.insert(&day),
            };
        }
        match &mut feed {
            Some(read) => {
                read.record.last = sequence;
                batch.update(read.version, &read.record);
            }
            None => {
                batch.insert(&FeedRecord { feed: FeedRecord::APPLICATION.to_owned(), last: sequence });
            }
        }
        self.store().commit(batch).await?;
        Ok(())
    }

    async fn template(&self) -> Result<Template, ClientError> {
        let newest = self.store().all::<CaseRecord>(ListOrder::NewestFirst, None, LOOKED_AT).await?;
        for read in newest.items {
            let template = self.everything_of(read.record).await?;
            if template.is_finished() {
                return Ok(template);
            }
        }
        Err(ClientError::NotFound)
    }

    async fn everything_of(&self, case: CaseRecord) -> Result<Template, ClientError> {
        let value = || IndexValue::new(&case.case_ref);
        let (taken, news) = (self.newest::<TakenRecord>().await?, self.newest::<NewsRecord>().await?);
        let of_case = |record: &TakenRecord| record.notification.data.consent_request_id == case.request;
        let told = |record: &NewsRecord| record.news.data.consent_request_id == case.request;
        let mut template = Template {
            consents: self.every(index::CASE, value()).await?,
            collections: self.every(index::CASE, value()).await?,
            items: self.every(index::CASE, value()).await?,
            taken: taken.into_iter().filter(of_case).collect(),
            news: news.into_iter().filter(told).collect(),
            uses: Vec::new(),
            accesses: Vec::new(),
            case,
        };
        for item in &template.items {
            template.accesses.extend(self.every(index::ITEM, IndexValue::new(item.item)).await?);
        }
        for subject in template.subjects() {
            let used = self.store().get::<UseRecord>(&UseRecord::key_of(subject)).await?;
            template.uses.extend(used.map(|read| read.record));
        }
        Ok(template)
    }

    async fn every<R: Record>(
        &self,
        index: mpp_store::IndexName,
        value: IndexValue,
    ) -> Result<Vec<R>, ClientError> {
        let read: Vec<Versioned<R>> = self.store().every_by_index(index, value).await?;
        Ok(read.into_iter().map(|read| read.record).collect())
    }

    /// The newest of a kind, the oldest of them first.
    async fn newest<R: Record>(&self) -> Result<Vec<R>, ClientError> {
        let page = self.store().all::<R>(ListOrder::NewestFirst, None, MAX_PAGE).await?;
        Ok(page.items.into_iter().rev().map(|read| read.record).collect())
    }
}

impl Template {
    /// Whether documents came, and central has proven of each parcel that it erased it.
    fn is_finished(&self) -> bool {
        let proven = |one: &CollectionRecord| matches!(one.state, CollectionState::Acknowledged { .. });
        !self.items.is_empty() && self.collections.iter().all(proven)
    }

    /// The consents documents came under. Of most of them central tells nothing else: they are approved with their request.
    fn given(&self) -> BTreeSet<ConsentId> {
        let told = self.consents.iter().map(|told| told.consent);
        self.collections.iter().map(|one| one.consent).chain(told).collect()
    }

    /// By what its uses are metered.
    fn subjects(&self) -> Vec<UsageSubject> {
        let collected = self.collections.iter().filter_map(CollectionRecord::metered_as);
        let found_nothing = self.taken.iter().filter_map(|taken| taken.notification.data.fetch_id);
        let mut subjects = Vec::new();
        for subject in collected.chain(found_nothing.map(UsageSubject::Fetch)) {
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
        subjects
    }
}

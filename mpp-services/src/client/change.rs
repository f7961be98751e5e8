//! One decision and everything it causes, as one commit.

use std::collections::{BTreeMap, BTreeSet};

use mpp_core::{DeliveryState, JobId, NotificationId, Timestamp};
use mpp_store::{
    LeasedJob, QueueName, Reason, Record, RecordKey, RecordReaderExt, Version, Versioned, WorkerName,
    WriteBatch,
};

use super::audit::{self, Action, Actor, Subject};
use super::jobs::Job;
use super::life_days::LifeDays;
use super::news::{News, NewsKind, NewsSubject};
use super::records::{EndpointRecord, FeedRecord, ItemRecord, NewsRecord};
use super::{ClientError, ClientService};

/// Gathers what one decision causes; nothing happens before [`Change::commit`].
pub(super) struct Change<'a> {
    service: &'a ClientService,
    now: Timestamp,
    batch: WriteBatch,
    feeds: BTreeMap<&'static str, Feed>,
    life: LifeDays<'a>,
    work: BTreeSet<QueueName>,
}

struct Feed {
    version: Option<Version>,
    last: u64,
}

impl<'a> Change<'a> {
    pub(super) fn new(service: &'a ClientService) -> Self {
        let now = service.now();
        let life = LifeDays::new(service.store());
        Self { service, now, batch: WriteBatch::new(), feeds: BTreeMap::new(), life, work: BTreeSet::new() }
    }

    /// The instant of the decision.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn insert<R: Record>(&mut self, record: &R) {
        self.batch.insert(record);
    }

    pub(super) fn update<R: Record>(&mut self, read: &Versioned<R>) {
        self.batch.update(read.version, &read.record);
    }

    /// Writes a record as it is, for the sake of what it is found by.
    pub(super) fn index_anew<R: Record>(&mut self, read: &Versioned<R>) {
        self.batch.index_anew(read.version, &read.record);
    }

    /// A document that is new here.
    pub(super) async fn insert_item(&mut self, item: &mut ItemRecord) -> Result<(), ClientError> {
        self.life.count(None, item).await?;
        self.insert(item);
        Ok(())
    }

    /// A document that was like `before`.
    pub(super) async fn update_item(
        &mut self,
        before: &ItemRecord,
        read: &mut Versioned<ItemRecord>,
    ) -> Result<(), ClientError> {
        self.life.count(Some(before), &mut read.record).await?;
        self.update(read);
        Ok(())
    }

    /// A document that was like `before`, for the sake of what it is found by.
    pub(super) async fn index_item_anew(
        &mut self,
        before: &ItemRecord,
        read: &mut Versioned<ItemRecord>,
    ) -> Result<(), ClientError> {
        self.life.count(Some(before), &mut read.record).await?;
        self.index_anew(read);
        Ok(())
    }

    /// A document whose evidence has been kept long enough.
    pub(super) async fn delete_item(&mut self, read: &Versioned<ItemRecord>) -> Result<(), ClientError> {
        self.life.forget(&read.record).await?;
        self.delete(read);
        Ok(())
    }

    /// Writes a record that may or may not have been there when it was read.
    pub(super) fn write<R: Record>(&mut self, version: Option<Version>, record: &R) {
        match version {
            Some(version) => self.batch.update(version, record),
            None => self.batch.insert(record),
        };
    }

    pub(super) fn delete<R: Record>(&mut self, read: &Versioned<R>) {
        self.batch.delete::<R>(&read.record.key(), read.version);
    }

    /// The decision stands only while this record is as it was read, or still not there.
    pub(super) fn rests_on<R: Record>(&mut self, key: &RecordKey, read: Option<&Versioned<R>>) {
        match read {
            Some(read) => self.batch.unchanged::<R>(key, read.version),
            None => self.batch.absent::<R>(key),
        };
    }

    pub(super) fn audit(&mut self, action: Action, actor: &Actor, subject: &Subject) {
        self.batch.audit(audit::leaf(action, actor, subject, self.now));
    }

    /// Asks for work now.
    pub(super) fn ask_for(&mut self, job: &Job) -> Result<(), ClientError> {
        self.ask_for_at(job, self.now)
    }

    /// Asks for work at `due`.
    pub(super) fn ask_for_at(&mut self, job: &Job, due: Timestamp) -> Result<(), ClientError> {
        let job = job.due(JobId::generate(self.service.entropy()), due)?;
        self.work.insert(job.queue.clone());
        self.batch.enqueue(job);
        Ok(())
    }

    /// Asks for work that is begun as soon as this is committed; should it be cut off, a worker takes it over.
    pub(super) fn begin(&mut self, job: &Job) -> Result<LeasedJob, ClientError> {
        let job = job.due(JobId::generate(self.service.entropy()), self.now)?;
        let until = self.now.plus(self.service.settings().lease);
        Ok(self.batch.begin(job, WorkerName::new("at once"), until))
    }

    /// The job that led to the decision is done.
    pub(super) fn complete(&mut self, job: &LeasedJob) {
        self.batch.complete(job);
    }

    /// The job that led to the decision goes on later.
    pub(super) fn release(&mut self, job: &LeasedJob, due: Timestamp, reason: &str) {
        self.batch.release(job, due, Reason::new(reason));
    }

    /// The job that led to the decision waits for a person.
    pub(super) fn park(&mut self, job: &LeasedJob, reason: &str) {
        self.batch.park(job, self.now, Reason::new(reason));
    }

    /// Tells the application, and asks for the push where there is an address.
    pub(super) async fn tell(
        &mut self,
        kind: NewsKind,
        occurred_at: Timestamp,
        data: NewsSubject,
    ) -> Result<(), ClientError> {
        let sequence = self.last_in(FeedRecord::APPLICATION).await?.saturating_add(1);
        self.set_last(FeedRecord::APPLICATION, sequence);
        let endpoint = self.service.store().get::<EndpointRecord>(&EndpointRecord::the_only()).await?;
        let delivery = endpoint.map(|_| DeliveryState::due(self.now));
        if delivery.is_some() {
            self.ask_for(&Job::Deliver { sequence, about: data.consent_request_id })?;
        }
        let id = NotificationId::generate(self.service.entropy());
        let news = News { id, kind, sequence, occurred_at, data };
        self.insert(&NewsRecord { news, delivery, attempts: Vec::new() });
        Ok(())
    }

    /// The last number of a feed, counting what this change gives out.
    pub(super) async fn last_in(&mut self, feed: &'static str) -> Result<u64, ClientError> {
        if let Some(known) = self.feeds.get(feed) {
            return Ok(known.last);
        }
        let found = self.service.store().get::<FeedRecord>(&FeedRecord::key_of(feed)).await?;
        let (version, last) = found.map_or((None, 0), |read| (Some(read.version), read.record.last));
        self.feeds.insert(feed, Feed { version, last });
        Ok(last)
    }

    /// Sets the last number of a feed that was read with [`Change::last_in`].
    pub(super) fn set_last(&mut self, feed: &'static str, last: u64) {
        if let Some(known) = self.feeds.get_mut(feed) {
            known.last = last;
        }
    }

    /// Writes everything or nothing, then wakes the workers.
    pub(super) async fn commit(mut self) -> Result<(), ClientError> {
        for (name, feed) in &self.feeds {
            let record = FeedRecord { feed: (*name).to_owned(), last: feed.last };
            match feed.version {
                Some(version) => self.batch.update(version, &record),
                None => self.batch.insert(&record),
            };
        }
        self.life.write(&mut self.batch);
        self.service.store().commit(self.batch).await?;
        self.work.iter().for_each(|queue| self.service.ring_work(queue));
        Ok(())
    }
}

//! One decision and everything it causes, as one commit.

use std::collections::BTreeMap;

use mpp_core::{
    Consent, ConsentId, DeliveryState, DeviceId, JobId, NotificationId, ParcelId, Timestamp, Usage,
    UsageEvent, UsageEventId, UsageSubject, draw,
};
use mpp_crypto::jws::CompactJws;
use mpp_store::{LeasedJob, Record, RecordReaderExt, Version, Versioned, WorkerName, WriteBatch};

use super::audit::{self, Action, Actor, Subject};
use super::jobs::Job;
use super::news::{Notification, NotificationKind, NotificationSubject, PhoneEvent, PhoneEventKind};
use super::records::{
    ConsentUseRecord, FeedRecord, NotificationRecord, PartnerRecord, PhoneEventRecord, UseKind,
};
use super::{CentralError, CentralService};

/// Gathers what one decision causes; nothing happens before [`Change::commit`].
pub(super) struct Change<'a> {
    service: &'a CentralService,
    now: Timestamp,
    batch: WriteBatch,
    asks_for_work: bool,
    feeds: BTreeMap<String, Feed>,
}

struct Feed {
    version: Option<Version>,
    last: u64,
}

/// What a phone is told beside the consent it is about.
#[derive(Default)]
pub(super) struct PhoneNews {
    pub(super) parcel: Option<ParcelId>,
    pub(super) erasure_receipt: Option<CompactJws>,
    pub(super) reason: Option<&'static str>,
}

impl<'a> Change<'a> {
    pub(super) fn new(service: &'a CentralService) -> Self {
        Self {
            service,
            now: service.now(),
            batch: WriteBatch::new(),
            asks_for_work: false,
            feeds: BTreeMap::new(),
        }
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

    pub(super) fn remove<R: Record>(&mut self, read: &Versioned<R>) {
        self.batch.delete::<R>(&read.record.key(), read.version);
    }

    /// The decision stands only while this record is as it was read.
    pub(super) fn rests_on<R: Record>(&mut self, read: &Versioned<R>) {
        self.batch.unchanged::<R>(&read.record.key(), read.version);
    }

    pub(super) fn audit(&mut self, action: Action, actor: Actor, subject: &Subject) {
        self.batch.audit(audit::leaf(action, actor, subject, self.now));
    }

    /// Asks for work at `due`.
    pub(super) fn ask_for(&mut self, job: &Job, due: Timestamp) -> Result<(), CentralError> {
        self.batch.enqueue(job.due(JobId::generate(self.service.entropy()), due)?);
        self.asks_for_work = true;
        Ok(())
    }

    /// Asks for work that is begun as soon as this is committed; should it be cut off, a worker takes it over.
    pub(super) fn begin(&mut self, job: &Job) -> Result<LeasedJob, CentralError> {
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
        self.batch.release(job, due, mpp_store::Reason::new(reason));
    }

    /// The job that led to the decision waits for a person.
    pub(super) fn park(&mut self, job: &LeasedJob, reason: &str) {
        self.batch.park(job, self.now, mpp_store::Reason::new(reason));
    }

    /// Writes a line into the consent's log of uses.
    pub(super) fn log_use(&mut self, consent: ConsentId, what: UseKind, parcel: Option<ParcelId>) {
        let id = hex::encode(draw::<16>(self.service.entropy()));
        self.batch.insert(&ConsentUseRecord { id, consent, what, at: self.now, parcel });
    }

    /// Meters a use once: the event's name follows from what was used.
    pub(super) fn meter(&mut self, usage: Usage) -> Result<(), CentralError> {
        let named_after = match usage.subject {
            UsageSubject::Parcel(parcel) => *parcel.as_bytes(),
            UsageSubject::Fetch(fetch) => *fetch.as_bytes(),
        };
        let digest = mpp_crypto::sha256(&[b"mpp usage event".as_slice(), named_after.as_slice()].concat());
        let (name, _) = digest.as_bytes().split_first_chunk().ok_or(CentralError::Crypto("no digest"))?;
        self.batch.usage(&UsageEvent::new(UsageEventId::from_random(*name), usage, self.now));
        Ok(())
    }

    /// Tells a partner, and asks for the push where it has an address.
    pub(super) async fn notify(
        &mut self,
        partner: &PartnerRecord,
        kind: NotificationKind,
        data: NotificationSubject,
    ) -> Result<(), CentralError> {
        let sequence = self.next_in(&FeedRecord::partner_feed(partner.id())).await?;
        let about = data.consent_request_id;
        let id = NotificationId::generate(self.service.entropy());
        let notification = Notification { id, kind, sequence, occurred_at: self.now, data };
        let delivery = partner.notification_url.as_ref().map(|_| DeliveryState::due(self.now));
        if delivery.is_some() {
            self.ask_for(&Job::Deliver { partner: partner.id(), sequence, about }, self.now)?;
        }
        self.batch.insert(&NotificationRecord {
            partner: partner.id(),
            notification,
            delivery,
            attempts: Vec::new(),
        });
        Ok(())
    }

    /// Tells the phone on which a consent was given.
    pub(super) async fn tell_phone(
        &mut self,
        device: DeviceId,
        kind: PhoneEventKind,
        consent: &Consent,
        news: PhoneNews,
    ) -> Result<(), CentralError> {
        let sequence = self.next_in(&FeedRecord::device_feed(device)).await?;
        let event = PhoneEvent {
            sequence,
            kind,
            occurred_at: self.now,
            consent_request_id: consent.request,
            consent_id: consent.id,
            source: consent.source.clone(),
            parcel_id: news.parcel,
            erasure_receipt: news.erasure_receipt,
            reason: news.reason.map(ToOwned::to_owned),
        };
        self.batch.insert(&PhoneEventRecord { device, event });
        Ok(())
    }

    /// Writes everything or nothing, then wakes who waits for news.
    pub(super) async fn commit(mut self) -> Result<(), CentralError> {
        for (feed, Feed { version, last }) in &self.feeds {
            let record = FeedRecord { feed: feed.clone(), last: *last };
            match version {
                Some(version) => self.batch.update(*version, &record),
                None => self.batch.insert(&record),
            };
        }
        self.service.store().commit(self.batch).await?;
        self.feeds.keys().for_each(|feed| self.service.bells().ring(feed));
        if self.asks_for_work {
            self.service.ring_work();
        }
        Ok(())
    }

    async fn next_in(&mut self, feed: &str) -> Result<u64, CentralError> {
        if !self.feeds.contains_key(feed) {
            let found = self.service.store().get::<FeedRecord>(&FeedRecord::key_of(feed)).await?;
            let (version, last) = found.map_or((None, 0), |read| (Some(read.version), read.record.last));
            self.feeds.insert(feed.to_owned(), Feed { version, last });
        }
        let feed = self.feeds.get_mut(feed).ok_or(CentralError::Inconsistent("feed"))?;
        feed.last = feed.last.saturating_add(1);
        Ok(feed.last)
    }
}

//! Today's counts. Every number is the length of a list that can be looked at.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mpp_core::Source;
use mpp_store::{
    IndexName, IndexValue, ListOrder, ListQuery, QueueBacklog, Record, RecordKind, RecordReader,
    RecordReaderExt,
};

use super::Activity;
use crate::central::records::{
    ConsentRecord, ConsentUseRecord, NotificationRecord, RequestRecord, UseKind, index,
};
use crate::central::{CentralError, CentralService};

/// Counts of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Today {
    /// The day in India.
    pub day: Date,
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// Requests placed.
    pub requests: u64,
    /// Consents given.
    pub consents: u64,
    /// What was done under consents, by its name.
    pub done: Vec<Counted>,
    /// What sources could not deliver, by source, the most first: of the newest 500.
    pub failures: Vec<(Source, u64)>,
    /// Requests whose link was not opened yet, of any day.
    pub unopened: u64,
    /// Requests that were opened and wait for the customer's decision, of any day.
    pub opened: u64,
    /// Notifications that were given up, of any day.
    pub parked_deliveries: u64,
    /// Parcels whose bytes or keys are still here.
    pub held: u64,
    /// Queues that hold work.
    pub queues: Vec<QueueBacklog>,
}

/// How often something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// What.
    pub what: UseKind,
    /// How often.
    pub count: u64,
}

const KINDS: [UseKind; 6] = [
    UseKind::Fetched,
    UseKind::NoRecord,
    UseKind::Delivered,
    UseKind::Erased,
    UseKind::Expired,
    UseKind::Failed,
];

/// How many failures of a day are told apart by source.
const FAILURES_LOOKED_AT: u32 = 500;

/// How far is counted: a page that counts a million rows answers nobody in time.
pub(super) const COUNTED_TO: u64 = 10_000;

impl CentralService {
    /// How many there are, counted no further than [`Today::counted_to`].
    pub(super) async fn counted(
        &self,
        kind: RecordKind,
        index: Option<(IndexName, IndexValue)>,
    ) -> Result<u64, CentralError> {
        Ok(RecordReader::count_up_to(self.store(), kind, index, COUNTED_TO).await?)
    }

    async fn counted_on(&self, day: Date, activity: Activity) -> Result<u64, CentralError> {
        let (kind, index) = activity.rows_on(day);
        self.counted(kind, index).await
    }

    async fn failures_by_source(&self, day: Date) -> Result<Vec<(Source, u64)>, CentralError> {
        let (kind, index) = Activity::Used(UseKind::Failed).rows_on(day);
        let mut query = ListQuery::of(kind).in_order(ListOrder::NewestFirst).limit(FAILURES_LOOKED_AT);
        query.index = index;
        let uses = self.store().page::<ConsentUseRecord>(query).await?.items;
        let keys: Vec<_> = uses.iter().map(|read| ConsentRecord::key_of(read.record.consent)).collect();
        let mut counts: BTreeMap<String, (Source, u64)> = BTreeMap::new();
        for read in self.store().get_many::<ConsentRecord>(&keys).await?.into_iter().flatten() {
            let source = read.record.consent.source;
            let (_, count) = counts.entry(source.to_string()).or_insert((source, 0));
            *count = count.saturating_add(1);
        }
        let mut counts: Vec<_> = counts.into_values().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(counts)
    }

    /// Counts of the present day in India.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn today(&self) -> Result<Today, CentralError> {
        let now = self.now();
        let day = now.day_in_india();
        let mut done = Vec::with_capacity(KINDS.len());
        for what in KINDS {
            done.push(Counted { what, count: self.counted_on(day, Activity::Used(what)).await? });
        }
        let status = |name: &str| Some((index::STATUS, IndexValue::new(name)));
        let on_day = Some((index::DAY, IndexValue::new(day)));
        Ok(Today {
            day,
            counted_to: COUNTED_TO,
            requests: self.counted(RequestRecord::KIND, on_day).await?,
            consents: self.counted_on(day, Activity::Given).await?,
            done,
            failures: self.failures_by_source(day).await?,
            unopened: self.counted(RequestRecord::KIND, status("placed")).await?,
            opened: self.counted(RequestRecord::KIND, status("opened")).await?,
            parked_deliveries: self.counted(NotificationRecord::KIND, status("parked")).await?,
            held: self.counted_on(day, Activity::Held).await?,
            queues: mpp_store::Outbox::backlog_up_to(self.store(), now, COUNTED_TO).await?,
        })
    }
}

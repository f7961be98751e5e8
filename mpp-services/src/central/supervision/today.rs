//! Today's counts. Every number is the length of a list that can be looked at.

use jiff::civil::Date;
use mpp_core::{ProviderFetchState, Source};
use mpp_store::{IndexValue, QueueBacklog, Record, RecordReader};

use crate::central::records::{
    ConsentRecord, ConsentUseRecord, FetchRecord, NotificationRecord, RequestRecord, UseKind, index,
};
use crate::central::{CentralError, CentralService};

/// Counts of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Today {
    /// The day in India.
    pub day: Date,
    /// Requests placed.
    pub requests: u64,
    /// Consents given.
    pub consents: u64,
    /// What was done under consents, by its name.
    pub done: Vec<Counted>,
    /// Requests that wait for the customer, of any day.
    pub waiting: u64,
    /// Notifications that were given up, of any day.
    pub parked_deliveries: u64,
    /// Queues that hold work.
    pub queues: Vec<QueueBacklog>,
    /// The providers' fetches of all days.
    pub sources: Vec<SourceCounts>,
}

/// How often something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// What.
    pub what: UseKind,
    /// How often.
    pub count: u64,
}

/// A provider's fetches by state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCounts {
    /// The source.
    pub source: Source,
    /// How many are in which state, states without any left out.
    pub by_state: Vec<(&'static str, u64)>,
}

const KINDS: [UseKind; 6] = [
    UseKind::Fetched,
    UseKind::NoRecord,
    UseKind::Delivered,
    UseKind::Erased,
    UseKind::Expired,
    UseKind::Failed,
];

impl CentralService {
    /// Counts of the present day in India.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn today(&self) -> Result<Today, CentralError> {
        let now = self.now();
        let day = now.day_in_india();
        let mut done = Vec::with_capacity(KINDS.len());
        for what in KINDS {
            let value = IndexValue::new(format_args!("{day}/{}", what.name()));
            let count = self.store().count(ConsentUseRecord::KIND, Some((index::DAY_DONE, value))).await?;
            done.push(Counted { what, count });
        }
        let status = |name: &str| Some((index::STATUS, IndexValue::new(name)));
        let on_day = || Some((index::DAY, IndexValue::new(day)));
        let waiting = self.store().count(RequestRecord::KIND, status("placed")).await?;
        let opened = self.store().count(RequestRecord::KIND, status("opened")).await?;
        Ok(Today {
            day,
            requests: self.store().count(RequestRecord::KIND, on_day()).await?,
            consents: self.store().count(ConsentRecord::KIND, on_day()).await?,
            done,
            waiting: waiting.saturating_add(opened),
            parked_deliveries: self.store().count(NotificationRecord::KIND, status("parked")).await?,
            queues: mpp_store::Outbox::backlog(self.store(), now).await?,
            sources: self.source_counts().await?,
        })
    }

    /// The providers' fetches by state.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn source_counts(&self) -> Result<Vec<SourceCounts>, CentralError> {
        let mut sources = Vec::new();
        for provider in self.parts.providers.providers() {
            let source = Source::Provider(provider.id().clone());
            let mut by_state = Vec::new();
            for state in ProviderFetchState::STATES {
                let value = IndexValue::new(format_args!("{source}/{state}"));
                let at = Some((index::SOURCE_STATUS, value));
                let count = RecordReader::count(self.store(), FetchRecord::KIND, at).await?;
                if count > 0 {
                    by_state.push((state, count));
                }
            }
            sources.push(SourceCounts { source, by_state });
        }
        Ok(sources)
    }
}

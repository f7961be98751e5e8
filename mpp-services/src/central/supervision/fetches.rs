//! Fetches from providers as a list.

use jiff::civil::Date;
use mpp_core::{
    ConsentId, ConsentRequestId, FetchId, PartnerId, ProviderFetchState, QualityFlag, QualityFlags, Source,
    Timestamp,
};
use mpp_store::{IndexName, IndexValue, Page};

use super::Look;
use crate::central::records::{FetchRecord, index};
use crate::central::{CentralError, CentralService};

/// Which fetches are wanted.
#[derive(Debug, Clone, Default)]
pub struct FetchSearch {
    /// From this source.
    pub source: Option<Source>,
    /// In the state of this name.
    pub status: Option<String>,
    /// That brought a document of which this is noticeable.
    pub quality: Option<QualityFlag>,
    /// That ended, or go on, on this day in India or later.
    pub from: Option<Date>,
    /// That ended, or go on, on this day in India or earlier.
    pub to: Option<Date>,
}

impl FetchSearch {
    fn holds(&self, record: &FetchRecord) -> bool {
        let day = at(&record.fetch.state).day_in_india();
        self.from.is_none_or(|from| day >= from)
            && self.to.is_none_or(|to| day <= to)
            && self.quality.is_none_or(|flag| record.quality.contains(&flag))
            // by index where no document is looked for
            && self.source.as_ref().is_none_or(|source| record.fetch.source == *source)
            && self.status.as_ref().is_none_or(|status| record.fetch.state.state_name() == status)
    }

    /// The index with the fewest of them: few documents have something noticeable.
    fn index(&self) -> Option<(IndexName, IndexValue)> {
        match (self.quality, &self.source, &self.status) {
            (Some(flag), _, _) => Some((index::QUALITY, IndexValue::new(flag.code()))),
            (None, Some(source), Some(status)) => {
                Some((index::SOURCE_STATUS, IndexValue::new(format_args!("{source}/{status}"))))
            }
            (None, Some(source), None) => Some((index::SOURCE, IndexValue::new(source))),
            (None, None, Some(status)) => Some((index::STATUS, IndexValue::new(status))),
            (None, None, None) => None,
        }
    }
}

/// When a fetch ended, or when it goes on.
const fn at(state: &ProviderFetchState) -> Timestamp {
    match state {
        ProviderFetchState::Scheduled { due: at, .. }
        | ProviderFetchState::Running { since: at, .. }
        | ProviderFetchState::Waiting { until: at, .. }
        | ProviderFetchState::Sealed { at, .. }
        | ProviderFetchState::NoRecord { at }
        | ProviderFetchState::Failed { at, .. }
        | ProviderFetchState::Cancelled { at } => *at,
    }
}

/// A fetch in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchRow {
    /// The fetch.
    pub id: FetchId,
    /// The consent it rests on.
    pub consent: ConsentId,
    /// The request the consent answers.
    pub request: ConsentRequestId,
    /// For whom.
    pub partner: PartnerId,
    /// From where.
    pub source: Source,
    /// The name of its state.
    pub status: &'static str,
    /// How often it was tried so far. Of fetches that ended under earlier programs that is not known.
    pub attempts: Option<u32>,
    /// When it ended, or when it goes on.
    pub at: Timestamp,
    /// The stable code of the failure.
    pub reason: Option<&'static str>,
    /// What is noticeable about the document that came.
    pub quality: QualityFlags,
}

impl FetchRow {
    pub(super) fn of(record: FetchRecord) -> Self {
        let fetch = record.fetch;
        let (attempts, reason) = match &fetch.state {
            ProviderFetchState::Scheduled { attempts, .. }
            | ProviderFetchState::Running { attempt: attempts, .. }
            | ProviderFetchState::Waiting { attempts, .. } => (Some(*attempts), None),
            ProviderFetchState::Failed { reason, .. } => (record.tried, Some(reason.code())),
            ProviderFetchState::Sealed { .. }
            | ProviderFetchState::NoRecord { .. }
            | ProviderFetchState::Cancelled { .. } => (record.tried, None),
        };
        Self {
            id: fetch.id,
            consent: fetch.consent,
            request: fetch.request,
            partner: fetch.partner,
            source: fetch.source,
            status: fetch.state.state_name(),
            attempts,
            at: at(&fetch.state),
            reason,
            quality: record.quality,
        }
    }
}

impl CentralService {
    /// Fetches, the newest first. Days are looked for: a page may be empty and still have a next one.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub async fn search_fetches(
        &self,
        search: &FetchSearch,
        look: &Look,
    ) -> Result<Page<FetchRow>, CentralError> {
        let page = self.look_for::<FetchRecord>(search.index(), look, |record| search.holds(record)).await?;
        page.try_map(|record| Ok(FetchRow::of(record)))
    }
}

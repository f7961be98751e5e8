//! Fetches from providers as a list.

use jiff::civil::Date;
use mpp_core::{ConsentId, ConsentRequestId, FetchId, PartnerId, ProviderFetchState, Source, Timestamp};
use mpp_store::{IndexValue, Page};

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
    /// That ended, or go on, on this day in India or later.
    pub from: Option<Date>,
    /// That ended, or go on, on this day in India or earlier.
    pub to: Option<Date>,
}

impl FetchSearch {
    fn holds(&self, record: &FetchRecord) -> bool {
        let day = at(&record.fetch.state).day_in_india();
        self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
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
    /// How often it was tried so far, where that is still known.
    pub attempts: Option<u32>,
    /// When it ended, or when it goes on.
    pub at: Timestamp,
    /// The stable code of the failure.
    pub reason: Option<&'static str>,
}

impl FetchRow {
    pub(super) fn of(record: FetchRecord) -> Self {
        let fetch = record.fetch;
        let (attempts, reason) = match &fetch.state {
            ProviderFetchState::Scheduled { attempts, .. }
            | ProviderFetchState::Running { attempt: attempts, .. }
            | ProviderFetchState::Waiting { attempts, .. } => (Some(*attempts), None),
            ProviderFetchState::Failed { reason, .. } => (None, Some(reason.code())),
            ProviderFetchState::Sealed { .. }
            | ProviderFetchState::NoRecord { .. }
            | ProviderFetchState::Cancelled { .. } => (None, None),
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
        let index = match (&search.source, &search.status) {
            (Some(source), Some(status)) => {
                Some((index::SOURCE_STATUS, IndexValue::new(format_args!("{source}/{status}"))))
            }
            (Some(source), None) => Some((index::SOURCE, IndexValue::new(source))),
            (None, Some(status)) => Some((index::STATUS, IndexValue::new(status))),
            (None, None) => None,
        };
        let page = self.look_for::<FetchRecord>(index, look, |record| search.holds(record)).await?;
        page.try_map(|record| Ok(FetchRow::of(record)))
    }
}

//! How the providers do.

use mpp_core::{ProviderFetchState, Source};
use mpp_store::{IndexValue, Record};

use super::Look;
use super::today::COUNTED_TO;
use crate::central::records::{FetchRecord, index};
use crate::central::{CentralError, CentralService};
use crate::percentile::percentile;

/// How many fetches tell how a provider does at present.
const RECENT: u32 = 200;

/// A provider's fetches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCounts {
    /// The source.
    pub source: Source,
    /// How many are in which state, states without any left out.
    pub by_state: Vec<(&'static str, u64)>,
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// How the newest ones went.
    pub recent: RecentFetches,
}

/// How a provider's newest fetches went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecentFetches {
    /// Fetches that were answered: with a document, or with "nobody like that".
    pub answered: u64,
    /// Fetches that came to nothing.
    pub failed: u64,
    /// Fetches that brought a document of which something is noticeable.
    pub marked: u64,
    /// How long the attempt took that was answered, in milliseconds: half of them took no longer than this.
    pub p50_millis: Option<u64>,
    /// 95 of 100 took no longer.
    pub p95_millis: Option<u64>,
    /// 99 of 100 took no longer.
    pub p99_millis: Option<u64>,
}

impl CentralService {
    /// The providers and how their fetches went.
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
                let count = self.counted(FetchRecord::KIND, Some((index::SOURCE_STATUS, value))).await?;
                if count > 0 {
                    by_state.push((state, count));
                }
            }
            let recent = self.recent_fetches(&source).await?;
            sources.push(SourceCounts { source, by_state, counted_to: COUNTED_TO, recent });
        }
        Ok(sources)
    }

    async fn recent_fetches(&self, source: &Source) -> Result<RecentFetches, CentralError> {
        let index = Some((index::SOURCE, IndexValue::new(source)));
        let look = Look { after: None, limit: RECENT };
        let newest = self.look_for::<FetchRecord>(index, &look, |_| true).await?.items;
        Ok(summed(&newest))
    }
}

fn summed(fetches: &[FetchRecord]) -> RecentFetches {
    let mut recent = RecentFetches::default();
    let mut times = Vec::new();
    for record in fetches {
        recent.marked = recent.marked.saturating_add(u64::from(!record.quality.is_empty()));
        match record.fetch.state {
            ProviderFetchState::Sealed { .. } | ProviderFetchState::NoRecord { .. } => {
                recent.answered = recent.answered.saturating_add(1);
                times.extend(record.took_millis);
            }
            ProviderFetchState::Failed { .. } => recent.failed = recent.failed.saturating_add(1),
            ProviderFetchState::Scheduled { .. }
            | ProviderFetchState::Running { .. }
            | ProviderFetchState::Waiting { .. }
            | ProviderFetchState::Cancelled { .. } => {}
        }
    }
    times.sort_unstable();
    let at = |share| percentile(&times, share);
    (recent.p50_millis, recent.p95_millis, recent.p99_millis) = (at(50), at(95), at(99));
    recent
}

//! Fetches from providers.

use mpp_core::{FetchId, ParcelId, ProviderFetch, ProviderFetchState, QualityFlags, Timestamp};
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;

/// A fetch with the parcel its present attempt fills. Every attempt has a parcel of its own, named in a commit before
/// anything is stored: what an attempt that was cut off left behind is cleared away, and what a worker that lost its
/// lease still writes lands nowhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct FetchRecord {
    /// The fetch itself.
    pub(in crate::central) fetch: ProviderFetch,
    /// The parcel of the present attempt.
    pub(in crate::central) parcel: Option<ParcelId>,
    /// How long the attempt that ended last took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::central) took_millis: Option<u64>,
    /// The number of the attempt that ended last. Absent where it was not remembered yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::central) tried: Option<u32>,
    /// What is noticeable about the document that was sealed.
    #[serde(default, skip_serializing_if = "QualityFlags::is_empty")]
    pub(in crate::central) quality: QualityFlags,
}

impl FetchRecord {
    pub(in crate::central) fn key_of(id: FetchId) -> RecordKey {
        RecordKey::new(id)
    }

    /// A fetch not tried yet.
    pub(in crate::central) const fn new(fetch: ProviderFetch) -> Self {
        Self { fetch, parcel: None, took_millis: None, tried: None, quality: QualityFlags::new() }
    }

    /// Notes the number of the present attempt and how long it took; before its outcome is written.
    pub(in crate::central) fn end_attempt(&mut self, now: Timestamp) {
        if let ProviderFetchState::Running { since, attempt, .. } = &self.fetch.state {
            self.took_millis = u64::try_from(now.since(*since).as_millis()).ok();
            self.tried = Some(*attempt);
        }
    }
}

impl Record for FetchRecord {
    const KIND: RecordKind = RecordKind::new("provider-fetch");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.fetch.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let (fetch, state) = (&self.fetch, self.fetch.state.state_name());
        let marks = self.quality.iter().map(|flag| IndexEntry::shared(index::QUALITY, flag.code()));
        let subject = [
            IndexEntry::shared(index::CONSENT, fetch.consent),
            IndexEntry::shared(index::STATUS, state),
            IndexEntry::shared(index::SOURCE, &fetch.source),
            IndexEntry::shared(index::SOURCE_STATUS, format_args!("{}/{state}", fetch.source)),
        ];
        subject.into_iter().chain(marks).collect()
    }
}

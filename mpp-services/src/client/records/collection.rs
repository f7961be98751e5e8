//! The collection of one parcel from central, and the evidence that central erased it.

use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, DataItemId, ErasureReceipt, FetchId, ParcelId, Sha256Digest,
    Source, Timestamp, UsageSubject,
};
use mpp_crypto::jws::CompactJws;
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;

/// How the collection of a parcel stands.
///
/// | state | refuse | store | acknowledge | lose |
/// | --- | --- | --- | --- | --- |
/// | due | refused | stored | - | gone |
/// | refused | refused | stored | - | gone |
/// | stored | - | - | acknowledged | closed |
/// | acknowledged, gone, closed | - | - | - | - |
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(in crate::client) enum CollectionState {
    /// To be fetched from central.
    Due,
    /// What came is not what was announced; its job is parked, and central still has the parcel.
    Refused {
        /// The stable code of the fault.
        code: String,
        /// When.
        at: Timestamp,
    },
    /// The document is stored here; central does not know yet.
    Stored {
        /// The digest of the sealed bytes that were opened.
        sha256: Sha256Digest,
        /// When they were opened.
        opened_at: Timestamp,
    },
    /// Central has the acknowledgement and has proven the erasure.
    Acknowledged {
        /// The digest of the sealed bytes that were opened.
        sha256: Sha256Digest,
        /// When they were opened.
        opened_at: Timestamp,
        /// Central's signed receipt.
        receipt: CompactJws,
        /// What the receipt says.
        erasure: ErasureReceipt,
    },
    /// Central no longer has it, and it never was here.
    Gone {
        /// Why.
        reason: String,
        /// When that was learnt.
        at: Timestamp,
    },
    /// The document is (or was) here; central no longer had the parcel when it was acknowledged.
    Closed {
        /// The digest of the sealed bytes that were opened.
        sha256: Sha256Digest,
        /// When that was learnt.
        at: Timestamp,
    },
}

/// The collection of one parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct CollectionRecord {
    pub(in crate::client) parcel: ParcelId,
    /// What the document is called here.
    pub(in crate::client) item: DataItemId,
    pub(in crate::client) consent: ConsentId,
    pub(in crate::client) request: ConsentRequestId,
    pub(in crate::client) case_ref: CaseRef,
    pub(in crate::client) source: Source,
    /// When central says the data must be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) purge_by: Option<Timestamp>,
    pub(in crate::client) announced_at: Timestamp,
    /// When it was ready at central, as the announcement says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) ready_at: Option<Timestamp>,
    /// The fetch that central meters as a whole, of which this parcel is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) fetch: Option<FetchId>,
    /// Storage written to by attempts that may not have come to an end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::client) attempts: Vec<ParcelId>,
    pub(in crate::client) state: CollectionState,
}

impl CollectionRecord {
    /// In the index by state: it still has to be fetched.
    pub(in crate::client) const OPEN: &str = "open";

    pub(in crate::client) fn key_of(parcel: ParcelId) -> RecordKey {
        RecordKey::new(parcel)
    }

    /// By what central meters it: the fetch it is part of, or itself. Financial information is metered by fetch, so that
    /// an announcement without one does not say.
    pub(in crate::client) fn metered_as(&self) -> Option<UsageSubject> {
        match (self.fetch, &self.source) {
            (Some(fetch), _) => Some(UsageSubject::Fetch(fetch)),
            (None, Source::Provider(_)) => Some(UsageSubject::Parcel(self.parcel)),
            (None, Source::AccountAggregator) => None,
        }
    }

    /// Whether the parcel still has to be fetched.
    pub(in crate::client) const fn is_open(&self) -> bool {
        match self.state {
            CollectionState::Due | CollectionState::Refused { .. } => true,
            CollectionState::Stored { .. }
            | CollectionState::Acknowledged { .. }
            | CollectionState::Gone { .. }
            | CollectionState::Closed { .. } => false,
        }
    }
}

impl Record for CollectionRecord {
    const KIND: RecordKind = RecordKind::new("client-collection");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.parcel)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let attempts = self.attempts.iter().map(|storage| IndexEntry::shared(index::STORAGE, storage));
        let subject = [
            IndexEntry::shared(index::CONSENT, self.consent),
            IndexEntry::shared(index::CASE, &self.case_ref),
        ];
        let open = self.is_open().then(|| IndexEntry::shared(index::STATUS, Self::OPEN));
        attempts.chain(subject).chain(open).collect()
    }
}

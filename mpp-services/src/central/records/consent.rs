//! Consents and what was done under them.

use mpp_core::{
    CaseRef, Consent, ConsentId, DeviceId, ParcelId, ProductId, SourceKind, Span, Timestamp, UsageSubject,
};
use mpp_crypto::jws::CompactJws;
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;

/// How long after its beginning a fetch may still bring something: a phone keeps sealed parcels for a day.
const LONGEST_FETCH: Span = Span::from_hours(25);

/// How many pauses and ends of pauses of a consent are kept.
const MOST_PAUSINGS: usize = 50;

/// A consent with what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct ConsentRecord {
    /// The consent itself.
    pub(in crate::central) consent: Consent,
    /// Its artefact, signed by central.
    pub(in crate::central) signed: CompactJws,
    /// On which device it was given.
    pub(in crate::central) device: DeviceId,
    /// Under which product.
    pub(in crate::central) product: ProductId,
    /// The partner's own reference of the case.
    pub(in crate::central) case_ref: CaseRef,
    /// What sort of source it is for.
    pub(in crate::central) kind: SourceKind,
    /// The source's name as shown.
    pub(in crate::central) title: String,
    /// The fetches so far; they decide whether another one is allowed.
    pub(in crate::central) fetches: Vec<FetchUse>,
    /// When it was paused and let hold again, oldest first; a program of before did not keep it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::central) pausings: Vec<Pausing>,
}

/// The customer paused a consent, or let it hold again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub(in crate::central) enum Pausing {
    /// It was paused.
    Paused {
        /// When.
        at: Timestamp,
    },
    /// It holds again.
    Resumed {
        /// When.
        at: Timestamp,
    },
}

/// A fetch that counts against the consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct FetchUse {
    /// When.
    pub(in crate::central) at: Timestamp,
    /// The fetch from a provider, or of a phone.
    pub(in crate::central) by: UsageSubject,
}

impl ConsentRecord {
    pub(in crate::central) fn key_of(id: ConsentId) -> RecordKey {
        RecordKey::new(id)
    }

    /// The times of all fetches but this one. A fetch that began too long ago is over: what claims to be part of it
    /// counts as another.
    pub(in crate::central) fn uses_besides(&self, by: UsageSubject, now: Timestamp) -> Vec<Timestamp> {
        let goes_on = |used: &FetchUse| used.by == by && now.since(used.at) <= LONGEST_FETCH;
        self.fetches.iter().filter(|used| !goes_on(used)).map(|used| used.at).collect()
    }

    /// Counts a fetch once, however often it is tried.
    pub(in crate::central) fn count_fetch(&mut self, by: UsageSubject, at: Timestamp) {
        if !self.fetches.iter().any(|used| used.by == by) {
            self.fetches.push(FetchUse { at, by });
        }
    }

    /// Notes a pause or its end. Of very many the newest are kept.
    pub(in crate::central) fn note_pausing(&mut self, pausing: Pausing) {
        self.pausings.push(pausing);
        let surplus = self.pausings.len().saturating_sub(MOST_PAUSINGS);
        self.pausings.drain(..surplus);
    }

    /// A fetch had no effect at the source and no longer counts.
    pub(in crate::central) fn forget_fetch(&mut self, by: UsageSubject) {
        self.fetches.retain(|used| used.by != by);
    }
}

impl Record for ConsentRecord {
    const KIND: RecordKind = RecordKind::new("consent");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.consent.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![
            IndexEntry::shared(index::DEVICE, self.device),
            IndexEntry::shared(index::REQUEST, self.consent.request),
            IndexEntry::shared(index::PARTNER, self.consent.partner),
            IndexEntry::shared(index::DAY, self.consent.artefact.issued_at.day_in_india()),
        ]
    }
}

/// What was done under a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UseKind {
    /// Data was fetched from the source, or taken from the phone.
    Fetched,
    /// The source had nothing.
    NoRecord,
    /// The partner collected it.
    Delivered,
    /// Central erased it.
    Erased,
    /// Nobody collected it in time.
    Expired,
    /// The source could not deliver.
    Failed,
}

impl UseKind {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fetched => "fetched",
            Self::NoRecord => "no_record",
            Self::Delivered => "delivered",
            Self::Erased => "erased",
            Self::Expired => "expired",
            Self::Failed => "failed",
        }
    }
}

/// One line of a consent's log of uses (RBI AA-6); never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct ConsentUseRecord {
    /// Names the line.
    pub(in crate::central) id: String,
    /// The consent.
    pub(in crate::central) consent: ConsentId,
    /// What was done.
    pub(in crate::central) what: UseKind,
    /// When.
    pub(in crate::central) at: Timestamp,
    /// The parcel, where there was one.
    pub(in crate::central) parcel: Option<ParcelId>,
}

impl Record for ConsentUseRecord {
    const KIND: RecordKind = RecordKind::new("consent-use");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(&self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let done = format!("{}/{}", self.at.day_in_india(), self.what.name());
        vec![IndexEntry::shared(index::CONSENT, self.consent), IndexEntry::shared(index::DAY_DONE, done)]
    }
}

//! What the lines of the journal add up to.

use std::collections::BTreeMap;

use bytes::Bytes;
use mpp::core::{JobId, UsageEventId};
use mpp::store::{IndexName, IndexValue, RecordKind};

use super::rows::{Change, Counters, JobRow, RecordRow, UsageRow};

/// Kind, index and value; index and value are empty in the listing of a whole kind, which no index entry can be.
type Place = (String, String, String);

#[derive(Default)]
pub(super) struct State {
    pub(super) counters: Counters,
    pub(super) records: BTreeMap<(String, String), RecordRow>,
    listings: BTreeMap<Place, BTreeMap<u64, Listed>>,
    pub(super) jobs: BTreeMap<JobId, JobRow>,
    pub(super) job_order: BTreeMap<u64, JobId>,
    pub(super) leaves: BTreeMap<u64, Bytes>,
    pub(super) usage: BTreeMap<UsageEventId, UsageRow>,
}

/// A record in a listing.
pub(super) struct Listed {
    pub(super) key: String,
    unique: bool,
}

impl State {
    /// Makes a change and gives the one that takes it back.
    pub(super) fn apply(&mut self, change: Change) -> Change {
        match change {
            Change::Counters(counters) => Change::Counters(std::mem::replace(&mut self.counters, counters)),
            Change::Record(kind, key, row) => {
                let old = self.replace_record((kind.clone(), key.clone()), row);
                Change::Record(kind, key, old)
            }
            Change::Job(id, row) => Change::Job(id, self.replace_job(id, row)),
            Change::Leaf(place, Some(leaf)) => Change::Leaf(place, self.leaves.insert(place, leaf)),
            Change::Leaf(place, None) => Change::Leaf(place, self.leaves.remove(&place)),
            Change::Usage(id, Some(row)) => Change::Usage(id, self.usage.insert(id, row)),
            Change::Usage(id, None) => Change::Usage(id, self.usage.remove(&id)),
        }
    }

    /// The changes that lead from nothing to here.
    pub(super) fn changes(&self) -> impl Iterator<Item = Change> {
        let records = self.records.iter();
        let records =
            records.map(|((kind, key), row)| Change::Record(kind.clone(), key.clone(), Some(row.clone())));
        let jobs = self.jobs.iter().map(|(id, row)| Change::Job(*id, Some(row.clone())));
        let leaves = self.leaves.iter().map(|(place, leaf)| Change::Leaf(*place, Some(leaf.clone())));
        let usage = self.usage.iter().map(|(id, row)| Change::Usage(*id, Some(row.clone())));
        [Change::Counters(self.counters)].into_iter().chain(records).chain(jobs).chain(leaves).chain(usage)
    }

    pub(super) fn record(&self, kind: RecordKind, key: &str) -> Option<&RecordRow> {
        self.records.get(&(kind.as_str().to_owned(), key.to_owned()))
    }

    /// Whether any record holds this text.
    pub(super) fn mention(&self, text: &str) -> bool {
        self.records.values().any(|row| row.data.contains(text))
    }

    /// The records of a kind, or those with an index entry, by their places.
    pub(super) fn listing(
        &self,
        kind: RecordKind,
        index: Option<&(IndexName, IndexValue)>,
    ) -> Option<&BTreeMap<u64, Listed>> {
        let (name, value) = index.map_or(("", ""), |(name, value)| (name.as_str(), value.as_str()));
        self.listings.get(&(kind.as_str().to_owned(), name.to_owned(), value.to_owned()))
    }

    /// Whether another record than `key` holds one of the values that `row` claims for itself alone.
    pub(super) fn is_taken(&self, kind: RecordKind, key: &str, row: &RecordRow) -> bool {
        row.index.iter().filter(|entry| entry.unique).any(|entry| {
            let place = (kind.as_str().to_owned(), entry.name.clone(), entry.value.clone());
            let holders = self.listings.get(&place).into_iter().flat_map(BTreeMap::values);
            holders.into_iter().any(|holder| holder.unique && holder.key != key)
        })
    }

    fn replace_record(&mut self, at: (String, String), row: Option<RecordRow>) -> Option<RecordRow> {
        let old = self.records.remove(&at);
        if let Some(old) = &old {
            for (place, _) in places(&at.0, old) {
                if let Some(listing) = self.listings.get_mut(&place) {
                    listing.remove(&old.position);
                }
            }
        }
        if let Some(row) = row {
            for (place, unique) in places(&at.0, &row) {
                let listed = Listed { key: at.1.clone(), unique };
                self.listings.entry(place).or_default().insert(row.position, listed);
            }
            self.records.insert(at, row);
        }
        old
    }

    fn replace_job(&mut self, id: JobId, row: Option<JobRow>) -> Option<JobRow> {
        let old = self.jobs.remove(&id);
        if let Some(old) = &old {
            self.job_order.remove(&old.position);
        }
        if let Some(row) = row {
            self.job_order.insert(row.position, id);
            self.jobs.insert(id, row);
        }
        old
    }
}

/// Where a record is listed, and whether it must be alone there.
fn places(kind: &str, row: &RecordRow) -> impl Iterator<Item = (Place, bool)> {
    let place = |name: &str, value: &str| (kind.to_owned(), name.to_owned(), value.to_owned());
    let entries = row.index.iter().map(move |entry| (place(&entry.name, &entry.value), entry.unique));
    entries.chain([(place("", ""), false)])
}

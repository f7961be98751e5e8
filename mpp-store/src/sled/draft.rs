//! The changes of one batch before they are written: read over what is stored, dropped when the batch is refused.

use std::collections::BTreeMap;

use ::sled::Tree;

use crate::{RecordKey, RecordKind, StoreError};

use super::keys::{self, Key};
use super::rows::{Counters, JobRow, RecordRow};
use super::{damaged, from_sled};

/// Keys with what they shall hold; nothing to remove them.
pub(super) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The changes of one batch. Not `Debug`, for that of a tree is all its content.
pub(super) struct Draft<'a> {
    stored: &'a Tree,
    changes: Changes,
    counters: Counters,
    counted: Counters,
}

impl<'a> Draft<'a> {
    /// No change yet.
    ///
    /// # Errors
    /// When the counters cannot be read.
    pub(super) fn new(stored: &'a Tree) -> Result<Self, StoreError> {
        let counters = Counters::of(stored)?;
        Ok(Self { stored, changes: Changes::new(), counters, counted: counters })
    }

    /// What is stored, without the changes.
    pub(super) const fn stored(&self) -> &'a Tree {
        self.stored
    }

    /// The counters, to count on.
    pub(super) const fn counters(&mut self) -> &mut Counters {
        &mut self.counters
    }

    /// The next place in the order of insertion.
    pub(super) const fn next_position(&mut self) -> u64 {
        self.counters.position = self.counters.position.saturating_add(1);
        self.counters.position
    }

    pub(super) fn get(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(change) = self.changes.get(key.bytes()) {
            return Ok(change.clone());
        }
        Ok(self.stored.get(key.bytes()).map_err(from_sled)?.map(|value| value.to_vec()))
    }

    pub(super) fn put(&mut self, key: Key, value: Vec<u8>) {
        self.changes.insert(key.into_bytes(), Some(value));
    }

    pub(super) fn remove(&mut self, key: Key) {
        self.remove_at(key.into_bytes());
    }

    pub(super) fn remove_at(&mut self, key: Vec<u8>) {
        self.changes.insert(key, None);
    }

    /// The record as the changes before leave it.
    pub(super) fn record(&self, kind: RecordKind, key: &RecordKey) -> Result<Option<RecordRow>, StoreError> {
        let place = keys::record(kind, key);
        let sealed = self.get(&place)?;
        sealed.map(|sealed| RecordRow::read(kind, key.as_str(), place.bytes(), &sealed)).transpose()
    }

    /// The job as the changes before leave it.
    pub(super) fn job(&self, place: &Key) -> Result<Option<JobRow>, StoreError> {
        self.get(place)?.map(|sealed| JobRow::read(place.bytes(), &sealed)).transpose()
    }

    /// The changes without that of the counters.
    pub(super) fn into_changes_alone(self) -> Changes {
        self.changes
    }

    /// All changes, that of the counters included.
    pub(super) fn into_changes(mut self) -> Changes {
        if !self.changes.is_empty() || self.counters != self.counted {
            self.counters.changes = self.counters.changes.saturating_add(1);
            let counters = self.counters.seal();
            self.put(keys::counters(), counters);
        }
        self.changes
    }
}

/// What an entry of an index points to, with the key it is kept under.
pub(super) fn pointed_to(stored: &Tree, target: &[u8]) -> Result<::sled::IVec, StoreError> {
    stored.get(target).map_err(from_sled)?.ok_or_else(|| damaged("index"))
}

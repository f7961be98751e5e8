//! Looking through a folder: whether every entry says what the others say.

use ::sled::{IVec, Tree};

use crate::record::Uniqueness;
use crate::{Inspection, StoreError};

use super::database::Database;
use super::keys::{self, Key};
use super::rows::{Counters, JobRow, RecordRow, read_usage};
use super::snapshot::kinds;
use super::values::Reader;
use super::{SledStore, from_sled, jobs};

impl SledStore {
    /// Looks through the whole store: counts, and whether records and jobs agree with what they are found by, leaves have no
    /// gaps, and numbers are not beyond those given out. Nothing is written meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]. That something is wrong is an answer, not an error.
    pub async fn inspect(&self) -> Result<Inspection, StoreError> {
        Database::read(&self.database, look_through).await
    }
}

fn look_through(stored: &Tree) -> Result<Inspection, StoreError> {
    let mut found = Inspection { schema: SledStore::known_format(), ..Inspection::default() };
    let counters = Counters::of(stored)?;
    look_through_records(stored, &counters, &mut found)?;
    look_through_jobs(stored, &counters, &mut found)?;
    look_through_leaves(stored, &counters, &mut found)?;
    look_through_uses(stored, &mut found)?;
    Ok(found)
}

fn look_through_records(
    stored: &Tree,
    counters: &Counters,
    found: &mut Inspection,
) -> Result<(), StoreError> {
    let (mut whole, mut damaged, mut missing, mut beyond) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut entries, mut uniques) = (0_u64, 0_u64);
    for kind in kinds(stored)? {
        let mut of_kind = 0_u64;
        for entry in stored.scan_prefix(keys::by_kind(kind).bytes()) {
            let (_, target) = entry.map_err(from_sled)?;
            of_kind = of_kind.saturating_add(1);
            let Some(row) = row_at(stored, &target, |key, sealed| RecordRow::read(kind, "", key, sealed))?
            else {
                damaged = damaged.saturating_add(1);
                continue;
            };
            whole = whole.saturating_add(1);
            let is_beyond =
                row.position > counters.position || row.stored.version.number() > counters.commits;
            beyond = beyond.saturating_add(u64::from(is_beyond));
            let mut places = vec![keys::by_kind(kind).number(row.position)];
            for index in &row.index {
                places.push(keys::by_index(kind, &index.name, &index.value).number(row.position));
                entries = entries.saturating_add(1);
                if index.uniqueness == Uniqueness::Unique {
                    places.push(keys::unique(kind, &index.name, &index.value));
                    uniques = uniques.saturating_add(1);
                }
            }
            missing = missing.saturating_add(count_missing(stored, &places, &target)?);
        }
        found.records.push((kind.as_str().to_owned(), of_kind));
    }
    found.fault(damaged, "records missing or damaged");
    found.fault(missing, "records without an index entry of theirs");
    found.fault(beyond, "records with numbers that were never given out");
    // every entry of a record is there, so any other one is too many
    found.fault(surplus(stored, &keys::records(), whole)?, "records that no listing has");
    found.fault(surplus(stored, &keys::all_entries(), entries)?, "index entries without their record");
    found.fault(surplus(stored, &keys::all_unique(), uniques)?, "unique index entries without their record");
    Ok(())
}

fn look_through_jobs(stored: &Tree, counters: &Counters, found: &mut Inspection) -> Result<(), StoreError> {
    let (mut damaged, mut missing, mut beyond) = (0_u64, 0_u64, 0_u64);
    let (mut ready, mut ordered) = (0_u64, 0_u64);
    for entry in stored.scan_prefix(keys::jobs().bytes()) {
        let (key, sealed) = entry.map_err(from_sled)?;
        found.jobs = found.jobs.saturating_add(1);
        let Ok(row) = JobRow::read(&key, &sealed) else {
            damaged = damaged.saturating_add(1);
            continue;
        };
        beyond = beyond.saturating_add(u64::from(row.position > counters.position));
        missing = missing.saturating_add(count_missing(stored, &jobs::places(&row), &key)?);
        if row.parked_at.is_some() {
            found.parked_jobs = found.parked_jobs.saturating_add(1);
        } else {
            ready = ready.saturating_add(1);
            ordered = ordered.saturating_add(u64::from(row.order_key.is_some()));
        }
    }
    found.fault(damaged, "jobs damaged");
    found.fault(missing, "places of jobs missing");
    found.fault(beyond, "jobs with places that were never given out");
    let parked = found.parked_jobs;
    for (shelf, expected) in
        [(keys::ready_jobs(), ready), (keys::all_ordered(), ordered), (keys::parked_jobs(), parked)]
    {
        found.fault(surplus(stored, &shelf, expected)?, "places without their job");
    }
    Ok(())
}

fn look_through_leaves(stored: &Tree, counters: &Counters, found: &mut Inspection) -> Result<(), StoreError> {
    // the beginning goes when its time is over; the counters say how far it went
    let first = counters.first_leaf;
    let (mut damaged, mut gaps) = (0_u64, 0_u64);
    for entry in stored.scan_prefix(keys::leaves().bytes()) {
        let (key, sealed) = entry.map_err(from_sled)?;
        let is_whole = Reader::open(&key, &sealed).and_then(|mut reader| reader.bytes("bytes").map(drop));
        damaged = damaged.saturating_add(u64::from(is_whole.is_err()));
        let expected = first.saturating_add(found.audit_leaves).saturating_add(gaps);
        let is_next = keys::last_number(&key) == Some(expected);
        gaps = gaps.saturating_add(u64::from(!is_next));
        found.audit_leaves = found.audit_leaves.saturating_add(1);
    }
    found.fault(damaged, "leaves of the audit log damaged");
    found.fault(gaps, "gaps in the audit log");
    found.fault(
        found.audit_leaves.abs_diff(counters.leaves.saturating_sub(first)),
        "leaves of the audit log missing or too many",
    );
    Ok(())
}

fn look_through_uses(stored: &Tree, found: &mut Inspection) -> Result<(), StoreError> {
    let (mut damaged, mut missing) = (0_u64, 0_u64);
    for entry in stored.scan_prefix(keys::all_uses().bytes()) {
        let (key, sealed) = entry.map_err(from_sled)?;
        found.usage_entries = found.usage_entries.saturating_add(1);
        match read_usage(&key, &sealed) {
            Ok(entry) => {
                let places =
                    [None, Some(entry.partner)].map(|partner| keys::usage_at(partner, entry.at, entry.id));
                missing = missing.saturating_add(count_missing(stored, &places, &key)?);
            }
            Err(_) => damaged = damaged.saturating_add(1),
        }
    }
    found.fault(damaged, "metered uses damaged");
    found.fault(missing, "places of metered uses missing");
    for shelf in [keys::usage_by_time(None), keys::all_uses_of_partners()] {
        found.fault(surplus(stored, &shelf, found.usage_entries)?, "places without their metered use");
    }
    Ok(())
}

/// The row an entry points to; `None` when it is gone or damaged.
fn row_at<T>(
    stored: &Tree,
    target: &IVec,
    read: impl FnOnce(&[u8], &[u8]) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let sealed = stored.get(target).map_err(from_sled)?;
    Ok(sealed.and_then(|sealed| read(target, &sealed).ok()))
}

/// How many of these places do not point to it.
fn count_missing(stored: &Tree, places: &[Key], target: &[u8]) -> Result<u64, StoreError> {
    let mut missing = 0_u64;
    for place in places {
        let pointed = stored.get(place.bytes()).map_err(from_sled)?;
        missing = missing.saturating_add(u64::from(pointed.is_none_or(|pointed| pointed != *target)));
    }
    Ok(missing)
}

/// How many entries a shelf has beyond those that must be there.
fn surplus(stored: &Tree, shelf: &Key, expected: u64) -> Result<u64, StoreError> {
    let mut count = 0_u64;
    for entry in stored.scan_prefix(shelf.bytes()) {
        entry.map_err(from_sled)?;
        count = count.saturating_add(1);
    }
    Ok(count.saturating_sub(expected))
}

//! Whether a batch can be applied as a whole.

use std::collections::{HashMap, HashSet};

use crate::batch::{BatchParts, Guard, JobWrite, RecordWrite};
use crate::job::JOB_KIND;
use crate::record::{EncodedRecord, Uniqueness};
use crate::usage::USAGE_KIND;
use crate::{IndexName, IndexValue, RecordKey, RecordKind, StoreError, UsageEntry, Version};

use super::state::State;

pub(super) fn check(state: &State, parts: &BatchParts) -> Result<(), StoreError> {
    parts.guards.iter().try_for_each(|guard| check_guard(state, guard))?;
    let mut claims = Claims::default();
    parts.writes.iter().try_for_each(|write| check_write(state, &mut claims, write))?;
    check_jobs(state, &parts.jobs)?;
    check_usage(state, &parts.usage)
}

fn version_of(state: &State, kind: RecordKind, key: &RecordKey) -> Option<Version> {
    state.records.get(&(kind, key.clone())).map(|entry| entry.stored.version)
}

fn check_guard(state: &State, guard: &Guard) -> Result<(), StoreError> {
    if version_of(state, guard.kind, &guard.key) == guard.expected {
        return Ok(());
    }
    Err(StoreError::Conflict { kind: guard.kind, key: guard.key.clone() })
}

/// Unique values as the writes before the present one leave them.
#[derive(Default)]
struct Claims<'a> {
    freed: HashSet<(RecordKind, IndexName, &'a IndexValue)>,
    taken: HashSet<(RecordKind, IndexName, &'a IndexValue)>,
}

fn check_write<'a>(
    state: &'a State,
    claims: &mut Claims<'a>,
    write: &'a RecordWrite,
) -> Result<(), StoreError> {
    let (kind, key) = write.subject();
    let (expected, record) = match write {
        RecordWrite::Insert(record) => (None, Some(record)),
        RecordWrite::Update { expected, record, .. } => (Some(*expected), Some(record)),
        RecordWrite::Delete { expected, .. } => (Some(*expected), None),
    };
    if version_of(state, kind, key) != expected {
        return Err(write.conflict());
    }
    if let Some(entry) = state.records.get(&(kind, key.clone())) {
        for old in entry.index.iter().filter(|old| old.uniqueness == Uniqueness::Unique) {
            claims.freed.insert((kind, old.name, &old.value));
        }
    }
    record.map_or(Ok(()), |record| claim_unique(state, claims, record).map_err(|Taken| write.conflict()))
}

struct Taken;

fn claim_unique<'a>(state: &State, claims: &mut Claims<'a>, record: &'a EncodedRecord) -> Result<(), Taken> {
    for entry in record.index.iter().filter(|entry| entry.uniqueness == Uniqueness::Unique) {
        let value = (record.kind, entry.name, &entry.value);
        let stored = state.unique.contains_key(&(record.kind, entry.name, entry.value.clone()));
        if (stored && !claims.freed.contains(&value)) || !claims.taken.insert(value) {
            return Err(Taken);
        }
    }
    Ok(())
}

fn check_jobs(state: &State, jobs: &[JobWrite]) -> Result<(), StoreError> {
    let mut enqueued = HashSet::new();
    let mut completed = HashSet::new();
    let mut moved = HashSet::new();
    for write in jobs {
        let lease = match write {
            JobWrite::Enqueue(job) => {
                let there = state.job_positions.contains_key(&job.id) && !completed.contains(&job.id);
                if there || !enqueued.insert(job.id) {
                    return Err(StoreError::Conflict { kind: JOB_KIND, key: RecordKey::new(job.id) });
                }
                continue;
            }
            JobWrite::Complete(lease) => {
                completed.insert(lease.job);
                lease
            }
            JobWrite::Release { lease, .. } | JobWrite::Park { lease, .. } => lease,
        };
        let position = state.job_positions.get(&lease.job);
        let held = position.and_then(|position| state.jobs.get(position));
        if !held.is_some_and(|entry| entry.is_held_by(*lease)) || !moved.insert(lease.job) {
            return Err(StoreError::LeaseLost { job: lease.job });
        }
    }
    Ok(())
}

fn check_usage(state: &State, usage: &[UsageEntry]) -> Result<(), StoreError> {
    let mut seen = HashMap::new();
    for entry in usage {
        let earlier = state.usage.get(&entry.id).or_else(|| seen.get(&entry.id).copied());
        if earlier.is_some_and(|earlier| earlier != entry) {
            return Err(StoreError::Conflict { kind: USAGE_KIND, key: RecordKey::new(entry.id) });
        }
        seen.insert(entry.id, entry);
    }
    Ok(())
}

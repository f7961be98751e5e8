//! Drafts the changes of jobs.

use mpp_core::{JobId, Timestamp};

use crate::batch::JobWrite;
use crate::job::JOB_KIND;
use crate::{Claim, InHand, LeaseToken, LeasedJob, MAX_PAGE, NewJob, RecordKey, StoreError};

use super::draft::Draft;
use super::keys;
use super::outbox::leasable;
use super::rows::JobRow;

pub(super) fn write(draft: &mut Draft<'_>, write: &JobWrite) -> Result<(), StoreError> {
    match write {
        JobWrite::Enqueue(job) => enqueue(draft, job),
        JobWrite::Complete(lease) => {
            let row = held(draft, *lease)?;
            remove(draft, &row);
            Ok(())
        }
        JobWrite::Release { lease, due_at, reason } => hand_back(draft, *lease, |row| {
            (row.due_at, row.ready_at) = (*due_at, *due_at);
            row.reason = Some(reason.as_str().to_owned());
        }),
        JobWrite::Park { lease, parked_at, reason } => hand_back(draft, *lease, |row| {
            row.parked_at = Some(*parked_at);
            row.reason = Some(reason.as_str().to_owned());
        }),
    }
}

/// Hands jobs to a worker, in the order the port promises.
pub(super) fn lease(draft: &mut Draft<'_>, claim: &Claim) -> Result<Vec<LeasedJob>, StoreError> {
    let until = claim.now.plus(claim.lease_for);
    let mut taken = Vec::new();
    for found in leasable(draft.stored(), claim, claim.limit.clamp(1, MAX_PAGE))? {
        let row = change(draft, found, |row| {
            row.lease = row.lease.saturating_add(1);
            row.attempt = row.attempt.saturating_add(1);
            row.worker = Some(claim.worker.as_str().to_owned());
            row.ready_at = until;
        });
        taken.push((row.position, row.leased()));
    }
    taken.sort_by_key(|(position, job)| (claim.rank_of(&job.queue), job.due_at, *position));
    Ok(taken.into_iter().map(|(_, job)| job).collect())
}

pub(super) fn heartbeat(
    draft: &mut Draft<'_>,
    lease: LeaseToken,
    until: Timestamp,
) -> Result<(), StoreError> {
    let row = held(draft, lease)?;
    change(draft, row, |row| row.ready_at = until);
    Ok(())
}

pub(super) fn replay(draft: &mut Draft<'_>, job: JobId, now: Timestamp) -> Result<(), StoreError> {
    let row = parked(draft, job)?;
    let position = draft.next_position();
    change(draft, row, |row| {
        row.position = position;
        (row.due_at, row.ready_at) = (now, now);
        row.parked_at = None;
        row.attempt = 0;
    });
    Ok(())
}

pub(super) fn discard(draft: &mut Draft<'_>, job: JobId) -> Result<(), StoreError> {
    let row = parked(draft, job)?;
    remove(draft, &row);
    Ok(())
}

fn enqueue(draft: &mut Draft<'_>, job: &NewJob) -> Result<(), StoreError> {
    if draft.get(&keys::job(job.id))?.is_some() {
        return Err(StoreError::Conflict { kind: JOB_KIND, key: RecordKey::new(job.id) });
    }
    let row = JobRow {
        id: job.id,
        position: draft.next_position(),
        queue: job.queue.clone(),
        order_key: job.order_key.clone(),
        payload: job.payload.clone(),
        due_at: job.due_at,
        ready_at: job.in_hand.as_ref().map_or(job.due_at, |hand| hand.until),
        lease: job.in_hand.as_ref().map_or(0, |_| InHand::LEASE_NUMBER),
        attempt: job.in_hand.as_ref().map_or(0, |_| 1),
        worker: job.in_hand.as_ref().map(|hand| hand.worker.as_str().to_owned()),
        parked_at: None,
        reason: None,
    };
    put(draft, &row);
    Ok(())
}

/// Takes a job out of the hands it is in, with another change.
fn hand_back(
    draft: &mut Draft<'_>,
    lease: LeaseToken,
    other: impl FnOnce(&mut JobRow),
) -> Result<(), StoreError> {
    let row = held(draft, lease)?;
    change(draft, row, |row| {
        row.lease = row.lease.saturating_add(1);
        row.worker = None;
        other(row);
    });
    Ok(())
}

fn held(draft: &Draft<'_>, lease: LeaseToken) -> Result<JobRow, StoreError> {
    let row = draft.job(&keys::job(lease.job))?;
    row.filter(|row| row.is_held_by(lease)).ok_or(StoreError::LeaseLost { job: lease.job })
}

fn parked(draft: &Draft<'_>, job: JobId) -> Result<JobRow, StoreError> {
    let row = draft.job(&keys::job(job))?;
    row.filter(|row| row.parked_at.is_some()).ok_or(StoreError::NotParked { job })
}

fn change(draft: &mut Draft<'_>, mut row: JobRow, change: impl FnOnce(&mut JobRow)) -> JobRow {
    remove(draft, &row);
    change(&mut row);
    put(draft, &row);
    row
}

pub(super) fn put(draft: &mut Draft<'_>, row: &JobRow) {
    let (key, sealed) = row.seal();
    for place in places(row) {
        draft.put(place, key.bytes().to_vec());
    }
    draft.put(key, sealed);
}

fn remove(draft: &mut Draft<'_>, row: &JobRow) {
    for place in places(row) {
        draft.remove(place);
    }
    draft.remove(keys::job(row.id));
}

/// Where a job is found besides under its id.
pub(super) fn places(row: &JobRow) -> Vec<keys::Key> {
    if row.parked_at.is_some() {
        return vec![keys::parked_jobs().number(row.position)];
    }
    let mut places = vec![keys::ready_jobs_of(&row.queue).instant(row.ready_at).number(row.position)];
    places.extend(
        row.order_key.as_ref().map(|order| keys::ordered_jobs(&row.queue, order).number(row.position)),
    );
    places
}

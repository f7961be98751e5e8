//! The model: lists that are searched from the front. A commit is tried on a copy, so it cannot be half done.

use std::collections::BTreeMap;

use mpp_core::{JobId, Timestamp};

use crate::batch::{BatchParts, Guard, JobWrite, RecordWrite};
use crate::record::{EncodedRecord, Uniqueness};
use crate::usage::USAGE_KIND;
use crate::{
    AuditLeaf, Claim, InHand, IndexName, IndexValue, JOB_KIND, LeaseToken, LeasedJob, NewJob, ParkedJob,
    QueueBacklog, QueueName, Reason, RecordKey, RecordKind, StoreError, StoredRecord, UsageEntry, Version,
};

/// Why something is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    Conflict(RecordKind, RecordKey),
    LeaseLost(JobId),
    NotParked(JobId),
}

impl Refusal {
    /// The refusal an error stands for.
    pub(super) fn of(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { kind, key } => Self::Conflict(kind, key),
            StoreError::LeaseLost { job } => Self::LeaseLost(job),
            StoreError::NotParked { job } => Self::NotParked(job),
            other => panic!("no refusal of the model: {other:?}"),
        }
    }
}

/// Everything a store should hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Reference {
    /// In the order of their first insertion.
    pub(super) records: Vec<(Version, EncodedRecord)>,
    /// In the order of being enqueued or replayed.
    pub(super) jobs: Vec<Job>,
    /// How many leaves were removed.
    pub(super) first_leaf: u64,
    pub(super) leaves: Vec<AuditLeaf>,
    pub(super) usage: Vec<UsageEntry>,
    pub(super) last: Option<Version>,
}

#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) new: NewJob,
    pub(super) lease: u64,
    pub(super) attempt: u32,
    pub(super) held_until: Option<Timestamp>,
    pub(super) parked: Option<(Timestamp, Reason)>,
}

impl Job {
    fn ready_at(&self) -> Timestamp {
        self.held_until.unwrap_or(self.new.due_at)
    }

    pub(super) const fn token(&self) -> LeaseToken {
        LeaseToken { job: self.new.id, number: self.lease }
    }

    fn leased(&self) -> LeasedJob {
        LeasedJob {
            token: self.token(),
            queue: self.new.queue.clone(),
            order_key: self.new.order_key.clone(),
            payload: self.new.payload.clone(),
            attempt: self.attempt,
            due_at: self.new.due_at,
            leased_until: self.ready_at(),
        }
    }
}

impl Reference {
    /// The state after a commit, or why there is none.
    pub(super) fn after(&self, parts: &BatchParts, version: Version) -> Result<Self, Refusal> {
        let mut next = self.clone();
        for guard in &parts.guards {
            next.check(guard)?;
        }
        for write in &parts.writes {
            next.write(write, version)?;
        }
        for write in &parts.jobs {
            next.change_job(write)?;
        }
        next.leaves.extend(parts.leaves.iter().cloned());
        for entry in &parts.usage {
            next.meter(entry)?;
        }
        next.last = Some(version);
        Ok(next)
    }

    pub(super) fn place_of(&self, kind: RecordKind, key: &RecordKey) -> Option<usize> {
        self.records.iter().position(|(_, record)| (record.kind, &record.key) == (kind, key))
    }

    fn version_of(&self, kind: RecordKind, key: &RecordKey) -> Option<Version> {
        self.place_of(kind, key).map(|place| self.records[place].0)
    }

    fn check(&self, guard: &Guard) -> Result<(), Refusal> {
        let unchanged = self.version_of(guard.kind, &guard.key) == guard.expected;
        if unchanged { Ok(()) } else { Err(Refusal::Conflict(guard.kind, guard.key.clone())) }
    }

    fn write(&mut self, write: &RecordWrite, version: Version) -> Result<(), Refusal> {
        let (kind, key) = write.subject();
        let refusal = Refusal::Conflict(kind, key.clone());
        let (expected, record) = match write {
            RecordWrite::Insert(record) => (None, Some(record)),
            RecordWrite::Update { expected, record, .. } => (Some(*expected), Some(record)),
            RecordWrite::Delete { expected, .. } => (Some(*expected), None),
        };
        if self.version_of(kind, key) != expected {
            return Err(refusal);
        }
        let others = self.records.iter().filter(|(_, other)| (other.kind, &other.key) != (kind, key));
        if record.is_some_and(|record| others.clone().any(|(_, other)| share_a_unique_entry(record, other))) {
            return Err(refusal);
        }
        match (self.place_of(kind, key), record) {
            (None, Some(record)) => self.records.push((version, record.clone())),
            (Some(place), Some(record)) => self.records[place] = (version, record.clone()),
            (Some(place), None) => drop(self.records.remove(place)),
            (None, None) => unreachable!("a removal names a version"),
        }
        Ok(())
    }

    fn change_job(&mut self, write: &JobWrite) -> Result<(), Refusal> {
        match write {
            JobWrite::Enqueue(new) => {
                if self.jobs.iter().any(|job| job.new.id == new.id) {
                    return Err(Refusal::Conflict(JOB_KIND, RecordKey::new(new.id)));
                }
                let (lease, attempt) = new.in_hand.as_ref().map_or((0, 0), |_| (InHand::LEASE_NUMBER, 1));
                let held_until = new.in_hand.as_ref().map(|hand| hand.until);
                self.jobs.push(Job { new: new.clone(), lease, attempt, held_until, parked: None });
            }
            JobWrite::Complete(token) => {
                let place = self.held(*token)?;
                self.jobs.remove(place);
            }
            JobWrite::Release { lease, due_at, .. } => {
                let job = self.hand_back(*lease)?;
                job.new.due_at = *due_at;
            }
            JobWrite::Park { lease, parked_at, reason } => {
                let job = self.hand_back(*lease)?;
                job.parked = Some((*parked_at, reason.clone()));
            }
        }
        Ok(())
    }

    fn hand_back(&mut self, token: LeaseToken) -> Result<&mut Job, Refusal> {
        let place = self.held(token)?;
        let job = &mut self.jobs[place];
        job.lease += 1;
        job.held_until = None;
        Ok(job)
    }

    fn held(&self, token: LeaseToken) -> Result<usize, Refusal> {
        let held = self.jobs.iter().position(|job| job.token() == token && job.held_until.is_some());
        held.ok_or(Refusal::LeaseLost(token.job))
    }

    fn meter(&mut self, entry: &UsageEntry) -> Result<(), Refusal> {
        match self.usage.iter().find(|earlier| earlier.id == entry.id) {
            Some(earlier) if earlier == entry => {}
            Some(_) => return Err(Refusal::Conflict(USAGE_KIND, RecordKey::new(entry.id))),
            None => {
                self.usage.push(entry.clone());
                self.usage.sort_by_key(|entry| (entry.at, entry.id));
            }
        }
        Ok(())
    }

    pub(super) fn remove_leaves(&mut self, before: u64, most: u32) -> u64 {
        let mut gone = 0;
        while gone < most && self.first_leaf < before && !self.leaves.is_empty() {
            self.leaves.remove(0);
            self.first_leaf += 1;
            gone += 1;
        }
        u64::from(gone)
    }

    pub(super) fn remove_usage(&mut self, before: Timestamp, most: u32) -> u64 {
        let mut gone = 0;
        while gone < most && self.usage.first().is_some_and(|entry| entry.at < before) {
            self.usage.remove(0);
            gone += 1;
        }
        u64::from(gone)
    }

    pub(super) fn lease(&mut self, claim: &Claim) -> Vec<LeasedJob> {
        let mut ready: Vec<_> = (0..self.jobs.len())
            .filter(|place| self.may_be_taken(*place, claim.now))
            .filter_map(|place| Some((claim.rank_of(&self.jobs[place].new.queue)?, place)))
            .collect();
        ready.sort_by_key(|(rank, place)| (*rank, self.jobs[*place].ready_at(), *place));
        ready.truncate(usize::try_from(claim.limit).expect("a small number"));
        ready.sort_by_key(|(rank, place)| (*rank, self.jobs[*place].new.due_at, *place));
        let taken = ready.into_iter().map(|(_, place)| {
            let job = &mut self.jobs[place];
            job.lease += 1;
            job.attempt += 1;
            job.held_until = Some(claim.now.plus(claim.lease_for));
            job.leased()
        });
        taken.collect()
    }

    fn may_be_taken(&self, place: usize, now: Timestamp) -> bool {
        let job = &self.jobs[place];
        let held_back = self.jobs[..place].iter().any(|earlier| {
            earlier.parked.is_none()
                && earlier.new.queue == job.new.queue
                && earlier.new.order_key == job.new.order_key
        });
        let held_back = held_back && job.new.order_key.is_some();
        job.parked.is_none() && job.ready_at() <= now && !held_back
    }

    pub(super) fn heartbeat(&mut self, token: LeaseToken, until: Timestamp) -> Result<(), Refusal> {
        let place = self.held(token)?;
        self.jobs[place].held_until = Some(until);
        Ok(())
    }

    pub(super) fn replay(&mut self, id: JobId, now: Timestamp) -> Result<(), Refusal> {
        let mut job = self.take_parked(id)?;
        (job.parked, job.attempt, job.new.due_at) = (None, 0, now);
        self.jobs.push(job);
        Ok(())
    }

    pub(super) fn take_parked(&mut self, id: JobId) -> Result<Job, Refusal> {
        let parked = self.jobs.iter().position(|job| job.new.id == id && job.parked.is_some());
        parked.map(|place| self.jobs.remove(place)).ok_or(Refusal::NotParked(id))
    }

    pub(super) fn listed(
        &self,
        kind: RecordKind,
        index: Option<&(IndexName, IndexValue)>,
    ) -> Vec<StoredRecord> {
        let listed = self.records.iter().filter(|(_, record)| {
            let wanted = |(name, value): &(IndexName, IndexValue)| {
                record.index.iter().any(|entry| (entry.name, &entry.value) == (*name, value))
            };
            record.kind == kind && index.is_none_or(wanted)
        });
        listed.map(|(version, record)| stored(*version, record)).collect()
    }

    pub(super) fn parked(&self, queue: Option<&QueueName>) -> Vec<ParkedJob> {
        let parked = self.jobs.iter().filter(|job| queue.is_none_or(|queue| job.new.queue == *queue));
        let parked = parked.filter_map(|job| {
            let (parked_at, reason) = job.parked.clone()?;
            let NewJob { id, queue, order_key, payload, .. } = job.new.clone();
            Some(ParkedJob { id, queue, order_key, payload, attempt: job.attempt, parked_at, reason })
        });
        parked.collect()
    }

    pub(super) fn backlog(&self, now: Timestamp) -> Vec<QueueBacklog> {
        let mut queues: BTreeMap<QueueName, QueueBacklog> = BTreeMap::new();
        for job in &self.jobs {
            let queue = job.new.queue.clone();
            let nothing =
                QueueBacklog { queue: queue.clone(), waiting: 0, leased: 0, parked: 0, next_at: None };
            let backlog = queues.entry(queue).or_insert(nothing);
            match (&job.parked, job.held_until) {
                (Some(_), _) => backlog.parked += 1,
                (None, Some(until)) if until > now => backlog.leased += 1,
                (None, _) => backlog.waiting += 1,
            }
            if job.parked.is_none() {
                backlog.next_at = backlog.next_at.into_iter().chain([job.ready_at()]).min();
            }
        }
        queues.into_values().collect()
    }
}

fn share_a_unique_entry(record: &EncodedRecord, other: &EncodedRecord) -> bool {
    let unique = |record: &EncodedRecord| {
        let entries = record.index.iter().filter(|entry| entry.uniqueness == Uniqueness::Unique);
        entries.map(|entry| (entry.name, entry.value.clone())).collect::<Vec<_>>()
    };
    record.kind == other.kind && unique(record).iter().any(|entry| unique(other).contains(entry))
}

fn stored(version: Version, record: &EncodedRecord) -> StoredRecord {
    let EncodedRecord { kind, key, form, data, .. } = record.clone();
    StoredRecord { kind, key, version, form, data }
}

//! Everything one decision causes, written together or not at all.

use std::collections::HashSet;

use bytes::Bytes;
use mpp_core::{PartnerId, Timestamp, UsageEventId};

use crate::record::EncodedRecord;
use crate::{
    InHand, LeaseToken, LeasedJob, NewJob, Reason, Record, RecordKey, RecordKind, StoreError, Version,
    WorkerName,
};

/// Everything one decision causes: record changes with the versions they were decided on, jobs, audit leaves
/// and usage events. Hand it to [`crate::Commit::commit`].
///
/// Record changes take effect in the order they were added; one record may be changed once per batch.
#[derive(Debug, Default)]
#[must_use = "a batch does nothing until it is committed"]
pub struct WriteBatch {
    parts: BatchParts,
    fault: Option<StoreError>,
}

impl WriteBatch {
    /// A batch that writes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a record that must not exist.
    pub fn insert<R: Record>(&mut self, record: &R) -> &mut Self {
        self.write(EncodedRecord::of(record).map(RecordWrite::Insert))
    }

    /// Replaces a record that must still have the version it was read with.
    pub fn update<R: Record>(&mut self, expected: Version, record: &R) -> &mut Self {
        self.replace(expected, record, Entries::Known)
    }

    /// The same for a record whose index entries may not be what they were when it was last written: they are held against
    /// what is kept, one by one, and what is missing is written.
    pub fn index_anew<R: Record>(&mut self, expected: Version, record: &R) -> &mut Self {
        self.replace(expected, record, Entries::Compared)
    }

    /// Removes a record that must still have the version it was read with.
    pub fn delete<R: Record>(&mut self, key: &RecordKey, expected: Version) -> &mut Self {
        self.write(Ok(RecordWrite::Delete { kind: R::KIND, key: key.clone(), expected }))
    }

    /// Commits only if a record that is not written here still has the version the decision was based on, for
    /// example a consent when a fetch under it is started.
    pub fn unchanged<R: Record>(&mut self, key: &RecordKey, expected: Version) -> &mut Self {
        self.guard(R::KIND, key, Some(expected))
    }

    /// Commits only if there is no such record, for example no revocation.
    pub fn absent<R: Record>(&mut self, key: &RecordKey) -> &mut Self {
        self.guard(R::KIND, key, None)
    }

    /// Asks for work to be done after the commit.
    pub fn enqueue(&mut self, job: NewJob) -> &mut Self {
        self.job(JobWrite::Enqueue(job))
    }

    /// Asks for work that the caller begins as soon as this is committed: the job is in its hands from the start, as if
    /// it had been leased. Should the caller not come to an end, the job is taken over when the lease runs out.
    pub fn begin(&mut self, job: NewJob, worker: WorkerName, until: Timestamp) -> LeasedJob {
        let leased = LeasedJob {
            token: LeaseToken { job: job.id, number: InHand::LEASE_NUMBER },
            queue: job.queue.clone(),
            order_key: job.order_key.clone(),
            payload: job.payload.clone(),
            attempt: 1,
            due_at: job.due_at,
            leased_until: until,
        };
        self.enqueue(NewJob { in_hand: Some(InHand { worker, until }), ..job });
        leased
    }

    /// Finishes a leased job; the commit fails with [`StoreError::LeaseLost`] when the lease is no longer held.
    pub fn complete(&mut self, job: &LeasedJob) -> &mut Self {
        self.job(JobWrite::Complete(job.token))
    }

    /// Puts a leased job back, to be done at `due_at`; fails like [`WriteBatch::complete`].
    pub fn release(&mut self, job: &LeasedJob, due_at: Timestamp, reason: Reason) -> &mut Self {
        self.job(JobWrite::Release { lease: job.token, due_at, reason })
    }

    /// Parks a leased job until a person replays or discards it; fails like [`WriteBatch::complete`].
    pub fn park(&mut self, job: &LeasedJob, now: Timestamp, reason: Reason) -> &mut Self {
        self.job(JobWrite::Park { lease: job.token, parked_at: now, reason })
    }

    /// Appends to the audit log.
    pub fn audit(&mut self, leaf: AuditLeaf) -> &mut Self {
        self.parts.leaves.push(leaf);
        self
    }

    /// Meters a use under the store's neutral form. The same entry may be written any number of times and
    /// counts once; another entry under the same id is a conflict.
    pub fn usage_entry(&mut self, entry: UsageEntry) -> &mut Self {
        self.parts.usage.push(entry);
        self
    }

    /// Whether the batch would write nothing and check nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fault.is_none() && self.parts == BatchParts::default()
    }

    /// The batch in parts; for backends.
    ///
    /// # Errors
    /// [`StoreError::Unencodable`] when a record could not be encoded, [`StoreError::WrittenTwice`] when one
    /// record is changed twice.
    pub fn into_parts(self) -> Result<BatchParts, StoreError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let mut written = HashSet::new();
        for write in &self.parts.writes {
            let (kind, key) = write.subject();
            if !written.insert((kind, key)) {
                return Err(StoreError::WrittenTwice { kind, key: key.clone() });
            }
        }
        Ok(self.parts)
    }

    /// A batch of these parts, which came out of [`WriteBatch::into_parts`].
    pub(crate) const fn of_parts(parts: BatchParts) -> Self {
        Self { parts, fault: None }
    }

    fn write(&mut self, write: Result<RecordWrite, StoreError>) -> &mut Self {
        match write {
            Ok(write) => self.parts.writes.push(write),
            Err(fault) => self.fail(fault),
        }
        self
    }

    fn replace<R: Record>(&mut self, expected: Version, record: &R, entries: Entries) -> &mut Self {
        let record = EncodedRecord::of(record);
        self.write(record.map(|record| RecordWrite::Update { expected, record, entries }))
    }

    pub(crate) fn fail(&mut self, fault: StoreError) {
        self.fault.get_or_insert(fault);
    }

    fn guard(&mut self, kind: RecordKind, key: &RecordKey, expected: Option<Version>) -> &mut Self {
        self.parts.guards.push(Guard { kind, key: key.clone(), expected });
        self
    }

    fn job(&mut self, write: JobWrite) -> &mut Self {
        self.parts.jobs.push(write);
        self
    }
}

/// What a batch consists of; for backends, which check and write all of it in one transaction.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct BatchParts {
    /// Checked before anything is written.
    pub guards: Vec<Guard>,
    /// Record changes, in order; no record twice.
    pub writes: Vec<RecordWrite>,
    /// Outbox changes, in order.
    pub jobs: Vec<JobWrite>,
    /// Leaves to append to the audit log, in order.
    pub leaves: Vec<AuditLeaf>,
    /// Uses to meter.
    pub usage: Vec<UsageEntry>,
}

/// What a batch expects of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The kind of the record.
    pub kind: RecordKind,
    /// Its key.
    pub key: RecordKey,
    /// The version it must have; `None` when it must not exist.
    pub expected: Option<Version>,
}

/// One change of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordWrite {
    /// A record that must not exist.
    Insert(EncodedRecord),
    /// A record that must have this version.
    Update {
        /// The version it must have.
        expected: Version,
        /// The record as it shall be.
        record: EncodedRecord,
        /// What is known of the entries that are kept.
        entries: Entries,
    },
    /// Away with a record that must have this version.
    Delete {
        /// The kind of the record.
        kind: RecordKind,
        /// Its key.
        key: RecordKey,
        /// The version it must have.
        expected: Version,
    },
}

/// What a backend may take for granted of the index entries of a record that is written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entries {
    /// They are those the record was last written with. If it has the same again, nobody needs to look.
    Known,
    /// Nothing: each is looked at.
    Compared,
}

impl RecordWrite {
    /// The record that is changed.
    #[must_use]
    pub fn subject(&self) -> (RecordKind, &RecordKey) {
        match self {
            Self::Insert(record) | Self::Update { record, .. } => (record.kind, &record.key),
            Self::Delete { kind, key, .. } => (*kind, key),
        }
    }

    /// The error when the record is not as the change expects it; for backends.
    #[must_use]
    pub fn conflict(&self) -> StoreError {
        let (kind, key) = self.subject();
        StoreError::Conflict { kind, key: key.clone() }
    }
}

/// One change of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobWrite {
    /// A new job.
    Enqueue(NewJob),
    /// A leased job is done and disappears.
    Complete(LeaseToken),
    /// A leased job goes back.
    Release {
        /// Proof of the lease.
        lease: LeaseToken,
        /// Not before this instant.
        due_at: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// A leased job waits for a person.
    Park {
        /// Proof of the lease.
        lease: LeaseToken,
        /// When.
        parked_at: Timestamp,
        /// Why.
        reason: Reason,
    },
}

/// One entry of the audit log: the bytes whose hash enters the tree. Identifiers, times, actors and hashes;
/// never personal data, for leaves cannot be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLeaf(Bytes);

impl AuditLeaf {
    /// The leaf of these bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.0
    }
}

/// A metered use in the store's neutral form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageEntry {
    /// Names the use; it counts once however often it is written.
    pub id: UsageEventId,
    /// Who is charged.
    pub partner: PartnerId,
    /// When it happened.
    pub at: Timestamp,
    /// The event as JSON text.
    pub data: String,
}

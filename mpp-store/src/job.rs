//! Jobs: work that a commit asks for and a worker does later, in the outbox.

use std::borrow::Cow;
use std::fmt;

use mpp_core::{JobId, Span, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Inconsistency, Unencodable};
use crate::{RecordKey, RecordKind, StoreError};

/// The kind jobs are named by in errors.
pub const JOB_KIND: RecordKind = RecordKind::new("outbox-job");

/// The name of a queue: one sort of work, done by one handler.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueName(Cow<'static, str>);

impl QueueName {
    /// The queue of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The queue of a name that was read from somewhere.
    #[must_use]
    pub const fn from_text(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Jobs of one queue with the same order key are done one after the other; usually a consent or partner id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey(String);

impl OrderKey {
    /// The key written as this text, usually an identifier; never personal data.
    #[must_use]
    pub fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string())
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name a worker process goes by, for people looking at the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerName(String);

impl WorkerName {
    /// The worker of this name.
    #[must_use]
    pub fn new(name: impl fmt::Display) -> Self {
        Self(name.to_string())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a job was put back or parked, for people looking at the queue: an error's text, never personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// The most characters kept.
    pub const MAX_CHARS: usize = 500;

    /// The reason of this text, cut to [`Reason::MAX_CHARS`].
    #[must_use]
    pub fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string().chars().take(Self::MAX_CHARS).collect())
    }

    /// The reason as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A job's JSON text. It names things by identifier; the worker reads them when the time comes.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(String);

impl Payload {
    /// The payload of this JSON text; for backends.
    #[must_use]
    pub const fn from_json_text(text: String) -> Self {
        Self(text)
    }

    /// The JSON text; for backends.
    #[must_use]
    pub fn as_json_text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Payload {
    /// Leaves the content out: it may be confidential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

/// Work to be done after a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Names the job; enqueuing a job that is still there is a conflict.
    pub id: JobId,
    /// The sort of work.
    pub queue: QueueName,
    /// Jobs of the queue with the same key are done in the order they were enqueued; `None` for no order.
    pub order_key: Option<OrderKey>,
    /// What the handler needs to know.
    pub payload: Payload,
    /// Not before this instant.
    pub due_at: Timestamp,
    /// Whoever enqueues the job begins it at once; see [`crate::WriteBatch::begin`].
    pub in_hand: Option<InHand>,
}

/// In whose hands a new job is from the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InHand {
    /// Who does it.
    pub worker: WorkerName,
    /// When somebody else may take the job over, unless a heartbeat comes first.
    pub until: Timestamp,
}

impl InHand {
    /// The fencing number of such a lease: the first of the job.
    pub const LEASE_NUMBER: u64 = 1;
}

impl NewJob {
    /// A job without an order.
    ///
    /// # Errors
    /// [`StoreError::Unencodable`] when the payload cannot be written as JSON.
    pub fn new<T: Serialize>(
        id: JobId,
        queue: QueueName,
        payload: &T,
        due_at: Timestamp,
    ) -> Result<Self, StoreError> {
        let text = serde_json::to_string(payload).map_err(|error| StoreError::Unencodable {
            kind: JOB_KIND,
            cause: Unencodable::NotJson((&error).into()),
        })?;
        Ok(Self { id, queue, order_key: None, payload: Payload(text), due_at, in_hand: None })
    }

    /// The job, after all earlier ones of its queue with the same key.
    #[must_use]
    pub fn ordered_by(mut self, key: OrderKey) -> Self {
        self.order_key = Some(key);
        self
    }
}

/// Proof that a worker was given a job. It is worth nothing once the job was given to somebody else, finished,
/// put back or parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeaseToken {
    /// The job.
    pub job: JobId,
    /// The fencing number: it grows with every change of hands and is never used again for the job.
    pub number: u64,
}

/// A job in a worker's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedJob {
    /// Proof of the lease.
    pub token: LeaseToken,
    /// The sort of work.
    pub queue: QueueName,
    /// The job's order key.
    pub order_key: Option<OrderKey>,
    /// What the handler needs to know.
    pub payload: Payload,
    /// How often the job was leased since it was enqueued or replayed, this time included: 1 at first.
    pub attempt: u32,
    /// When the job was to be done.
    pub due_at: Timestamp,
    /// When somebody else may take the job over, unless a heartbeat comes first.
    pub leased_until: Timestamp,
}

impl LeasedJob {
    /// The job's id.
    #[must_use]
    pub const fn id(&self) -> JobId {
        self.token.job
    }

    /// The payload as its type.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when it does not have the shape of `T`.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        serde_json::from_str(self.payload.as_json_text()).map_err(|error| StoreError::Inconsistent {
            kind: JOB_KIND,
            key: RecordKey::new(self.token.job),
            cause: Inconsistency::Unreadable((&error).into()),
        })
    }
}

/// A worker's wish for work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Only from these queues, those of an earlier one first; empty for any queue.
    pub queues: Vec<QueueName>,
    /// Who asks.
    pub worker: WorkerName,
    /// The most jobs wanted, from 1 to [`crate::MAX_PAGE`]; other wishes are cut to that.
    pub limit: u32,
    /// The present instant.
    pub now: Timestamp,
    /// How long the jobs stay in the worker's hands without a heartbeat.
    pub lease_for: Span,
}

impl Claim {
    /// The place of a queue among those asked for, `None` when it is not; for backends.
    #[must_use]
    pub fn rank_of(&self, queue: &QueueName) -> Option<usize> {
        if self.queues.is_empty() { Some(0) } else { self.queues.iter().position(|wanted| wanted == queue) }
    }
}

/// A job nobody will do until somebody looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedJob {
    /// The job.
    pub id: JobId,
    /// The sort of work.
    pub queue: QueueName,
    /// The job's order key.
    pub order_key: Option<OrderKey>,
    /// What the handler would need to know.
    pub payload: Payload,
    /// How often it was tried.
    pub attempt: u32,
    /// When it was parked.
    pub parked_at: Timestamp,
    /// Why.
    pub reason: Reason,
}

/// How much work a queue holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueBacklog {
    /// The queue.
    pub queue: QueueName,
    /// Jobs in nobody's hands, due or not.
    pub waiting: u64,
    /// Jobs in a worker's hands whose lease still runs.
    pub leased: u64,
    /// Parked jobs.
    pub parked: u64,
    /// The earliest instant at which a job that is not parked may be taken: its due time or the end of its
    /// lease. An earlier job with the same order key may still hold it back.
    pub next_at: Option<Timestamp>,
}

impl QueueBacklog {
    /// With no number greater than `most`.
    #[must_use]
    pub fn up_to(self, most: u64) -> Self {
        Self {
            waiting: self.waiting.min(most),
            leased: self.leased.min(most),
            parked: self.parked.min(most),
            ..self
        }
    }
}

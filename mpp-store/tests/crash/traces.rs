//! What one commit leaves in every part of the store, so that a half commit shows.

use mpp_core::{JobId, ParcelId, PartnerId, Span, Timestamp, UsageEventId};
use mpp_store::conformance::sample::at;
use mpp_store::{AuditLeaf, NewJob, QueueName, Record, RecordKey, RecordKind, UsageEntry};
use serde::{Deserialize, Serialize};

pub const QUEUE: QueueName = QueueName::new("crash");

/// Names a commit: which round of the harness, which writer, its how manieth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mark {
    pub round: u32,
    pub writer: u8,
    pub number: u32,
}

impl Mark {
    fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&self.round.to_be_bytes());
        bytes[4] = self.writer;
        bytes[9..13].copy_from_slice(&self.number.to_be_bytes());
        bytes
    }

    pub fn leaf(self) -> AuditLeaf {
        AuditLeaf::new(serde_json::to_vec(&self).unwrap())
    }

    pub fn of_leaf(leaf: &AuditLeaf) -> Self {
        serde_json::from_slice(leaf.bytes()).expect("the leaf is one of ours, whole")
    }

    pub fn job(self) -> NewJob {
        NewJob::new(JobId::from_random(self.bytes()), QUEUE, &self, now(self.round)).unwrap()
    }

    pub fn usage(self) -> UsageEntry {
        UsageEntry {
            id: UsageEventId::from_random(self.bytes()),
            partner: PartnerId::from_random([1; 16]),
            at: now(self.round),
            data: serde_json::to_string(&self).unwrap(),
        }
    }

    /// Whether a parcel comes with this commit.
    pub const fn brings_a_parcel(self) -> bool {
        self.number.is_multiple_of(4)
    }

    /// The commit whose parcel goes with this one.
    pub const fn going(self) -> Option<Self> {
        if self.number % 4 == 2 { Some(Self { number: self.number - 2, ..self }) } else { None }
    }

    pub fn parcel(self) -> ParcelId {
        ParcelId::from_random(self.bytes())
    }

    pub fn parcel_key(self) -> RecordKey {
        RecordKey::new(self.parcel())
    }

    /// What the parcel holds: long enough that half of it could be there.
    pub fn content(self) -> Vec<u8> {
        serde_json::to_vec(&self).unwrap().repeat(400)
    }
}

/// The instant of a round. They are so far apart that no lease reaches into the next.
pub fn now(round: u32) -> Timestamp {
    at(0).plus(Span::from_minutes(i64::from(round)))
}

/// How long a worker of the harness keeps a job.
pub fn lease_for() -> Span {
    Span::from_seconds(30)
}

/// The state a writer changes: how many commits it has made, over all rounds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Journey {
    pub writer: u8,
    pub commits: u32,
    /// The latest of them.
    pub last: Mark,
    /// Makes the record as long as a real one.
    pub terms: String,
}

impl Record for Journey {
    const KIND: RecordKind = RecordKind::new("crash-journey");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.writer)
    }
}

/// What a worker leaves behind for a job, in the commit that finishes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Effect {
    pub of: Mark,
    pub times: u32,
}

impl Effect {
    pub fn key_of(mark: Mark) -> RecordKey {
        RecordKey::new(mark.job().id)
    }
}

impl Record for Effect {
    const KIND: RecordKind = RecordKind::new("crash-effect");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.of)
    }
}

/// The record of a parcel that is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Held {
    pub mark: Mark,
}

impl Record for Held {
    const KIND: RecordKind = RecordKind::new("crash-parcel");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        self.mark.parcel_key()
    }
}

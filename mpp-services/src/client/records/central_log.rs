//! Central's audit log as this server has seen it.

use mpp_core::{PublicJwk, Sha256Digest, Timestamp};
use mpp_store::{Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

/// The newest checkpoint of central's log that was seen, and what was wrong with any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct CentralLogRecord {
    /// The key that signs it, as central's signing key says.
    pub(in crate::client) key: PublicJwk,
    /// How often central says that its log was set back.
    pub(in crate::client) line: u32,
    pub(in crate::client) size: u64,
    pub(in crate::client) root: Sha256Digest,
    /// The checkpoint, a signed note.
    pub(in crate::client) note: String,
    /// When it was first seen.
    pub(in crate::client) seen_at: Timestamp,
    /// When central was last asked and answered well.
    pub(in crate::client) checked_at: Timestamp,
    /// The first hundred, the oldest first.
    pub(in crate::client) findings: Vec<LogBreach>,
}

/// Two checkpoints that cannot both be of one log that is only continued, each signed by central: a proof for anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogBreach {
    /// When it was noticed.
    pub at: Timestamp,
    /// What is wrong.
    pub kind: LogBreachKind,
    /// The checkpoint that had been kept.
    pub kept: String,
    /// The one that came after it.
    pub came: String,
}

/// What is wrong with a checkpoint of central's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogBreachKind {
    /// The log has fewer leaves than it had.
    Smaller,
    /// What was in the log is not in it any more, or is not what it was.
    Rewritten,
    /// Central does not hand out the hashes that would show that the log is only continued.
    Unproven,
    /// Central says itself that its log was set back.
    SetBack,
    /// Another key signs the log.
    AnotherKey,
}

impl LogBreachKind {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Smaller => "smaller",
            Self::Rewritten => "rewritten",
            Self::Unproven => "unproven",
            Self::SetBack => "set_back",
            Self::AnotherKey => "another_key",
        }
    }
}

impl CentralLogRecord {
    pub(in crate::client) fn the_only() -> RecordKey {
        RecordKey::from("central")
    }
}

impl Record for CentralLogRecord {
    const KIND: RecordKind = RecordKind::new("client-central-log");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::the_only()
    }
}

//! How an audit log proves itself, for the staff who look at it.

use mpp_core::{Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

/// The newest checkpoint of an audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CheckpointView {
    /// How many leaves it covers: those with a lower number.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Sha256Digest,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The checkpoint, a signed note (C2SP `tlog-checkpoint`); its first line names the log and its key.
    pub note: String,
}

impl CheckpointView {
    /// The name the log signs under.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.note.lines().next().unwrap_or_default()
    }
}

//! How an audit log proves itself, for the staff who look at it.

use mpp_core::{Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::address::{list, present};

/// Which leaves of an audit log are wanted (`GET /v1/operator/audit`, `GET /v1/staff/audit`). Every part that is there must hold. A
/// page may have few leaves or none and still say where to go on: one call looks at so many leaves and no more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AuditSearchQuery {
    /// What was done: one of the log's own words, such as `parcel.erased`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// On this day in India or later, `yyyy-MM-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// On this day in India or earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What kind of actor did it, such as `staff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Who did it: the whole identifier, such as the name of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// What it is about: the whole identifier of a consent, a parcel, a request, ..., a case reference, or a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Leaves before this one; the newest without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// How many leaves at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl AuditSearchQuery {
    /// The newest leaves before this one, whatever they say.
    #[must_use]
    pub fn before(before: Option<u64>) -> Self {
        Self { before, ..Self::default() }
    }

    /// The path with the parts that say which and where.
    #[must_use]
    pub fn behind(&self, path: &str) -> String {
        self.address(path, None)
    }

    /// The path with this query.
    #[cfg(feature = "client")]
    pub(crate) fn asked_at(&self, path: &str) -> String {
        self.address(path, self.limit)
    }

    fn address(&self, path: &str, limit: Option<u32>) -> String {
        let before = self.before.map(|before| before.to_string());
        let pairs = present([
            ("action", &self.action),
            ("from", &self.from),
            ("to", &self.to),
            ("actor", &self.actor),
            ("actorId", &self.actor_id),
            ("about", &self.about),
            ("before", &before),
        ]);
        list(path, &pairs, limit)
    }
}

/// What an audit log can be asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AuditKindsView {
    /// The words of what can have been done.
    pub actions: Vec<String>,
    /// The kinds of actors.
    pub actors: Vec<String>,
}

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

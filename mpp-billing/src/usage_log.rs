//! A partner's own log of a billing month, in the form in which it is signed: what its client server received, each use
//! once, in the order of the references.
//!
//! The log is the payload of a compact JWS of kind [`USAGE_LOG_TYP`] by the partner's registered signing key. It names
//! no customer and no case.

use std::collections::BTreeMap;

use mpp_core::{ConsentId, Persistence, ProductId, Sha256Digest, Source, Timestamp, UsageUnit};
use serde::{Deserialize, Serialize};

use crate::{BillingMonth, LogEntry, Reference};

/// The `typ` of a signed log.
pub const USAGE_LOG_TYP: &str = "mpp-usage-log+jwt";
/// The most uses a log holds. A month with more is compared by its file of comma-separated values.
pub const MOST_LOG_LINES: usize = 12_000;
/// The largest signed log, as it travels, in bytes.
pub const MOST_LOG_BYTES: usize = 15 * 512 * 1024;

const VERSION: u32 = 1;

/// One use as the partner's client server wrote it down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageLogLine {
    /// The fetch or parcel.
    pub reference: Reference,
    /// Under which consent.
    pub consent: ConsentId,
    /// For which product, where the server still knew the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// From where the data came.
    pub source: Source,
    /// As what it counts.
    pub unit: UsageUnit,
    /// When it was ready, as central announced it; its day in India is the billing day.
    pub at: Timestamp,
    /// When the last of it was stored at the partner; absent when a source had nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// How many parcels came.
    pub parcels: u32,
    /// The length of all documents in them, in bytes.
    pub bytes: u64,
    /// The digest of the sealed parcel; of several, the SHA-256 of their digests one after the other, in ascending order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Digest>,
}

impl UsageLogLine {
    /// What of it is held against another log.
    #[must_use]
    pub fn entry(&self) -> LogEntry {
        LogEntry {
            reference: self.reference.clone(),
            day: self.at.day_in_india(),
            unit: self.unit,
            amount: None,
            consent: Some(self.consent),
            product: self.product,
            source: Some(self.source.clone()),
        }
    }
}

/// How many uses a log says it holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageLogCounts {
    /// Its lines.
    pub lines: u64,
    /// Its lines by unit.
    pub units: BTreeMap<UsageUnit, u64>,
}

impl UsageLogCounts {
    fn of(lines: &[UsageLogLine]) -> Self {
        let mut units = BTreeMap::new();
        for line in lines {
            let count: &mut u64 = units.entry(line.unit).or_default();
            *count = count.saturating_add(1);
        }
        Self { lines: u64::try_from(lines.len()).unwrap_or(u64::MAX), units }
    }
}

/// A log as it is written, before anybody has checked that it agrees with itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageLogForm {
    /// The version of the form: 1.
    pub version: u32,
    /// Whose log.
    pub partner: mpp_core::PartnerId,
    /// Of which month.
    pub month: BillingMonth,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// What it holds.
    pub counts: UsageLogCounts,
    /// The uses, in ascending order of their references.
    pub lines: Vec<UsageLogLine>,
}

/// A log that agrees with itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UsageLog(UsageLogForm);

/// Why a log does not agree with itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UsageLogFault {
    /// A version of the form that is not known here.
    #[error("the log has a form of another version")]
    Version,
    /// More lines than a log holds.
    #[error("a signed log holds at most {MOST_LOG_LINES} uses; compare a larger month by its file")]
    TooLong,
    /// Lines out of order, or one reference twice.
    #[error("the lines are not in ascending order of their references, each once")]
    Order,
    /// A use of another month.
    #[error("a line lies in another month")]
    OtherMonth,
    /// The counts are not those of the lines.
    #[error("the counts are not those of the lines")]
    Counts,
}

impl UsageLogFault {
    /// The same log will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }
}

impl UsageLog {
    /// The log of these uses, which come in any order.
    ///
    /// # Errors
    /// When there are too many, one is there twice or one lies in another month.
    pub fn new(
        partner: mpp_core::PartnerId,
        month: BillingMonth,
        signed_at: Timestamp,
        mut lines: Vec<UsageLogLine>,
    ) -> Result<Self, UsageLogFault> {
        lines.sort_by(|one, other| one.reference.cmp(&other.reference));
        let counts = UsageLogCounts::of(&lines);
        Self::try_from(UsageLogForm { version: VERSION, partner, month, signed_at, counts, lines })
    }

    /// What it says.
    #[must_use]
    pub const fn form(&self) -> &UsageLogForm {
        &self.0
    }

    /// Its uses, to be held against another log.
    #[must_use]
    pub fn entries(&self) -> Vec<LogEntry> {
        self.0.lines.iter().map(UsageLogLine::entry).collect()
    }
}

impl TryFrom<UsageLogForm> for UsageLog {
    type Error = UsageLogFault;

    fn try_from(form: UsageLogForm) -> Result<Self, UsageLogFault> {
        let in_order = |pair: &[UsageLogLine]| match pair {
            [one, other] => one.reference < other.reference,
            _ => true,
        };
        if form.version != VERSION {
            return Err(UsageLogFault::Version);
        }
        if form.lines.len() > MOST_LOG_LINES {
            return Err(UsageLogFault::TooLong);
        }
        if !form.lines.windows(2).all(in_order) {
            return Err(UsageLogFault::Order);
        }
        if !form.lines.iter().all(|line| form.month.contains(line.at.day_in_india())) {
            return Err(UsageLogFault::OtherMonth);
        }
        if form.counts != UsageLogCounts::of(&form.lines) {
            return Err(UsageLogFault::Counts);
        }
        Ok(Self(form))
    }
}

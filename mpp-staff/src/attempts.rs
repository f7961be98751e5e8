//! Failures in a row, by the name that was tried: counted before the credentials are looked at, so that many tries at once
//! count as many, and whether or not there is such an account.

use mpp_core::{Sha256Digest, Span, Timestamp};
use mpp_store::{Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

/// How many failures in a row shut a name.
pub(crate) const MOST_FAILURES: u32 = 5;
/// For how long.
pub(crate) const SHUT_FOR: Span = Span::from_seconds(15 * 60);

/// The failures under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AttemptsRecord {
    /// The digest of the name: somebody may have typed a password there.
    pub(crate) name: Sha256Digest,
    /// Tries in a row without a success.
    pub(crate) count: u32,
    /// When the last one was.
    pub(crate) last_at: Timestamp,
    /// Until when the name is shut.
    pub(crate) shut_until: Option<Timestamp>,
}

impl AttemptsRecord {
    pub(crate) fn key_of(name: Sha256Digest) -> RecordKey {
        RecordKey::new(name)
    }

    /// Nothing tried yet.
    pub(crate) const fn none(name: Sha256Digest, now: Timestamp) -> Self {
        Self { name, count: 0, last_at: now, shut_until: None }
    }

    /// Until when the name is shut at `now`.
    pub(crate) fn shut(&self, now: Timestamp) -> Option<Timestamp> {
        self.shut_until.filter(|until| now < *until)
    }

    /// Whether it no longer says anything: nobody tried for long, and the name is not shut.
    pub(crate) fn over(&self, now: Timestamp) -> bool {
        self.shut(now).is_none() && now.since(self.last_at) > SHUT_FOR
    }

    /// With one more try.
    pub(crate) fn tried(self, now: Timestamp) -> Self {
        // what is long past is forgotten: a typing error a day does no harm
        let count = if now.since(self.last_at) > SHUT_FOR { 0 } else { self.count };
        let count = count.saturating_add(1);
        let shut_until = (count >= MOST_FAILURES).then(|| now.plus(SHUT_FOR));
        let count = if shut_until.is_some() { 0 } else { count };
        Self { name: self.name, count, last_at: now, shut_until }
    }
}

impl Record for AttemptsRecord {
    const KIND: RecordKind = RecordKind::new("sign-in-attempts");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.name)
    }
}

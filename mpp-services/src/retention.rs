//! How long evidence is kept, and the way through a store that finds what is over.
//!
//! A store lists records in the order of their first insertion. A record that is to be kept for a time after its end
//! was begun before that end, so whatever was begun within the time is not over: a pass reads from the oldest record
//! up to there and needs no index of its own. Each removal is a commit of its own on the version that was looked at.
//! So a pass may be cut off anywhere, be done again, and be done by several nodes at once.

mod feeds;
mod leaves;

use mpp_core::{Span, Timestamp};
use mpp_store::{
    Cursor, ListOrder, MAX_PAGE, Record, RecordReaderExt, Store, StoreError, Versioned, WriteBatch,
};

pub(crate) use feeds::{FeedFloorRecord, first_kept, forget_numbered};
pub(crate) use leaves::forget_leaves;
#[cfg(any(feature = "central", feature = "client"))]
pub(crate) use leaves::written_at;

/// A year, as windows count it: no calendar year is longer.
const YEAR_DAYS: u32 = 366;

/// How long evidence is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionWindows {
    logs: Span,
    consent_records: Span,
}

/// A window is shorter than the rules allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{setting} must be at least {least_days}")]
pub struct WindowTooShort {
    /// The setting.
    pub setting: &'static str,
    /// The least it may be, in days.
    pub least_days: u32,
}

impl RetentionWindows {
    /// Three years for logs, seven for consent records.
    pub const USUAL: Self =
        Self { logs: Span::from_days(3 * 366), consent_records: Span::from_days(7 * 366) };

    /// Windows in days; what is left out has its usual value.
    ///
    /// # Errors
    /// When logs would be kept for less than a year, or consent records for less than seven.
    pub fn in_days(log_days: Option<u32>, consent_record_days: Option<u32>) -> Result<Self, WindowTooShort> {
        let at_least = |setting, wanted: Option<u32>, least_days, usual| match wanted {
            Some(wanted) if wanted < least_days => Err(WindowTooShort { setting, least_days }),
            Some(wanted) => Ok(Span::from_days(wanted.into())),
            None => Ok(usual),
        };
        Ok(Self {
            logs: at_least("log_days", log_days, YEAR_DAYS, Self::USUAL.logs)?,
            consent_records: at_least(
                "consent_record_days",
                consent_record_days,
                7 * YEAR_DAYS,
                Self::USUAL.consent_records,
            )?,
        })
    }

    /// How long logs are kept.
    #[must_use]
    pub const fn logs(&self) -> Span {
        self.logs
    }

    /// How long consent records are kept after their end.
    #[must_use]
    pub const fn consent_records(&self) -> Span {
        self.consent_records
    }

    /// What a log line must be older than to go.
    pub(crate) fn logs_before(&self, now: Timestamp) -> Timestamp {
        now.minus(self.logs)
    }

    /// What must have ended earlier than this to go with its evidence.
    pub(crate) fn consents_before(&self, now: Timestamp) -> Timestamp {
        now.minus(self.consent_records)
    }
}

/// The records of a kind from the oldest on, up to those that are too young.
pub(crate) struct Elders<'a> {
    store: &'a dyn Store,
    after: Option<Cursor>,
    reads_all: bool,
    over: bool,
}

impl<'a> Elders<'a> {
    pub(crate) const fn new(store: &'a dyn Store) -> Self {
        Self { store, after: None, reads_all: false, over: false }
    }

    /// The same past what is too young, for records whose `began` may be long after their insertion.
    pub(crate) const fn to_the_end(store: &'a dyn Store) -> Self {
        Self { store, after: None, reads_all: true, over: false }
    }

    /// The next of them that began before `before`; `None` when there are no more. `began` says a time soon after that
    /// of the insertion: what was inserted later may have to wait for it.
    pub(crate) async fn next<R: Record>(
        &mut self,
        before: Timestamp,
        began: impl Fn(&R) -> Timestamp + Send,
    ) -> Result<Option<Vec<Versioned<R>>>, StoreError> {
        if self.over {
            return Ok(None);
        }
        let page = self.store.all::<R>(ListOrder::OldestFirst, self.after.take(), MAX_PAGE).await?;
        let young = || page.items.last().is_none_or(|last| began(&last.record) >= before);
        self.over = page.next.is_none() || (!self.reads_all && young());
        self.after = page.next;
        Ok(Some(page.items.into_iter().filter(|read| began(&read.record) < before).collect()))
    }
}

/// Removes every record that began before `before` and `is_over`; gives how many.
pub(crate) async fn forget<R: Record>(
    mut elders: Elders<'_>,
    before: Timestamp,
    began: impl Fn(&R) -> Timestamp + Send + Sync,
    is_over: impl Fn(&R) -> bool + Send,
) -> Result<u64, StoreError> {
    let store = elders.store;
    let mut forgotten = 0_u64;
    while let Some(some) = elders.next::<R>(before, &began).await? {
        for read in some.iter().filter(|read| is_over(&read.record)) {
            let mut batch = WriteBatch::new();
            batch.delete::<R>(&read.record.key(), read.version);
            forgotten = forgotten.saturating_add(u64::from(commit(store, batch).await?));
        }
    }
    Ok(forgotten)
}

/// Commits a removal; `false` when somebody changed or removed something of it first: the next pass looks again.
pub(crate) async fn commit(store: &dyn Store, batch: WriteBatch) -> Result<bool, StoreError> {
    match store.commit(batch).await {
        Ok(_) => Ok(true),
        Err(StoreError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_below_what_the_rules_ask_for_are_refused_by_name() {
        let short = RetentionWindows::in_days(Some(365), None).unwrap_err();
        assert_eq!(short.to_string(), "log_days must be at least 366");
        let short = RetentionWindows::in_days(None, Some(2561)).unwrap_err();
        assert_eq!(short.to_string(), "consent_record_days must be at least 2562");
        assert_eq!(RetentionWindows::in_days(None, None).unwrap(), RetentionWindows::USUAL);
        assert!(RetentionWindows::in_days(Some(366), Some(2562)).is_ok());
    }
}

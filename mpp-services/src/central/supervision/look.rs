//! Narrowed lists. The best index there is leads; what it does not decide is looked at record by record, within bounds.

use mpp_core::Timestamp;
use mpp_store::{Cursor, IndexName, IndexValue, Page, Record};

use crate::central::{CentralError, CentralService};
use crate::looking::{Days, Walk};

/// How many records one call looks at before it answers with what it has.
const MOST_LOOKED_AT: usize = 1_000;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// Only what lies behind this cursor.
    pub after: Option<Cursor>,
    /// How many entries are wanted; some more may come.
    pub limit: u32,
}

impl CentralService {
    /// One page of records, the newest first: those of the index entry that `keep` keeps. A page may be empty and still
    /// have a next one, when nothing was found among very many.
    pub(in crate::central) async fn look_for<R: Record>(
        &self,
        index: Option<(IndexName, IndexValue)>,
        look: &Look,
        keep: impl Fn(&R) -> bool + Send + Sync,
    ) -> Result<Page<R>, CentralError> {
        Ok(self.walk(index, look).gather(|record| keep(&record).then_some(record)).await?)
    }

    /// The same of records that say when they were written first, on these days.
    pub(in crate::central) async fn look_within<R: Record>(
        &self,
        (days, at): (Days, fn(&R) -> Timestamp),
        index: Option<(IndexName, IndexValue)>,
        look: &Look,
        keep: impl Fn(&R) -> bool + Send + Sync,
    ) -> Result<Page<R>, CentralError> {
        let walk = self.walk(index, look).within(days, at).await?;
        let wanted = |record: &R| days.hold(at(record)) && keep(record);
        Ok(walk.gather(|record| wanted(&record).then_some(record)).await?)
    }

    fn walk<R: Record>(&self, index: Option<(IndexName, IndexValue)>, look: &Look) -> Walk<'_, R> {
        Walk::newest_first(self.store(), index, (look.after.clone(), look.limit), MOST_LOOKED_AT)
    }
}

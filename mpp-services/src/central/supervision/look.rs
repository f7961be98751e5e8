//! Narrowed lists. The best index there is leads; what it does not decide is looked at record by record, within bounds.

use mpp_store::{
    Cursor, IndexName, IndexValue, ListOrder, ListQuery, Page, Record, RecordReaderExt, Versioned,
};

use crate::central::{CentralError, CentralService};

/// How many records one call looks at before it answers with what it has.
const MOST_LOOKED_AT: usize = 5_000;

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
        keep: impl Fn(&R) -> bool + Send,
    ) -> Result<Page<R>, CentralError> {
        let wanted = usize::try_from(look.limit.max(1)).unwrap_or(usize::MAX);
        let mut query = ListQuery::of(R::KIND)
            .in_order(ListOrder::NewestFirst)
            .after(look.after.clone())
            .limit(look.limit);
        query.index = index;
        let (mut items, mut looked_at) = (Vec::new(), 0);
        loop {
            let page: Page<Versioned<R>> = self.store().page(query.clone()).await?;
            looked_at += page.items.len();
            items.extend(page.items.into_iter().map(|read| read.record).filter(&keep));
            let enough = items.len() >= wanted || looked_at >= MOST_LOOKED_AT;
            match page.next {
                Some(next) if !enough => query = query.after(Some(next)),
                next => return Ok(Page { items, next }),
            }
        }
    }
}

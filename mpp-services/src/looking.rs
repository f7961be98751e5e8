//! Narrowed lists: the records of a kind, the newest first, looked at part by part within bounds, and in no other days than those
//! that are wanted.
//!
//! Lists are in the order in which records were written first. Where a record says when that was, the wanted days are found by
//! bisection over that order, as in the audit log, and what holds there holds here: **no record is missed as long as none says a
//! time more than [`MARGIN`] earlier than any record before it.**

use jiff::civil::Date;
use mpp_core::Timestamp;
use mpp_store::{
    Cursor, IndexName, IndexValue, ListOrder, ListQuery, Page, Record, RecordReaderExt, Store, StoreError,
};

use crate::audit_trail::MARGIN;

/// Days in India that are wanted; without a first or a last one all before or after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Days {
    pub(crate) from: Option<Date>,
    pub(crate) to: Option<Date>,
}

impl Days {
    /// Their instants: from the first on, and before the second.
    pub(crate) fn instants(self) -> (Option<Timestamp>, Option<Timestamp>) {
        let after = self.to.and_then(|to| to.tomorrow().ok());
        let begins = Timestamp::start_of_day_in_india;
        (self.from.map(begins), after.map(begins))
    }

    pub(crate) fn hold(self, at: Timestamp) -> bool {
        let day = at.day_in_india();
        self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day <= to)
    }
}

/// When a record was written first, as it says itself.
type WrittenAt<R> = fn(&R) -> Timestamp;

/// The records of a list, looked at part by part. Who has found enough stops, and goes on later at [`Walk::onward`].
pub(crate) struct Walk<'s, R> {
    store: &'s dyn Store,
    query: ListQuery,
    /// How many more are looked at.
    left: usize,
    /// With a record that says an earlier time the wanted days are over.
    earliest: Option<(Timestamp, WrittenAt<R>)>,
    is_over: bool,
}

impl<'s, R: Record> Walk<'s, R> {
    /// Those of an index entry, or all, behind a cursor. At least `most` are looked at where there are so many, and at most a part
    /// of `limit` more.
    pub(crate) fn newest_first(
        store: &'s dyn Store,
        index: Option<(IndexName, IndexValue)>,
        (after, limit): (Option<Cursor>, u32),
        most: usize,
    ) -> Self {
        let mut query = ListQuery::of(R::KIND).in_order(ListOrder::NewestFirst).after(after).limit(limit);
        query.index = index;
        Self { store, query, left: most, earliest: None, is_over: false }
    }

    /// Not much more than what was written on these days.
    ///
    /// # Errors
    /// As [`Walk::next`].
    pub(crate) async fn within(mut self, days: Days, at: WrittenAt<R>) -> Result<Self, StoreError> {
        let (from, before) = days.instants();
        self.earliest = from.map(|from| (from.minus(MARGIN), at));
        if let (None, Some(before)) = (&self.query.after, before) {
            self.query.after = self.place_of(before.plus(MARGIN), at).await?;
        }
        Ok(self)
    }

    /// The next part; nothing when so many were looked at, or when there are no more.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store does not answer.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<R>>, StoreError> {
        if self.is_over || self.left == 0 {
            return Ok(None);
        }
        let page = self.store.page::<R>(self.query.clone()).await?;
        self.left = self.left.saturating_sub(page.items.len());
        let records: Vec<R> = page.items.into_iter().map(|read| read.record).collect();
        let is_behind =
            |(earliest, at): (Timestamp, WrittenAt<R>)| records.iter().any(|one| at(one) < earliest);
        self.is_over = page.next.is_none() || self.earliest.is_some_and(is_behind);
        self.query.after = page.next;
        Ok(Some(records))
    }

    /// A page of what `pick` makes of the records: as many as a part has, or some more. It may have fewer, or none, and still have a next
    /// one, when so many were looked at.
    ///
    /// # Errors
    /// As [`Walk::next`].
    pub(crate) async fn gather<T: Send>(
        mut self,
        pick: impl Fn(R) -> Option<T> + Send,
    ) -> Result<Page<T>, StoreError> {
        let wanted = usize::try_from(self.query.limit.max(1)).unwrap_or(usize::MAX);
        let mut items = Vec::new();
        while items.len() < wanted
            && let Some(records) = self.next().await?
        {
            items.extend(records.into_iter().filter_map(&pick));
        }
        Ok(Page { items, next: self.onward() })
    }

    /// Where to go on later; nothing when there is no more.
    pub(crate) fn onward(self) -> Option<Cursor> {
        self.query.after.filter(|_| !self.is_over)
    }

    /// A place behind which the newest record says an earlier time than `instant`, and in front of which one says that or a later one;
    /// nothing when the newest of all says an earlier one.
    async fn place_of(&self, instant: Timestamp, at: WrittenAt<R>) -> Result<Option<Cursor>, StoreError> {
        let (mut low, mut high): (u64, u64) = match self.newest_behind(None).await? {
            Some((newest, Some(position))) if at(&newest) >= instant => (0, position.saturating_add(1)),
            _ => return Ok(None),
        };
        while low.saturating_add(1) < high {
            let middle = low.midpoint(high);
            match self.newest_behind(Some(Cursor::at_position(middle))).await? {
                Some((found, position)) if at(&found) >= instant => {
                    high = position.map_or(middle, |position| position.saturating_add(1)).min(middle);
                }
                _ => low = middle,
            }
        }
        Ok(Some(Cursor::at_position(low)))
    }

    /// The newest record behind a cursor, and its position unless it is the last.
    async fn newest_behind(&self, after: Option<Cursor>) -> Result<Option<(R, Option<u64>)>, StoreError> {
        let page = self.store.page::<R>(self.query.clone().after(after).limit(1)).await?;
        let position = page.next.map(|next| next.position()).transpose()?;
        Ok(page.items.into_iter().next().map(|read| (read.record, position)))
    }
}

#[cfg(test)]
mod tests;

//! Versions, listings and pages.

use std::fmt;
use std::str::FromStr;

use crate::{IndexName, IndexValue, RecordKind, StoreError};

/// The most items one page holds; larger wishes are cut to it.
pub const MAX_PAGE: u32 = 1000;

/// The state of a record a reader saw: the number of the commit that wrote it. Numbers grow and are never
/// used again, so a record that was deleted and written anew cannot be mistaken for the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

impl Version {
    /// The version of this number; for backends.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number; for backends and entity tags.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where the next page begins. Opaque to callers, printable so that it can travel in an API; it holds positions
/// only, never content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor written as this text; for backends.
    #[must_use]
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The cursor behind the item at this position, or behind the place where one would be; for backends, and for whoever looks for
    /// a place in a list by bisection. Items have positions in the order in which they were written first.
    #[must_use]
    pub fn at_position(position: u64) -> Self {
        Self(position.to_string())
    }

    /// The position of the item the cursor stands behind.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] when the cursor is of another listing.
    pub fn position(&self) -> Result<u64, StoreError> {
        let plain = !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_digit());
        let position = self.0.parse().ok().filter(|position| i64::try_from(*position).is_ok());
        position.filter(|_| plain).ok_or(StoreError::InvalidCursor)
    }

    /// The cursor as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    /// Takes a cursor that came back from outside; whether it fits the listing is seen when it is used.
    fn from_str(text: &str) -> Result<Self, StoreError> {
        if text.is_empty() || text.len() > 128 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(StoreError::InvalidCursor);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Some items of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the listing's order.
    pub items: Vec<T>,
    /// Where to go on; `None` when the listing ended here.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page of up to `limit` items out of up to `limit + 1` rows; for backends, which read one row more
    /// than asked to know whether there is another page.
    pub fn from_rows(mut rows: Vec<T>, limit: u32, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(cursor);
        Self { items: rows, next }
    }

    /// The page with every item turned into something else.
    ///
    /// # Errors
    /// The first error of `turn`.
    pub fn try_map<U, E>(self, turn: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let items = self.items.into_iter().map(turn).collect::<Result<Vec<_>, E>>()?;
        Ok(Page { items, next: self.next })
    }
}

/// The order of a listing: by first insertion of the record, which updates do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListOrder {
    /// The record inserted first comes first. Records inserted while paging appear at the end.
    #[default]
    OldestFirst,
    /// The record inserted last comes first. Records inserted while paging do not appear.
    NewestFirst,
}

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// The kind of record.
    pub kind: RecordKind,
    /// Only records with this index entry.
    pub index: Option<(IndexName, IndexValue)>,
    /// The order.
    pub order: ListOrder,
    /// Only what lies behind this cursor in that order.
    pub after: Option<Cursor>,
    /// The most items wanted, from 1 to [`MAX_PAGE`]; other wishes are cut to that.
    pub limit: u32,
}

impl ListQuery {
    /// All records of a kind, oldest first, as many as a page can hold.
    #[must_use]
    pub const fn of(kind: RecordKind) -> Self {
        Self { kind, index: None, order: ListOrder::OldestFirst, after: None, limit: MAX_PAGE }
    }

    /// Only records with this index entry.
    #[must_use]
    pub fn by_index(mut self, name: IndexName, value: IndexValue) -> Self {
        self.index = Some((name, value));
        self
    }

    /// In this order.
    #[must_use]
    pub const fn in_order(mut self, order: ListOrder) -> Self {
        self.order = order;
        self
    }

    /// Only what lies behind this cursor.
    #[must_use]
    pub fn after(mut self, cursor: Option<Cursor>) -> Self {
        self.after = cursor;
        self
    }

    /// At most so many items.
    #[must_use]
    pub const fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// The limit in force, between 1 and [`MAX_PAGE`]; for backends.
    #[must_use]
    pub fn page_size(&self) -> u32 {
        self.limit.clamp(1, MAX_PAGE)
    }
}

//! Metered uses: the store's neutral form, and the way between it and the model's usage events.

use async_trait::async_trait;
use mpp_core::{Timestamp, UsageEvent, UsageEventId};

use crate::error::{Inconsistency, Unencodable};
use crate::{Cursor, Page, RecordKey, RecordKind, StoreError, UsageEntry, UsageLog, UsageQuery, WriteBatch};

/// The kind usage entries are named by in errors.
pub const USAGE_KIND: RecordKind = RecordKind::new("usage-event");

impl WriteBatch {
    /// Meters a use. The same event may be written any number of times and counts once; another event under
    /// the same id is a conflict.
    pub fn usage(&mut self, event: &UsageEvent) -> &mut Self {
        match UsageEntry::of(event) {
            Ok(entry) => self.usage_entry(entry),
            Err(fault) => {
                self.fail(fault);
                self
            }
        }
    }
}

/// Reads the metered uses as the model's events.
#[async_trait]
pub trait UsageLogExt: UsageLog {
    /// One page of the uses in the order of their instants, then their ids.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when one does not decode, and like [`UsageLog::usage_entries`].
    async fn events(&self, query: UsageQuery) -> Result<Page<UsageEvent>, StoreError> {
        self.usage_entries(query).await?.try_map(|entry| entry.decode())
    }
}

impl<T: UsageLog + ?Sized> UsageLogExt for T {}

impl UsageEntry {
    /// The neutral form of an event.
    ///
    /// # Errors
    /// [`StoreError::Unencodable`] when it cannot be written as JSON.
    pub fn of(event: &UsageEvent) -> Result<Self, StoreError> {
        let data = serde_json::to_string(event).map_err(|error| StoreError::Unencodable {
            kind: USAGE_KIND,
            cause: Unencodable::NotJson((&error).into()),
        })?;
        Ok(Self { id: event.id, partner: event.partner, at: event.at, data })
    }

    /// The event.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when the data does not have its shape or belongs to another entry.
    pub fn decode(&self) -> Result<UsageEvent, StoreError> {
        let inconsistent =
            |cause| StoreError::Inconsistent { kind: USAGE_KIND, key: RecordKey::new(self.id), cause };
        let event: UsageEvent = serde_json::from_str(&self.data)
            .map_err(|error| inconsistent(Inconsistency::Unreadable((&error).into())))?;
        if (event.id, event.partner, event.at) != (self.id, self.partner, self.at) {
            return Err(inconsistent(Inconsistency::WrongKey));
        }
        Ok(event)
    }

    /// The cursor behind this entry; for backends.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor::from_text(format!("{}.{}", self.at.as_unix_millis(), self.id))
    }

    /// The place of the entry a cursor stands behind; for backends.
    ///
    /// # Errors
    /// [`StoreError::InvalidCursor`] when the cursor is of another listing.
    pub fn position_of(cursor: &Cursor) -> Result<(Timestamp, UsageEventId), StoreError> {
        let (millis, id) = cursor.as_str().split_once('.').ok_or(StoreError::InvalidCursor)?;
        let at = millis.parse().ok().and_then(|millis| Timestamp::from_unix_millis(millis).ok());
        at.zip(id.parse().ok()).ok_or(StoreError::InvalidCursor)
    }
}

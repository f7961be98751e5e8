//! Metered uses: the store's neutral form, and the way between it and the model's usage events.

use mpp_core::{Timestamp, UsageEventId};

use crate::{Cursor, RecordKind, StoreError, UsageEntry};

/// The kind usage entries are named by in errors.
pub const USAGE_KIND: RecordKind = RecordKind::new("usage-event");

impl UsageEntry {
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

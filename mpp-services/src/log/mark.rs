//! The mark: the newest checkpoint, written down outside the store before it is committed.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// Why a mark cannot be read or written.
pub type MarkFault = Box<dyn std::error::Error + Send + Sync>;

/// Keeps one text where whoever writes to the store cannot, and where no backup of the store sets it back: beside the keys.
///
/// A text that was written is read by every node from then on, also after the machine lost power. A node that is slow may put an
/// earlier text in a later one's place; that costs some of what could be noticed until the next pass, and nothing else.
#[async_trait]
pub trait LogMark: std::fmt::Debug + Send + Sync {
    /// The text; `None` where none was written yet.
    ///
    /// # Errors
    /// When the place does not answer.
    async fn read(&self) -> Result<Option<String>, MarkFault>;

    /// Writes the text in place of the one before, whole or not at all.
    ///
    /// # Errors
    /// When the place does not answer.
    async fn write(&self, text: &str) -> Result<(), MarkFault>;
}

/// A mark in memory: for tests, and for whoever has no place for one. It notices nothing across restarts.
#[derive(Debug, Default)]
pub struct MemoryMark(Mutex<Option<String>>);

#[async_trait]
impl LogMark for MemoryMark {
    async fn read(&self) -> Result<Option<String>, MarkFault> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn write(&self, text: &str) -> Result<(), MarkFault> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_owned());
        Ok(())
    }
}

/// What a mark says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MarkText {
    pub(super) v: u8,
    /// How often the log was found set back.
    pub(super) line: u32,
    /// The newest checkpoint, of this line or, until this one has any, of an earlier one.
    pub(super) note: String,
}

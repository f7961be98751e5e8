//! Who calls, as far as repeats are concerned.

use std::fmt;

/// Names a caller whose proof was checked: idempotency keys of different callers never meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerName(String);

impl CallerName {
    /// The caller of this name: a key's name or an identifier, never personal data.
    #[must_use]
    pub fn new(name: impl fmt::Display) -> Self {
        Self(name.to_string())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

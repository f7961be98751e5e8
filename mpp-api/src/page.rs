//! Lists come in pages with an opaque cursor; and what is done to a range of them.

use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PageOf{T}"))]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The entries of this page, oldest first.
    pub items: Vec<T>,
    /// Where the next page starts; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What became of a range of notifications that was to be done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReplayedRangeView {
    /// How many are done again.
    pub replayed: u64,
    /// Whether the range holds more.
    pub remaining: bool,
}

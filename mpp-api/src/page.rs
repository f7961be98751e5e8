//! Lists come in pages with an opaque cursor; and what is done to a range of them.

use serde::{Deserialize, Serialize};

use crate::address::list;

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

/// Where a list goes on, and how many entries are wanted at most. `None` is its beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// The cursor that the page before ended with.
    pub after: Option<&'a str>,
    /// How many at most; a page of the server's own choice without.
    pub limit: Option<u32>,
}

impl<'a> From<Option<&'a str>> for Place<'a> {
    fn from(after: Option<&'a str>) -> Self {
        Self { after, limit: None }
    }
}

impl Place<'_> {
    /// The path of a list with this place in it, beside what else is wanted.
    pub(crate) fn on(self, path: &str, wanted: &[(&str, &str)]) -> String {
        let mut pairs = wanted.to_vec();
        pairs.extend(self.after.map(|after| ("after", after)));
        list(path, &pairs, self.limit)
    }
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

//! What there is to remark about a fetch, as both portals show it.

use crate::view::{Cell, Filter};
use crate::words::Words;

const FLAGS: [&str; 4] = ["outdated", "undated", "inexact_match", "parts_missing"];

/// Why nothing came, or came and was not taken, and what was noticed about the document. A code of a later program stays as it is.
pub(crate) fn remarks_cell(words: Words, reason: Option<&str>, quality: &[String]) -> Cell {
    let reason = reason.map(|code| words.of("reason", code));
    let remarks: Vec<_> =
        reason.into_iter().chain(quality.iter().map(|code| words.of("quality", code))).collect();
    if remarks.is_empty() { Cell::Nothing } else { Cell::Tags(remarks) }
}

/// The filter by something noticed.
pub(crate) fn quality_filter(words: Words, chosen: Option<&str>) -> Filter {
    let flags = FLAGS.map(|flag| (flag.to_owned(), words.of("quality", flag)));
    Filter::choices("quality", words.get("col.quality"), chosen, flags)
}

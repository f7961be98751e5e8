//! What is noticeable about documents, as both portals show it.

use crate::view::{Cell, Filter};
use crate::words::Words;

const FLAGS: [&str; 4] = ["outdated", "undated", "inexact_match", "parts_missing"];

/// What was noticed about one document. A code of a later program stays as it is.
pub(crate) fn quality_cell(words: Words, codes: &[String]) -> Cell {
    if codes.is_empty() {
        return Cell::Nothing;
    }
    Cell::Tags(codes.iter().map(|code| words.of("quality", code)).collect())
}

/// The filter by one of them.
pub(crate) fn quality_filter(words: Words, chosen: Option<&str>) -> Filter {
    let flags = FLAGS.map(|flag| (flag.to_owned(), words.of("quality", flag)));
    Filter::choices("quality", words.get("col.quality"), chosen, flags)
}

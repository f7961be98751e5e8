//! Attempts at pushing a notification, in words.

use mpp_api::AttemptView;

use crate::moment::Moment;
use crate::view::Cell;
use crate::words::Words;

/// All attempts at a delivery, the oldest first.
pub(crate) fn attempts_cell(words: Words, attempts: &[AttemptView]) -> Cell {
    let text = |attempt: &AttemptView| {
        format!("{}: {}", Moment::of(attempt.at, words.0).shown, said(words, attempt))
    };
    if attempts.is_empty() { Cell::Nothing } else { Cell::Tags(attempts.iter().map(text).collect()) }
}

/// What became of an attempt, with the status the receiver answered with.
pub(crate) fn said(words: Words, attempt: &AttemptView) -> String {
    let outcome = words.of("outcome", &attempt.outcome);
    match attempt.http_status {
        Some(status) => format!("{outcome} {status}"),
        None => outcome,
    }
}

//! Attempts at pushing a notification, in words.

use mpp_api::AttemptView;

use crate::moment::Moment;
use crate::view::Cell;
use crate::words::Words;

/// All attempts at a delivery, the oldest first.
pub(crate) fn attempts_cell(words: Words, attempts: &[AttemptView]) -> Cell {
    let one = |attempt: &AttemptView| (Moment::of(attempt.at, words.0), said(words, attempt));
    if attempts.is_empty() { Cell::Nothing } else { Cell::Attempts(attempts.iter().map(one).collect()) }
}

/// What became of an attempt, with the status the receiver answered with.
pub(crate) fn said(words: Words, attempt: &AttemptView) -> String {
    let outcome = words.of("outcome", &attempt.outcome);
    match attempt.http_status {
        Some(status) => format!("{outcome} {status}"),
        None => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::plain;

    #[test]
    fn a_file_tells_attempts_apart_and_has_their_exact_instants() {
        let attempt = |at: &str, outcome: &str, http_status: Option<u16>| AttemptView {
            at: at.parse().unwrap(),
            outcome: outcome.to_owned(),
            http_status,
        };
        let attempts = [
            attempt("2026-01-15T04:30:00Z", "refused", Some(500)),
            attempt("2026-01-15T04:31:00Z", "timed_out", None),
        ];
        assert_eq!(
            plain(&attempts_cell(Words::default(), &attempts)),
            "2026-01-15T04:30:00.000Z refused with 500; 2026-01-15T04:31:00.000Z no answer in time"
        );
        assert_eq!(attempts_cell(Words::default(), &[]), Cell::Nothing);
    }
}

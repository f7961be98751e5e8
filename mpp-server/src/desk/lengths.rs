//! Lengths of time as settings say them.

use mpp_core::Span;

/// A length of time by its largest whole unit.
pub(crate) fn in_words(span: Span) -> String {
    let millis = span.as_millis();
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms")];
    let whole = units.into_iter().find(|(unit, _)| millis >= *unit && millis % unit == 0);
    whole.map_or_else(|| "0 s".to_owned(), |(unit, name)| format!("{} {name}", millis / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_their_largest_whole_unit() {
        let said = [Span::from_hours(72), Span::from_hours(25), Span::from_seconds(90), Span::from_millis(0)];
        assert_eq!(said.map(in_words), ["3 d", "25 h", "90 s", "0 s"]);
    }
}

//! On which line something stands.

/// Counts the lines of a text up to places in it, from the beginning to the end. The CSV reader's own count lags behind
/// after `\r\n` and after empty lines.
#[derive(Debug, Clone)]
pub struct LineCount<'a> {
    rest: &'a [u8],
    passed: u64,
    line: u64,
}

impl<'a> LineCount<'a> {
    /// Before the first line.
    #[must_use]
    pub const fn of(text: &'a [u8]) -> Self {
        Self { rest: text, passed: 0, line: 1 }
    }

    /// The line of the first byte at `offset` or behind it that ends no line, counted from 1. Offsets must not go back.
    pub fn line_at(&mut self, offset: u64) -> u64 {
        let skipped = usize::try_from(offset.saturating_sub(self.passed)).unwrap_or(usize::MAX);
        let (before, behind) = self.rest.split_at(skipped.min(self.rest.len()));
        let ends = behind.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (ends, rest) = behind.split_at(ends.min(behind.len()));
        let length = before.len().saturating_add(ends.len());
        let feeds = before.iter().chain(ends).filter(|byte| **byte == b'\n').count();
        self.passed = self.passed.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        self.line = self.line.saturating_add(u64::try_from(feeds).unwrap_or(u64::MAX));
        self.rest = rest;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::LineCount;

    #[test]
    fn empty_lines_and_both_ends_are_counted() {
        let mut count = LineCount::of(b"a\r\n\r\n\nb\nc");
        assert_eq!([0, 1, 6, 8, 99].map(|offset| count.line_at(offset)), [1, 4, 4, 5, 5]);
    }
}

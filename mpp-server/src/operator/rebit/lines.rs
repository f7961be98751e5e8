//! Lines of bytes, whatever they hold, up to a length.

use std::io::{self, BufRead, Read as _};

/// Bytes of the longest line that is read: more than a document of 32 MiB and its keys take.
const LIMIT: u64 = 64 * 1024 * 1024;

/// What came.
pub(super) enum Line {
    /// A line, without its end.
    Whole(Vec<u8>),
    /// A line that is too long; it has been passed over.
    TooLong,
    /// Nothing more.
    End,
}

/// Waits for the next line.
///
/// # Errors
/// When the input cannot be read.
pub(super) fn next(input: &mut dyn BufRead) -> io::Result<Line> {
    let mut line = Vec::new();
    let read = (&mut *input).take(LIMIT).read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(Line::End);
    }
    if line.pop_if(|last| *last == b'\n').is_some() || u64::try_from(read).is_ok_and(|read| read < LIMIT) {
        return Ok(Line::Whole(line));
    }
    input.skip_until(b'\n')?;
    Ok(Line::TooLong)
}

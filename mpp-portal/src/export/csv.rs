//! Rows as comma-separated values, written page by page while they are read, so that the file's length costs no memory.

use super::plain;
use crate::view::{Cell, Table};

/// What spreadsheet programs take for the beginning of a formula, also in its wide form.
pub(crate) const FORMULA_SIGNS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// The mark of the byte order at the beginning of a file. Without it spreadsheet programs take a file for one in the
/// encoding of their machine.
pub(super) const MARK: char = '\u{feff}';

/// A whole file, or its beginning: the mark, the heading, and the rows of a table.
pub(super) fn whole(table: &Table) -> String {
    format!("{MARK}{}{}", line(table.columns.iter().map(String::as_str)), lines(table))
}

/// The rows of a further page.
pub(super) fn lines(table: &Table) -> String {
    let row = |row: &Vec<Cell>| {
        let cells: Vec<String> = row.iter().map(plain).collect();
        line(cells.iter().map(String::as_str))
    };
    table.rows.iter().map(row).collect()
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.map(quoted).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell by RFC 4180. What a spreadsheet would take for a formula is made text.
fn quoted(text: &str) -> String {
    let text = if text.starts_with(FORMULA_SIGNS) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_made_text() {
        for (text, cell) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-5", "'-5"),
            ("＝1+1", "'＝1+1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠SUM(A1)", "'＠SUM(A1)"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
        ] {
            assert_eq!(quoted(text), cell);
        }
    }
}

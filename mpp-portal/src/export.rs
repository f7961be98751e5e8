//! Rows as a file: exactly those the filters leave, as comma-separated values.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::view::{Cell, Table};

/// How many rows a file has at most; more are cut off, and the last line says so.
pub(crate) const MOST_ROWS: usize = 10_000;

/// The table as a file of this name.
pub(crate) fn csv(name: &str, table: &Table, cut: bool) -> Response {
    let mut text = line(table.columns.iter().map(String::as_str));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(plain).collect();
        text.push_str(&line(cells.iter().map(String::as_str)));
    }
    if cut {
        text.push_str(&line([format!("... {MOST_ROWS}+").as_str()].into_iter()));
    }
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    (
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
            (header::CONTENT_DISPOSITION, disposition.as_str()),
        ],
        text,
    )
        .into_response()
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.map(quoted).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell by RFC 4180. What a spreadsheet would take for a formula is made text.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Link { text, .. } => text.clone(),
        Cell::Id { full, .. } => full.clone(),
        Cell::When(moment) => moment.exact.clone(),
        Cell::Badge(badge) => badge.text.clone(),
        Cell::Number(number) => number.replace(',', ""),
        Cell::Tags(tags) => tags.join(" "),
        Cell::Button(_) | Cell::Nothing => String::new(),
    }
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
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
        ] {
            assert_eq!(quoted(text), cell);
        }
    }
}

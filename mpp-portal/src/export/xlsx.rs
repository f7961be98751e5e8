//! Rows as a workbook of one sheet. Text is written as text whatever it begins with, so nothing in it is ever a formula;
//! numbers, days and instants (of UTC, as in the other file) have their own types.
//!
//! The workbook is made in memory, since rows about customers are written to no temporary file. So it holds fewer rows than a
//! sheet could, and than the other file.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

use super::plain;
use crate::view::{Cell, Table};

/// How many rows a workbook of ours holds beside its heading: some hundred megabytes while it is made.
pub(crate) const MOST_ROWS: u32 = 100_000;

const INSTANT: &str = "yyyy-mm-dd\"T\"hh:mm:ss.000\"Z\"";
const DAY: &str = "yyyy-mm-dd";
/// As wide as an instant, in characters.
const WIDTH: f64 = 26.0;
/// More digits than these a sheet does not keep.
const MOST_DIGITS: usize = 15;

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
pub(super) enum XlsxError {
    /// There are more rows than a workbook of ours holds.
    #[error("more rows than a workbook holds")]
    Full,
    /// It cannot be written.
    #[error("the workbook cannot be written")]
    Unwritten(#[from] rust_xlsxwriter::XlsxError),
}

impl XlsxError {
    /// As the interface calls it.
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::Full => "sheet_full",
            Self::Unwritten(rust_xlsxwriter::XlsxError::MaxStringLengthExceeded) => "cell_full",
            Self::Unwritten(_) => "sheet_unwritten",
        }
    }
}

/// A workbook whose rows are on their way.
pub(super) struct Writing {
    workbook: Workbook,
    instant: Format,
    day: Format,
    /// The row to write next; the heading is row 0.
    row: u32,
    most: u32,
}

impl Writing {
    /// A workbook with one sheet of this name, for so many rows.
    ///
    /// # Errors
    /// When the name is none a sheet can have.
    pub(super) fn begin(name: &str, most: u32) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        workbook.add_worksheet().set_name(name)?.set_freeze_panes(1, 0)?;
        let format = |pattern: &str| Format::new().set_num_format(pattern);
        Ok(Self { workbook, instant: format(INSTANT), day: format(DAY), row: 0, most })
    }

    /// Writes the rows of a page.
    ///
    /// # Errors
    /// When there are too many, or one cannot be written.
    pub(super) fn add(&mut self, table: &Table) -> Result<(), XlsxError> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        if self.row == 0 {
            let bold = Format::new().set_bold();
            for (column, name) in (0u16..).zip(&table.columns) {
                sheet.write_string_with_format(0, column, name, &bold)?.set_column_width(column, WIDTH)?;
            }
            self.row = 1;
        }
        for cells in &table.rows {
            if self.row > self.most {
                return Err(XlsxError::Full);
            }
            for (column, cell) in (0u16..).zip(cells) {
                write(sheet, (self.row, column), cell, (&self.instant, &self.day))?;
            }
            self.row = self.row.saturating_add(1);
        }
        Ok(())
    }

    /// Presses the sheet together, which takes seconds when it is long.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn whole(mut self) -> Result<Vec<u8>, XlsxError> {
        Ok(self.workbook.save_to_buffer()?)
    }
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    (instant, day): (&Format, &Format),
) -> Result<(), XlsxError> {
    let text = plain(cell);
    let format = match cell {
        Cell::When(_) => Some(instant),
        Cell::Day(_) => Some(day),
        _ => None,
    };
    if let Some((format, moment)) = format.zip(ExcelDateTime::parse_from_str(&text).ok()) {
        sheet.write_datetime_with_format(row, column, moment, format)?;
    } else if let Some(number) = cell.is_number().then(|| number(&text)).flatten() {
        sheet.write_number(row, column, number)?;
    } else {
        sheet.write_string(row, column, text)?;
    }
    Ok(())
}

/// The number a text is, when a sheet keeps every digit of it; `3/5` and `12 %` stay text.
fn number(text: &str) -> Option<f64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = text.len() <= MOST_DIGITS && digits(whole) && digits(part);
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;

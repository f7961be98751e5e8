//! The rows of a file: what each asks for, or what is wrong with it.

use std::collections::HashMap;

use csv::{ReaderBuilder, StringRecord, Trim};
use mpp_api::central::forms::LineCount;
use mpp_api::client::StartConsentRequest;
use mpp_core::{CaseRef, CustomerParticulars, ProductId};

use super::MOST_ROWS;
use super::file::Unreadable;
use crate::export::FORMULA_SIGNS;

/// The columns of a file; the first two are needed.
pub(super) const COLUMNS: [&str; 7] =
    ["case_ref", "mobile", "name", "date_of_birth", "pan", "pincode", "vua"];
const NEEDED: usize = 2;

/// The first columns of the file of bad rows, which may be mended and sent again as it is.
pub(super) const TOLD: [&str; 3] = ["line", "column", "reason"];

/// A file that could be read.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Its columns, in its order.
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Row>,
}

/// A row.
pub(super) struct Row {
    /// The line it begins on, from 1; the names of the columns stand on the first.
    pub(super) line: u64,
    /// What stands in it, in the order of the file's own columns; as many as came, were they too few or too many.
    pub(super) cells: Vec<String>,
    pub(super) call: Result<StartConsentRequest, Vec<Fault>>,
}

impl std::fmt::Debug for Row {
    /// Leaves the customer out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("line", &self.line).finish_non_exhaustive()
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The column, where it is one.
    pub(super) column: Option<&'static str>,
    /// The code of the reason.
    pub(super) what: &'static str,
    /// The line of another row, where the reason is one.
    pub(super) other: Option<u64>,
}

impl Fault {
    const fn of(column: &'static str, what: &'static str) -> Self {
        Self { column: Some(column), what, other: None }
    }
}

/// Reads a file.
///
/// # Errors
/// When it is no table with the columns that are needed, or has too many rows.
pub(super) fn read(text: &str, product: ProductId) -> Result<Sheet, Unreadable> {
    let head = text.lines().next().unwrap_or_default();
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(head))
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let columns = columns(reader.headers().map_err(|error| not_csv(&error))?)?;
    let (mut rows, mut seen): (Vec<Row>, HashMap<String, u64>) = (Vec::new(), HashMap::new());
    let mut count = 0_u64;
    let mut lines = LineCount::of(text.as_bytes());
    for record in reader.records() {
        let record = record.map_err(|error| not_csv(&error))?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        count = count.saturating_add(1);
        if rows.len() < MOST_ROWS {
            let line = lines.line_at(record.position().map_or(0, csv::Position::byte));
            rows.push(row(line, &record, &columns, product, &mut seen));
        }
    }
    match usize::try_from(count) {
        Ok(0) => Err(Unreadable::Empty),
        Ok(count) if count <= MOST_ROWS => Ok(Sheet { columns, rows }),
        _ => Err(Unreadable::TooManyRows(count)),
    }
}

/// Commas, or what spreadsheet programs write in their place in some countries.
fn delimiter(head: &str) -> u8 {
    let most = [',', ';', '\t'].into_iter().rev().max_by_key(|sign| head.matches(*sign).count());
    most.and_then(|sign| u8::try_from(sign).ok()).unwrap_or(b',')
}

fn not_csv(error: &csv::Error) -> Unreadable {
    Unreadable::NotCsv(error.position().map_or(1, csv::Position::line))
}

fn columns(head: &StringRecord) -> Result<Vec<&'static str>, Unreadable> {
    let mut columns: Vec<&'static str> = Vec::new();
    for (at, name) in head.iter().enumerate() {
        let name = name.to_lowercase().replace([' ', '-'], "_");
        let known = COLUMNS.into_iter().chain(TOLD).find(|column| *column == name);
        let known = known.ok_or(Unreadable::ColumnUnknown(at.saturating_add(1)))?;
        if columns.contains(&known) {
            return Err(Unreadable::ColumnTwice(known));
        }
        columns.push(known);
    }
    let missing = COLUMNS.into_iter().take(NEEDED).find(|column| !columns.contains(column));
    missing.map_or(Ok(columns), |column| Err(Unreadable::ColumnMissing(column)))
}

fn row(
    line: u64,
    record: &StringRecord,
    columns: &[&'static str],
    product: ProductId,
    seen: &mut HashMap<String, u64>,
) -> Row {
    let told = |at: usize| columns.get(at).is_some_and(|name| TOLD.contains(name));
    let own = record.iter().enumerate().filter(|(at, _)| !told(*at));
    let cells = own.map(|(_, cell)| cell.to_owned()).collect();
    if record.len() != columns.len() {
        let what = if record.len() < columns.len() { "cells_missing" } else { "cells_too_many" };
        let fault = Fault { column: None, what, other: None };
        return Row { line, cells, call: Err(vec![fault]) };
    }
    let mut faults = Vec::new();
    let call = call(&Cells { record, columns }, product, &mut faults);
    if let Some(call) = &call {
        if let Some(other) = seen.get(call.case_ref.as_str()) {
            faults.push(Fault { other: Some(*other), ..Fault::of("case_ref", "twice") });
        } else {
            seen.insert(call.case_ref.as_str().to_owned(), line);
        }
    }
    let call = call.filter(|_| faults.is_empty()).ok_or(faults);
    Row { line, cells, call }
}

/// The cells of a row by the names of their columns.
struct Cells<'a> {
    record: &'a StringRecord,
    columns: &'a [&'static str],
}

impl Cells<'_> {
    fn given(&self, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|known| *known == column)?;
        self.record.get(at).filter(|text| !text.is_empty())
    }

    /// What a cell says, as `read` reads it; what is wrong with it is among the faults.
    fn read<T>(
        &self,
        column: &'static str,
        faults: &mut Vec<Fault>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.given(column)?;
        // numbers with a country code begin with a plus as well, and deserve to be told so
        if column != "mobile" && is_formula(text) {
            faults.push(Fault::of(column, "formula"));
            return None;
        }
        let value = read(text);
        if value.is_none() {
            faults.push(Fault::of(column, column));
        }
        value
    }

    fn needed(&self, column: &'static str, faults: &mut Vec<Fault>) {
        if self.given(column).is_none() {
            faults.push(Fault::of(column, "missing"));
        }
    }
}

/// Also one that a file of ours has made text.
fn is_formula(text: &str) -> bool {
    text.strip_prefix('\'').unwrap_or(text).starts_with(FORMULA_SIGNS)
}

/// What a row asks for, where its reference and number can be read.
fn call(cells: &Cells<'_>, product: ProductId, faults: &mut Vec<Fault>) -> Option<StartConsentRequest> {
    COLUMNS.into_iter().take(NEEDED).for_each(|column| cells.needed(column, faults));
    let case_ref = cells.read("case_ref", faults, |text| text.parse::<CaseRef>().ok());
    let mobile = cells.read("mobile", faults, |text| text.parse().ok());
    let short = |text: &str| (text.chars().count() <= 100).then(|| text.to_owned());
    let digits = |text: &str| {
        (text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
    };
    let name = cells.read("name", faults, short);
    let date_of_birth = cells.read("date_of_birth", faults, |text| text.parse().ok());
    let pan = cells.read("pan", faults, |text| text.parse().ok());
    let pincode = cells.read("pincode", faults, digits);
    let vua = cells.read("vua", faults, |text| text.parse().ok());
    let customer = CustomerParticulars { mobile: mobile?, vua, name, date_of_birth, pan, pincode };
    Some(StartConsentRequest { product_id: product, case_ref: case_ref?, customer })
}

#[cfg(test)]
mod tests;

//! Statement files: UTF-8 CSV with the columns `reference`, `day`, `unit` and, if prices are known, `amount`, in any
//! order. Amounts are in rupees. A bad line is reported with its number and does not stop the others.

use std::collections::BTreeMap;

use csv::StringRecord;
use mpp_core::UsageUnit;

use crate::{LineCount, LogEntry, MoneyError, Paise, Reference};

/// What a file says, and which lines could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    /// The lines that could be read.
    pub entries: Vec<LogEntry>,
    /// The lines that could not.
    pub faults: Vec<LineFault>,
}

/// A line that could not be read. Does not repeat what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LineFault {
    /// The line, counted from 1 with the header.
    pub line: u64,
    /// What is wrong.
    pub problem: LineProblem,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// More or fewer columns than the header.
    #[error("it has more or fewer columns than the header")]
    Columns,
    /// Bytes that are not UTF-8.
    #[error("it is not UTF-8")]
    Encoding,
    /// A reference with other characters, or a formula.
    #[error("the reference is not 1 to 80 letters, digits, -, _, : and .")]
    Reference,
    /// Not a day.
    #[error("the day is not written yyyy-mm-dd")]
    Day,
    /// No such unit.
    #[error("the unit is none that is counted")]
    Unit,
    /// Not an amount.
    #[error("the amount is not one in rupees with at most two decimals")]
    Amount,
    /// The reference stands on an earlier line, too.
    #[error("the reference stands on line {0}, too")]
    Repeated(u64),
}

impl LineProblem {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Columns => "columns",
            Self::Encoding => "encoding",
            Self::Reference => "reference",
            Self::Day => "day",
            Self::Unit => "unit",
            Self::Amount => "amount",
            Self::Repeated(_) => "repeated",
        }
    }

    /// The earlier line with the same reference.
    #[must_use]
    pub const fn same_as_line(self) -> Option<u64> {
        if let Self::Repeated(line) = self { Some(line) } else { None }
    }
}

/// Why a whole file cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// No header, or one without a column that is needed, or with a column twice or unknown.
    #[error("the first line names the columns: reference, day, unit and perhaps amount, each once")]
    Header,
    /// More than a million lines.
    #[error("a statement has at most {MOST_LINES} lines; split it")]
    TooLong,
}

impl StatementError {
    /// The same file will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

const MOST_LINES: usize = 1_000_000;

/// Reads a statement file.
///
/// # Errors
/// When the header is wrong or the file too long; bad lines are in the result.
pub fn read_statement(bytes: &[u8]) -> Result<Statement, StatementError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut line_count = LineCount::of(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let columns = reader.headers().map_err(|_| StatementError::Header).and_then(Columns::of)?;
    let mut statement = Statement::default();
    let mut lines_of = BTreeMap::new();
    for (count, record) in reader.into_records().enumerate() {
        if count >= MOST_LINES {
            return Err(StatementError::TooLong);
        }
        let (position, read) = match &record {
            Ok(record) => (record.position(), columns.read(record)),
            Err(error) => (error.position(), Err(problem_of(error))),
        };
        let line = line_count.line_at(position.map_or(0, csv::Position::byte));
        let fresh = read.and_then(|entry| match lines_of.insert(entry.reference.clone(), line) {
            None => Ok(entry),
            Some(earlier) => {
                lines_of.insert(entry.reference, earlier);
                Err(LineProblem::Repeated(earlier))
            }
        });
        match fresh {
            Ok(entry) => statement.entries.push(entry),
            Err(problem) => statement.faults.push(LineFault { line, problem }),
        }
    }
    Ok(statement)
}

fn problem_of(error: &csv::Error) -> LineProblem {
    if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        LineProblem::Encoding
    } else {
        LineProblem::Columns
    }
}

/// Where each column stands.
struct Columns {
    count: usize,
    reference: usize,
    day: usize,
    unit: usize,
    amount: Option<usize>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, StatementError> {
        let place = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
        let columns = Self {
            count: header.len(),
            reference: place("reference").ok_or(StatementError::Header)?,
            day: place("day").ok_or(StatementError::Header)?,
            unit: place("unit").ok_or(StatementError::Header)?,
            amount: place("amount"),
        };
        let known = if columns.amount.is_some() { 4 } else { 3 };
        if columns.count == known { Ok(columns) } else { Err(StatementError::Header) }
    }

    fn read(&self, record: &StringRecord) -> Result<LogEntry, LineProblem> {
        if record.len() != self.count {
            return Err(LineProblem::Columns);
        }
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let amount = self.amount.map(cell).filter(|text| !text.is_empty());
        Ok(LogEntry {
            reference: cell(self.reference).parse::<Reference>().map_err(|_| LineProblem::Reference)?,
            day: cell(self.day).parse().map_err(|_| LineProblem::Day)?,
            unit: unit_of(cell(self.unit)).ok_or(LineProblem::Unit)?,
            amount: amount
                .map(Paise::from_rupees)
                .transpose()
                .map_err(|_: MoneyError| LineProblem::Amount)?,
            consent: None,
            product: None,
            source: None,
        })
    }
}

/// The unit by its name in stored forms.
fn unit_of(name: &str) -> Option<UsageUnit> {
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};
    let name: StrDeserializer<'_, Error> = name.into_deserializer();
    UsageUnit::deserialize(name).ok()
}

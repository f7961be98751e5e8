//! What the credit notes on an invoice take back of it, line by line.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Bill, BillError};
use crate::{BasisPoints, BillContent, DocumentNumber, LineKind, MoneyError, Paise};

/// A credit note that was issued on an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteOnBill {
    /// Its number.
    pub number: DocumentNumber,
    /// Its date.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub date: Date,
    /// How much it takes back, tax included.
    pub payable: Paise,
    /// What it takes back of each line; empty for a note of before this was written down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<CreditedLine>,
}

/// What a credit note takes back of one line of its invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreditedLine {
    /// The line's number on the invoice, from 1.
    pub serial: u32,
    /// How much, before tax; negative of a discount.
    pub amount: Paise,
}

impl NoteOnBill {
    /// What an invoice remembers of this note; nothing before the note has a number.
    pub(super) fn of(note: &Bill) -> Option<Self> {
        let (content, issue) = (note.content(), note.issue()?);
        Some(Self {
            number: issue.number.clone(),
            date: issue.date,
            payable: content.totals.payable,
            lines: credited_lines(content).unwrap_or_default(),
        })
    }
}

/// What a note takes back of each line; `None` when it does not say of which.
pub(crate) fn credited_lines(note: &BillContent) -> Option<Vec<CreditedLine>> {
    let lines = note.lines.iter().map(|line| match line.purpose {
        LineKind::Credit { serial } => Some(CreditedLine { serial: serial?, amount: line.amount }),
        LineKind::Usage { .. } | LineKind::SlabDifference { .. } | LineKind::Fee | LineKind::Shortfall => {
            None
        }
    });
    lines.collect()
}

/// The number of a line on its document, from 1.
pub(crate) fn serial(place: usize) -> Option<u32> {
    u32::try_from(place).ok()?.checked_add(1)
}

/// Why notes do not stand on an invoice.
#[derive(Debug)]
pub(crate) enum Beyond {
    /// Together they take back more than it asks for.
    Invoice,
    /// They take back more of this line than it has.
    Line(usize),
    /// An amount is too large.
    Money(MoneyError),
}

impl From<MoneyError> for Beyond {
    fn from(error: MoneyError) -> Self {
        Self::Money(error)
    }
}

impl From<Beyond> for BillError {
    fn from(beyond: Beyond) -> Self {
        match beyond {
            Beyond::Invoice => Self::BeyondInvoice,
            Beyond::Line(place) => Self::BeyondLine(place),
            Beyond::Money(error) => Self::Money(error),
        }
    }
}

/// What notes take back of an invoice.
#[derive(Debug)]
pub(crate) struct TakenBack<'a> {
    invoice: &'a BillContent,
    lines: Vec<CreditedLine>,
    payable: Paise,
    /// Whether every note says of which lines it is.
    by_line: bool,
}

impl<'a> TakenBack<'a> {
    pub(crate) fn by(invoice: &'a BillContent, notes: &[NoteOnBill]) -> Result<Self, MoneyError> {
        Ok(Self {
            invoice,
            lines: notes.iter().flat_map(|note| note.lines.iter().copied()).collect(),
            payable: Paise::sum(notes.iter().map(|note| note.payable))?,
            by_line: notes.iter().all(|note| !note.lines.is_empty()),
        })
    }

    /// With a note that is not out yet.
    pub(crate) fn with(mut self, note: &BillContent) -> Result<Self, MoneyError> {
        let lines = credited_lines(note);
        self.by_line &= lines.is_some();
        self.lines.extend(lines.unwrap_or_default());
        self.payable = self.payable.plus(note.totals.payable)?;
        Ok(self)
    }

    /// What is left of a line, as far as the notes say of which lines they are; `None` when there is no such line.
    pub(crate) fn rest_of(&self, place: usize) -> Result<Option<Paise>, MoneyError> {
        let Some(line) = self.invoice.lines.get(place) else { return Ok(None) };
        line.amount.minus(self.taken_of(place)?).map(Some)
    }

    /// Whether it is no more than the invoice has, altogether and of each line.
    pub(crate) fn check(&self) -> Result<(), Beyond> {
        let is_more = if self.by_line {
            let asked = self.invoice.taxable_by_rate()?;
            let of_rate = |rate: &BasisPoints| asked.get(rate).copied().unwrap_or_default();
            self.by_rate()?.iter().any(|(rate, taken)| *taken > of_rate(rate))
        } else {
            self.payable > self.invoice.totals.payable
        };
        let last = u32::try_from(self.invoice.lines.len()).unwrap_or(u32::MAX);
        if is_more || self.lines.iter().any(|one| !(1..=last).contains(&one.serial)) {
            return Err(Beyond::Invoice);
        }
        for (place, line) in self.invoice.lines.iter().enumerate() {
            let taken = self.taken_of(place)?;
            if taken < line.amount.min(Paise::ZERO) || taken > line.amount.max(Paise::ZERO) {
                return Err(Beyond::Line(place));
            }
        }
        Ok(())
    }

    /// Whether it is all. Each document rounds its taxes to the paisa and its sum to the rupee, so that what notes on all
    /// of an invoice pay back may miss what it asks for; what stands before tax does not.
    pub(crate) fn is_all(&self) -> Result<bool, MoneyError> {
        if self.by_line {
            Ok(self.by_rate()? == self.invoice.taxable_by_rate()?)
        } else {
            Ok(self.payable == self.invoice.totals.payable)
        }
    }

    fn taken_of(&self, place: usize) -> Result<Paise, MoneyError> {
        let of_it = self.lines.iter().filter(|one| Some(one.serial) == serial(place));
        Paise::sum(of_it.map(|one| one.amount))
    }

    fn by_rate(&self) -> Result<BTreeMap<BasisPoints, Paise>, MoneyError> {
        let mut by_rate = BTreeMap::new();
        for (place, line) in self.invoice.lines.iter().enumerate() {
            let sum: &mut Paise = by_rate.entry(line.tax).or_default();
            *sum = sum.plus(self.taken_of(place)?)?;
        }
        Ok(by_rate)
    }
}

//! What a credit note says.

use mpp_core::Persistence;

use crate::content::BillHead;
use crate::party::is_line;
use crate::{
    Bill, BillContent, BillLine, BillState, Credited, DocumentKind, LineKind, MoneyError, Paise, Quantity,
};

/// What is taken back of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditWish {
    /// Which line of the invoice, the first being 0.
    pub line: usize,
    /// How many.
    pub quantity: Quantity,
    /// At which price each.
    pub unit_price: Paise,
}

/// Why no credit note can be drafted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    /// There is nothing to correct: not an invoice, or not out yet, or cancelled.
    #[error("only an invoice that is out can be credited")]
    NotAnInvoice,
    /// Part of the invoice is credited already.
    #[error("part of the invoice is credited already: credit the rest line by line")]
    CreditedInPart,
    /// The reason is blank, too long or has control characters.
    #[error("a credit note gives a reason of 1 to 200 characters")]
    Reason,
    /// No such line, or more than it has, or nothing.
    #[error("line {0} does not have that much to credit")]
    Line(usize),
    /// An amount is too large.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl CreditError {
    /// The same wish will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }
}

/// The content of a credit note on the whole invoice.
///
/// # Errors
/// Unless the bill is an invoice that is out and not credited yet.
pub fn full_credit(invoice: &Bill, reason: &str) -> Result<BillContent, CreditError> {
    if matches!(invoice.state(), BillState::Credited { .. }) {
        return Err(CreditError::CreditedInPart);
    }
    let lines = invoice.content().lines.iter().cloned();
    draft(invoice, reason, lines.map(|line| BillLine { purpose: LineKind::Credit, ..line }).collect())
}

/// The content of a credit note on parts of lines.
///
/// # Errors
/// Unless the bill is an invoice that is out, and each line has as much as is to be credited.
pub fn partial_credit(
    invoice: &Bill,
    wishes: &[CreditWish],
    reason: &str,
) -> Result<BillContent, CreditError> {
    let mut lines: Vec<BillLine> = Vec::new();
    for (place, wish) in wishes.iter().enumerate() {
        let line = invoice.content().lines.get(wish.line).ok_or(CreditError::Line(wish.line))?;
        let amount = wish.unit_price.times(wish.quantity)?;
        let named_before = wishes.iter().take(place).any(|earlier| earlier.line == wish.line);
        if named_before || amount <= Paise::ZERO || amount > line.amount || wish.quantity > line.quantity {
            return Err(CreditError::Line(wish.line));
        }
        let CreditWish { quantity, unit_price, .. } = *wish;
        lines.push(BillLine { purpose: LineKind::Credit, quantity, unit_price, amount, ..line.clone() });
    }
    if lines.is_empty() {
        return Err(CreditError::Line(0));
    }
    draft(invoice, reason, lines)
}

fn draft(invoice: &Bill, reason: &str, lines: Vec<BillLine>) -> Result<BillContent, CreditError> {
    let content = invoice.content();
    let is_void = matches!(invoice.state(), BillState::Cancelled { .. });
    let issue = invoice.issue().filter(|_| !content.is_credit_note() && !is_void);
    let issue = issue.ok_or(CreditError::NotAnInvoice)?;
    if !is_line(reason) {
        return Err(CreditError::Reason);
    }
    let head = BillHead {
        document: DocumentKind::CreditNote {
            against: Credited { number: issue.number.clone(), date: issue.date },
            reason: reason.to_owned(),
        },
        partner: content.partner,
        plan: content.plan.clone(),
        period: content.period,
        supplier: content.supplier.clone(),
        recipient: content.recipient.clone(),
    };
    Ok(BillContent::assemble(head, lines, Vec::new())?)
}

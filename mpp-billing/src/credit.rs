//! What a credit note says.

use mpp_core::Persistence;

use crate::bill::{Beyond, TakenBack, serial};
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
    /// No such line, or more than it has left, or nothing; the first line is 0.
    #[error("line {} does not have that much left to credit", .0.saturating_add(1))]
    Line(usize),
    /// More than is left of the invoice: what a discount took off stays off until the discount is taken back, too.
    #[error(
        "the credit notes would take back more than the invoice asks for: credit discounts with what they are on"
    )]
    BeyondInvoice,
    /// The lines together take nothing back, or would give back at one rate of tax.
    #[error("the lines of a credit note together take something back, and give nothing at any rate of tax")]
    Nothing,
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
    let credited = |(place, line): (usize, &BillLine)| BillLine {
        purpose: LineKind::Credit { serial: serial(place) },
        ..line.clone()
    };
    draft(invoice, reason, invoice.content().lines.iter().enumerate().map(credited).collect())
}

/// The content of a credit note on parts of lines. Of a discount, a negative line, it takes back at a negative price.
///
/// # Errors
/// Unless the bill is an invoice that is out, and each line has as much left as is to be credited.
pub fn partial_credit(
    invoice: &Bill,
    wishes: &[CreditWish],
    reason: &str,
) -> Result<BillContent, CreditError> {
    let before = TakenBack::by(invoice.content(), invoice.notes())?;
    let mut lines: Vec<BillLine> = Vec::new();
    for (place, wish) in wishes.iter().enumerate() {
        let named_before = wishes.iter().take(place).any(|earlier| earlier.line == wish.line);
        let line = credited(invoice, wish, &before)?.filter(|_| !named_before);
        lines.push(line.ok_or(CreditError::Line(wish.line))?);
    }
    if lines.is_empty() {
        return Err(CreditError::Line(0));
    }
    let content = draft(invoice, reason, lines)?;
    if content.totals.taxable <= Paise::ZERO || content.taxes.iter().any(|tax| tax.taxable < Paise::ZERO) {
        return Err(CreditError::Nothing);
    }
    before.with(&content)?.check().map_err(|beyond| match beyond {
        Beyond::Invoice => CreditError::BeyondInvoice,
        Beyond::Line(place) => CreditError::Line(place),
        Beyond::Money(error) => CreditError::Money(error),
    })?;
    Ok(content)
}

/// The part of a line, if there is as much of it left.
fn credited(
    invoice: &Bill,
    wish: &CreditWish,
    before: &TakenBack<'_>,
) -> Result<Option<BillLine>, MoneyError> {
    let CreditWish { line: place, quantity, unit_price } = *wish;
    let Some((line, rest)) = invoice.content().lines.get(place).zip(before.rest_of(place)?) else {
        return Ok(None);
    };
    let amount = unit_price.times(quantity)?;
    let is_left = (Paise::ZERO < amount && amount <= rest) || (rest <= amount && amount < Paise::ZERO);
    let purpose = LineKind::Credit { serial: serial(place) };
    let part = BillLine { purpose, quantity, unit_price, amount, ..line.clone() };
    Ok((is_left && quantity <= line.quantity).then_some(part))
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

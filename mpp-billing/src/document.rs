//! The JSON form of a bill that is out: everything that Rule 46 (an invoice) or Rule 53 (a credit note) asks for.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    Bill, BillState, Credited, DocumentKind, DocumentNumber, EInvoice, FinancialYear, Paise, Party, Quantity,
    Sac, StateCode, TaxLine, Totals, UsageTotal, in_words,
};

/// A line with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentLine {
    /// Counted from 1.
    pub serial: u32,
    /// The services accounting code.
    pub sac: Sac,
    /// What is billed.
    pub description: String,
    /// How many.
    pub quantity: Quantity,
    /// Of what: services are counted in numbers.
    pub unit: String,
    /// The price of one, in paise; negative for a discount.
    pub unit_price: Paise,
    /// Quantity times price, in paise.
    pub amount: Paise,
}

/// An invoice or credit note that is out. Amounts are in paise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BillDocument {
    /// `Tax Invoice` or `Credit Note`.
    pub title: String,
    /// The number.
    pub number: DocumentNumber,
    /// The date.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub date: Date,
    /// The financial year, `2025-26`.
    pub financial_year: String,
    /// The first day billed.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub period_from: Date,
    /// The last day billed.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub period_to: Date,
    /// The invoice a credit note corrects.
    pub against: Option<Credited>,
    /// Why it corrects it.
    pub reason: Option<String>,
    /// Who supplies.
    pub supplier: Party,
    /// The supplier's State.
    pub supplier_state: StateCode,
    /// Who pays.
    pub recipient: Party,
    /// Where the supply is made: code and name, `29-Karnataka`.
    pub place_of_supply: String,
    /// Whether it leaves the supplier's State.
    pub inter_state: bool,
    /// Whether the recipient owes the tax; never, here.
    pub reverse_charge: bool,
    /// What a supply to a special economic zone must say.
    pub endorsement: Option<String>,
    /// The currency of every amount.
    pub currency: String,
    /// The lines.
    pub lines: Vec<DocumentLine>,
    /// The taxes.
    pub taxes: Vec<TaxLine>,
    /// The sums.
    pub totals: Totals,
    /// What is to be paid, in words.
    pub payable_in_words: String,
    /// What was counted.
    pub usage: Vec<UsageTotal>,
    /// Where it stands at the registration portal.
    pub e_invoice: EInvoice,
    /// For whom the signature stands; none is needed on an e-invoice.
    pub signatory: Option<String>,
    /// Whether it was cancelled.
    pub cancelled: bool,
}

impl BillDocument {
    /// The document of a bill; `None` before it has a number.
    #[must_use]
    pub fn of(bill: &Bill) -> Option<Self> {
        let (content, issue) = (bill.content(), bill.issue()?);
        let (title, against, reason) = match &content.document {
            DocumentKind::Invoice => ("Tax Invoice", None, None),
            DocumentKind::CreditNote { against, reason } => {
                ("Credit Note", Some(against.clone()), Some(reason.clone()))
            }
        };
        let registered = matches!(issue.e_invoice, EInvoice::Issued { .. });
        Some(Self {
            title: title.to_owned(),
            number: issue.number.clone(),
            date: issue.date,
            financial_year: FinancialYear::of(issue.date).to_string(),
            period_from: content.period.first_day(),
            period_to: content.period.last_day(),
            against,
            reason,
            supplier_state: content.supplier.state(),
            supplier: content.supplier.clone(),
            recipient: content.recipient.clone(),
            place_of_supply: content.place_of_supply.to_string(),
            inter_state: !matches!(
                content.levy,
                crate::Levy::CentralAndState | crate::Levy::CentralAndTerritory
            ),
            reverse_charge: false,
            endorsement: content.levy.endorsement().map(str::to_owned),
            currency: "INR".to_owned(),
            lines: lines(bill),
            taxes: content.taxes.clone(),
            totals: content.totals,
            payable_in_words: in_words(content.totals.payable),
            usage: content.usage.clone(),
            e_invoice: issue.e_invoice.clone(),
            signatory: (!registered).then(|| format!("Authorised signatory for {}", content.supplier.name())),
            cancelled: matches!(bill.state(), BillState::Cancelled { .. }),
        })
    }
}

fn lines(bill: &Bill) -> Vec<DocumentLine> {
    (1..)
        .zip(&bill.content().lines)
        .map(|(serial, line)| DocumentLine {
            serial,
            sac: line.sac.clone(),
            description: line.description.clone(),
            quantity: line.quantity,
            unit: "number".to_owned(),
            unit_price: line.unit_price,
            amount: line.amount,
        })
        .collect()
}

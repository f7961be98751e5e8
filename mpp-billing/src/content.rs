//! What a bill says, apart from its number, date and state.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mpp_core::{PartnerId, PricePlanId, UsageUnit};
use serde::{Deserialize, Serialize};

use crate::{
    BasisPoints, BillingMonth, DocumentNumber, Levy, MoneyError, Paise, Party, Quantity, Sac, StateCode,
    TaxLine, taxes,
};

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum LineKind {
    /// Counted use of a month: of the period, or late of an earlier one.
    Usage {
        /// What was counted.
        unit: UsageUnit,
        /// When it was used.
        month: BillingMonth,
    },
    /// What a higher slab takes off or puts on.
    SlabDifference {
        /// Of which unit.
        unit: UsageUnit,
    },
    /// A fee of every month.
    Fee,
    /// What is missing of the monthly minimum.
    Shortfall,
    /// A value taken back by a credit note.
    Credit {
        /// Of which line of the invoice, from 1; absent in notes of before this was written down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        serial: Option<u32>,
    },
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BillLine {
    /// What it is for.
    pub purpose: LineKind,
    /// The services accounting code.
    pub sac: Sac,
    /// What is billed.
    pub description: String,
    /// How many.
    pub quantity: Quantity,
    /// The price of one; negative for a discount.
    pub unit_price: Paise,
    /// Quantity times price.
    pub amount: Paise,
    /// The tax rate, both halves together.
    pub tax: BasisPoints,
}

/// What kind of document it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum DocumentKind {
    /// A tax invoice.
    Invoice,
    /// A credit note on an invoice (section 34).
    CreditNote {
        /// The invoice.
        against: Credited,
        /// Why.
        reason: String,
    },
}

/// The invoice that a credit note corrects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credited {
    /// Its number.
    pub number: DocumentNumber,
    /// Its date.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub date: Date,
}

/// How much of a unit was counted: the figure that usage report, ledger and bill share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageTotal {
    /// What was counted.
    pub unit: UsageUnit,
    /// All of it.
    pub quantity: Quantity,
    /// Of these, those of earlier periods.
    pub late: Quantity,
}

/// The sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Totals {
    /// Before tax, after discounts.
    pub taxable: Paise,
    /// All taxes.
    pub tax: Paise,
    /// Both, to the paisa.
    pub exact: Paise,
    /// What rounding to the rupee adds or takes.
    pub rounding: Paise,
    /// What is to be paid.
    pub payable: Paise,
}

/// What a bill says. Computed, never edited: a wrong draft is discarded and the month closed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BillContent {
    /// Invoice or credit note.
    pub document: DocumentKind,
    /// Whose bill it is.
    pub partner: PartnerId,
    /// By which plan it was priced.
    pub plan: PricePlanId,
    /// For which month.
    pub period: BillingMonth,
    /// Who supplies.
    pub supplier: Party,
    /// Who pays.
    pub recipient: Party,
    /// Where the supply is made.
    pub place_of_supply: StateCode,
    /// Which taxes apply.
    pub levy: Levy,
    /// The lines.
    pub lines: Vec<BillLine>,
    /// The taxes.
    pub taxes: Vec<TaxLine>,
    /// The sums.
    pub totals: Totals,
    /// What was counted.
    pub usage: Vec<UsageTotal>,
}

/// What a bill is for, before it is summed.
#[derive(Debug)]
pub(crate) struct BillHead {
    pub(crate) document: DocumentKind,
    pub(crate) partner: PartnerId,
    pub(crate) plan: PricePlanId,
    pub(crate) period: BillingMonth,
    pub(crate) supplier: Party,
    pub(crate) recipient: Party,
}

impl BillContent {
    pub(crate) fn assemble(
        head: BillHead,
        lines: Vec<BillLine>,
        usage: Vec<UsageTotal>,
    ) -> Result<Self, MoneyError> {
        let BillHead { document, partner, plan, period, supplier, recipient } = head;
        let place_of_supply = recipient.state();
        let levy = Levy::between(supplier.state(), place_of_supply, recipient.standing());
        let taxes = taxes(levy, &by_rate(&lines)?)?;
        let totals = Totals::of(&lines, &taxes)?;
        Ok(Self {
            document,
            partner,
            plan,
            period,
            supplier,
            recipient,
            place_of_supply,
            levy,
            lines,
            taxes,
            totals,
            usage,
        })
    }

    /// Whether every amount, tax and sum follows from lines and parties. A stored bill is checked by it when read.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let head = BillHead {
            document: self.document.clone(),
            partner: self.partner,
            plan: self.plan.clone(),
            period: self.period,
            supplier: self.supplier.clone(),
            recipient: self.recipient.clone(),
        };
        let amounts_hold =
            self.lines.iter().all(|line| line.unit_price.times(line.quantity) == Ok(line.amount));
        amounts_hold && Self::assemble(head, self.lines.clone(), self.usage.clone()).as_ref() == Ok(self)
    }

    pub(crate) fn taxable_by_rate(&self) -> Result<BTreeMap<BasisPoints, Paise>, MoneyError> {
        by_rate(&self.lines)
    }

    /// Whether it is a credit note.
    #[must_use]
    pub const fn is_credit_note(&self) -> bool {
        matches!(self.document, DocumentKind::CreditNote { .. })
    }
}

impl Totals {
    fn of(lines: &[BillLine], taxes: &[TaxLine]) -> Result<Self, MoneyError> {
        let taxable = Paise::sum(lines.iter().map(|line| line.amount))?;
        let tax = Paise::sum(taxes.iter().map(|tax| tax.amount))?;
        let exact = taxable.plus(tax)?;
        let payable = exact.to_rupee()?;
        Ok(Self { taxable, tax, exact, rounding: payable.minus(exact)?, payable })
    }
}

fn by_rate(lines: &[BillLine]) -> Result<BTreeMap<BasisPoints, Paise>, MoneyError> {
    let mut by_rate = BTreeMap::new();
    for line in lines {
        let sum: &mut Paise = by_rate.entry(line.tax).or_default();
        *sum = sum.plus(line.amount)?;
    }
    Ok(by_rate)
}

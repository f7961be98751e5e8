//! The monthly close: counted use and a price plan make the draft of an invoice. A function of its arguments alone, so
//! that closing a month again gives the same bill, whatever the order of the events.

use std::collections::{BTreeMap, BTreeSet};

use mpp_core::{UsageEvent, UsageEventId, UsageUnit};

use crate::content::BillHead;
use crate::{
    BillContent, BillLine, BillingMonth, DocumentKind, LineKind, MinimumCounts, MoneyError, Paise, Party,
    PriceItem, PricePlan, Quantity, SlabMode, UsageTotal,
};

/// What a close rests on.
#[derive(Debug, Clone, Copy)]
pub struct MonthlyClose<'a> {
    /// The month to bill.
    pub month: BillingMonth,
    /// The partner's plan.
    pub plan: &'a PricePlan,
    /// The partner's use in the month.
    pub usage: &'a [UsageEvent],
    /// Use of earlier months that became known after they were billed; it keeps its date.
    pub late: &'a [UsageEvent],
    /// Who supplies.
    pub supplier: &'a Party,
    /// Who pays.
    pub recipient: &'a Party,
}

/// Why a month cannot be closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseError {
    /// The plan is not valid during the whole month.
    #[error("the price plan is not valid in the whole month {0}")]
    PlanNotValid(BillingMonth),
    /// Something was used that has no price.
    #[error("the price plan has no price for {0:?}")]
    NoPrice(UsageUnit),
    /// An event of another partner.
    #[error("the usage event {0} is another partner's")]
    OtherPartner(UsageEventId),
    /// An event dated outside the month, or a late one that is not of an earlier month.
    #[error("the usage event {0} lies in another period")]
    OtherPeriod(UsageEventId),
    /// Two different events have the same id.
    #[error("the usage event {0} occurs with two contents")]
    Contradiction(UsageEventId),
    /// One subject was counted twice for the same unit.
    #[error("the usage event {0} counts something that is counted already")]
    CountedTwice(UsageEventId),
    /// Neither use nor fees.
    #[error("there is nothing to bill")]
    Nothing,
    /// An amount is too large.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl CloseError {
    /// The same events and plan will always fail.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

/// The draft's content for one partner and month.
///
/// # Errors
/// When plan and events do not fit each other or the month, or an amount overflows.
pub fn close(of: &MonthlyClose<'_>) -> Result<BillContent, CloseError> {
    if !of.plan.covers(of.month) {
        return Err(CloseError::PlanNotValid(of.month));
    }
    let counted = count(of)?;
    let mut lines = Vec::new();
    let mut usage = Vec::new();
    for (unit, by_month) in &counted {
        let item = of.plan.item(*unit).ok_or(CloseError::NoPrice(*unit))?;
        let total = total_of(*unit, by_month, of.month)?;
        lines.extend(charges(item, by_month, total.quantity, of.month)?);
        usage.push(total);
    }
    lines.extend(fees_and_shortfall(of.plan, Paise::sum(lines.iter().map(|line| line.amount))?)?);
    if lines.is_empty() {
        return Err(CloseError::Nothing);
    }
    let form = of.plan.form();
    let head = BillHead {
        document: DocumentKind::Invoice,
        partner: form.partner,
        plan: form.id.clone(),
        period: of.month,
        supplier: of.supplier.clone(),
        recipient: of.recipient.clone(),
    };
    Ok(BillContent::assemble(head, lines, usage)?)
}

type ByMonth = BTreeMap<BillingMonth, Quantity>;

/// Every event once, by unit and month of use.
fn count(of: &MonthlyClose<'_>) -> Result<BTreeMap<UsageUnit, ByMonth>, CloseError> {
    let on_time = of.usage.iter().map(|event| (event, of.month.contains(event.day)));
    let late = of.late.iter().map(|event| (event, event.day < of.month.first_day()));
    let mut seen: BTreeMap<UsageEventId, &UsageEvent> = BTreeMap::new();
    let mut subjects = BTreeSet::new();
    let mut counted: BTreeMap<UsageUnit, ByMonth> = BTreeMap::new();
    for (event, in_period) in on_time.chain(late) {
        if event.partner != of.plan.form().partner {
            return Err(CloseError::OtherPartner(event.id));
        }
        if !in_period {
            return Err(CloseError::OtherPeriod(event.id));
        }
        match seen.insert(event.id, event) {
            Some(before) if before == event => continue,
            Some(_) => return Err(CloseError::Contradiction(event.id)),
            None => {}
        }
        if !subjects.insert((event.unit, crate::Reference::of(event))) {
            return Err(CloseError::CountedTwice(event.id));
        }
        let months = counted.entry(event.unit).or_default();
        let quantity = months.entry(BillingMonth::of(event.day)).or_default();
        *quantity = quantity.plus(Quantity::new(1))?;
    }
    Ok(counted)
}

fn total_of(unit: UsageUnit, by_month: &ByMonth, month: BillingMonth) -> Result<UsageTotal, MoneyError> {
    let sum =
        |quantities: Vec<Quantity>| quantities.into_iter().try_fold(Quantity::default(), Quantity::plus);
    let quantity = sum(by_month.values().copied().collect())?;
    let late = by_month.iter().filter(|(of, _)| **of != month);
    let late = sum(late.map(|(_, quantity)| *quantity).collect())?;
    Ok(UsageTotal { unit, quantity, late })
}

/// One line for each month of use, then what the slabs change. The quantities of the usage lines are exactly what
/// was counted; graduated slabs stand below them as differences to the first price.
fn charges(
    item: &PriceItem,
    by_month: &ByMonth,
    total: Quantity,
    month: BillingMonth,
) -> Result<Vec<BillLine>, MoneyError> {
    let first = item.slabs.first().map_or(Paise::ZERO, |slab| slab.unit_price);
    let reached = item.slabs.iter().rfind(|slab| slab.above < total.get());
    let base = match item.mode {
        SlabMode::Graduated => first,
        SlabMode::Volume => reached.map_or(first, |slab| slab.unit_price),
    };
    let usage = by_month.iter().map(|(used, quantity)| {
        let mut description = item.description.clone();
        if *used != month {
            description.push_str(&format!(" (late, used {used})"));
        }
        line(item, LineKind::Usage { unit: item.unit, month: *used }, description, *quantity, base)
    });
    let mut lines = usage.collect::<Result<Vec<_>, _>>()?;
    if item.mode == SlabMode::Graduated {
        lines.extend(slab_differences(item, total, first)?);
    }
    Ok(lines)
}

fn slab_differences(item: &PriceItem, total: Quantity, first: Paise) -> Result<Vec<BillLine>, MoneyError> {
    let ends = item.slabs.iter().skip(1).map(|slab| slab.above).chain([u64::MAX]);
    let mut lines = Vec::new();
    for (slab, end) in item.slabs.iter().zip(ends) {
        let within = total.get().min(end).saturating_sub(slab.above);
        let difference = slab.unit_price.minus(first)?;
        if within == 0 || difference == Paise::ZERO {
            continue;
        }
        let what = if difference < Paise::ZERO { "Volume discount" } else { "Volume surcharge" };
        let text = format!("{what} {} above {}", item.description, Quantity::new(slab.above));
        let purpose = LineKind::SlabDifference { unit: item.unit };
        lines.push(line(item, purpose, text, Quantity::new(within), difference)?);
    }
    Ok(lines)
}

fn line(
    item: &PriceItem,
    purpose: LineKind,
    description: String,
    quantity: Quantity,
    unit_price: Paise,
) -> Result<BillLine, MoneyError> {
    let amount = unit_price.times(quantity)?;
    Ok(BillLine { purpose, sac: item.sac.clone(), description, quantity, unit_price, amount, tax: item.tax })
}

fn fees_and_shortfall(plan: &PricePlan, usage: Paise) -> Result<Vec<BillLine>, MoneyError> {
    let form = plan.form();
    let mut lines: Vec<BillLine> = form
        .fees
        .iter()
        .map(|fee| BillLine {
            purpose: LineKind::Fee,
            sac: fee.sac.clone(),
            description: fee.description.clone(),
            quantity: Quantity::new(1),
            unit_price: fee.amount,
            amount: fee.amount,
            tax: fee.tax,
        })
        .collect();
    if let Some(minimum) = &form.minimum {
        let counted = match minimum.counts {
            MinimumCounts::Usage => usage,
            MinimumCounts::UsageAndFees => usage.plus(Paise::sum(lines.iter().map(|line| line.amount))?)?,
        };
        let missing = minimum.amount.minus(counted)?;
        if missing > Paise::ZERO {
            lines.push(BillLine {
                purpose: LineKind::Shortfall,
                sac: minimum.sac.clone(),
                description: minimum.description.clone(),
                quantity: Quantity::new(1),
                unit_price: missing,
                amount: missing,
                tax: minimum.tax,
            });
        }
    }
    Ok(lines)
}

//! The price book: what one partner pays for what, while the plan is valid.

use std::fmt;

use jiff::civil::Date;
use mpp_core::{PartnerId, PricePlanId, UsageUnit};
use serde::{Deserialize, Serialize};

use crate::party::is_line;
use crate::{BasisPoints, BillingMonth, Paise};

/// A services accounting code: six digits beginning with 99, for example 998315.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Sac(String);

impl TryFrom<String> for Sac {
    type Error = PricePlanError;

    fn try_from(code: String) -> Result<Self, PricePlanError> {
        let form_holds =
            code.len() == 6 && code.starts_with("99") && code.bytes().all(|b| b.is_ascii_digit());
        form_holds.then_some(Self(code)).ok_or(PricePlanError::Sac)
    }
}

impl From<Sac> for String {
    fn from(sac: Sac) -> Self {
        sac.0
    }
}

impl fmt::Display for Sac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How slabs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SlabMode {
    /// Each unit costs what its own slab says.
    Graduated,
    /// Every unit costs what the slab reached by the whole quantity says.
    Volume,
}

/// A price from a quantity on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Slab {
    /// For the units above this many.
    pub above: u64,
    /// The price of one.
    pub unit_price: Paise,
}

/// The price of one kind of use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceItem {
    /// What is counted.
    pub unit: UsageUnit,
    /// What the bill calls it.
    pub description: String,
    /// The services accounting code.
    pub sac: Sac,
    /// The tax rate, both halves together.
    pub tax: BasisPoints,
    /// How the slabs are read.
    pub mode: SlabMode,
    /// The prices, the first above 0, rising.
    pub slabs: Vec<Slab>,
}

/// A fee of every month, whatever is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FixedFee {
    /// What the bill calls it.
    pub description: String,
    /// The services accounting code.
    pub sac: Sac,
    /// The tax rate, both halves together.
    pub tax: BasisPoints,
    /// How much.
    pub amount: Paise,
}

/// What counts towards the minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MinimumCounts {
    /// Charges for use alone.
    Usage,
    /// Charges for use and the fixed fees.
    UsageAndFees,
}

/// What a partner pays at least each month; what is missing is a line of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MonthlyMinimum {
    /// How much, before tax.
    pub amount: Paise,
    /// What counts towards it.
    pub counts: MinimumCounts,
    /// What the bill calls what is missing.
    pub description: String,
    /// The services accounting code.
    pub sac: Sac,
    /// The tax rate, both halves together.
    pub tax: BasisPoints,
}

/// A price plan as written, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PricePlanForm {
    /// The plan.
    pub id: PricePlanId,
    /// Whose plan it is.
    pub partner: PartnerId,
    /// The first day it is valid.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub valid_from: Date,
    /// The last day it is valid; open when absent.
    #[cfg_attr(feature = "schema", schemars(with = "Option<mpp_core::schema::Day>"))]
    pub valid_until: Option<Date>,
    /// The prices of use, one for each unit.
    pub items: Vec<PriceItem>,
    /// The fees of every month.
    pub fees: Vec<FixedFee>,
    /// The least of every month.
    pub minimum: Option<MonthlyMinimum>,
}

/// A checked price plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PricePlanForm", into = "PricePlanForm")]
pub struct PricePlan(PricePlanForm);

/// Why a price plan cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PricePlanError {
    /// Not six digits beginning with 99.
    #[error("a services accounting code has six digits and begins with 99")]
    Sac,
    /// It ends before it begins.
    #[error("the plan ends before it begins")]
    Validity,
    /// Nothing has a price.
    #[error("the plan has neither items nor fees nor a minimum")]
    Empty,
    /// Two items count the same.
    #[error("two items have the same unit")]
    UnitTwice(UsageUnit),
    /// A description is blank, too long or has control characters.
    #[error("a description has 1 to 200 characters and no control characters")]
    Description,
    /// The slabs do not begin above 0 or do not rise.
    #[error("slabs begin above 0 and rise")]
    Slabs(UsageUnit),
    /// A price, fee or minimum is negative.
    #[error("prices, fees and minimums are not negative")]
    Negative,
    /// A rate that cannot be divided between the Union and the State.
    #[error("a tax rate must divide into two equal halves")]
    OddRate,
}

impl PricePlanError {
    /// The same plan will always be refused.
    #[must_use]
    pub const fn persistence(&self) -> mpp_core::Persistence {
        mpp_core::Persistence::Permanent
    }
}

impl PricePlan {
    /// Its content.
    #[must_use]
    pub const fn form(&self) -> &PricePlanForm {
        &self.0
    }

    /// The price of a unit.
    #[must_use]
    pub fn item(&self, unit: UsageUnit) -> Option<&PriceItem> {
        self.0.items.iter().find(|item| item.unit == unit)
    }

    /// Whether the plan is valid on every day of the month.
    #[must_use]
    pub fn covers(&self, month: BillingMonth) -> bool {
        let open_at_end = self.0.valid_until.is_none_or(|until| until >= month.last_day());
        self.0.valid_from <= month.first_day() && open_at_end
    }
}

impl TryFrom<PricePlanForm> for PricePlan {
    type Error = PricePlanError;

    fn try_from(form: PricePlanForm) -> Result<Self, PricePlanError> {
        if form.valid_until.is_some_and(|until| until < form.valid_from) {
            return Err(PricePlanError::Validity);
        }
        if form.items.is_empty() && form.fees.is_empty() && form.minimum.is_none() {
            return Err(PricePlanError::Empty);
        }
        for (place, item) in form.items.iter().enumerate() {
            if form.items.iter().take(place).any(|earlier| earlier.unit == item.unit) {
                return Err(PricePlanError::UnitTwice(item.unit));
            }
            check_item(item)?;
        }
        for fee in &form.fees {
            check_terms(&fee.description, fee.amount, fee.tax)?;
        }
        if let Some(minimum) = &form.minimum {
            check_terms(&minimum.description, minimum.amount, minimum.tax)?;
        }
        Ok(Self(form))
    }
}

impl From<PricePlan> for PricePlanForm {
    fn from(plan: PricePlan) -> Self {
        plan.0
    }
}

fn check_item(item: &PriceItem) -> Result<(), PricePlanError> {
    let begins = item.slabs.first().is_some_and(|slab| slab.above == 0);
    if !begins || !item.slabs.is_sorted_by(|before, after| before.above < after.above) {
        return Err(PricePlanError::Slabs(item.unit));
    }
    item.slabs.iter().try_for_each(|slab| check_terms(&item.description, slab.unit_price, item.tax))
}

fn check_terms(description: &str, amount: Paise, tax: BasisPoints) -> Result<(), PricePlanError> {
    if !is_line(description) {
        return Err(PricePlanError::Description);
    }
    if amount < Paise::ZERO {
        return Err(PricePlanError::Negative);
    }
    tax.half().map(drop).ok_or(PricePlanError::OddRate)
}

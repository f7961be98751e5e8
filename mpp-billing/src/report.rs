//! The usage report: counts per partner, product, source, day and unit.

use std::collections::BTreeMap;

use jiff::civil::Date;
use mpp_core::{PartnerId, ProductId, Source, UsageEvent, UsageUnit};
use serde::{Deserialize, Serialize};

use crate::{MoneyError, Quantity};

/// One count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageRow {
    /// Whose use.
    pub partner: PartnerId,
    /// For which product.
    pub product: ProductId,
    /// From which source.
    pub source: Source,
    /// The billing day, in India.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub day: Date,
    /// What was counted.
    pub unit: UsageUnit,
    /// How many.
    pub quantity: Quantity,
}

/// One count of a partner's own log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnUseRow {
    /// The billing day, in India.
    #[cfg_attr(feature = "schema", schemars(with = "mpp_core::schema::Day"))]
    pub day: Date,
    /// For which product, where its server still knew the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductId>,
    /// From which source.
    pub source: Source,
    /// What was counted.
    pub unit: UsageUnit,
    /// How many.
    pub quantity: Quantity,
}

/// The report on events, in the order of its columns. An event that occurs twice is counted once.
///
/// # Errors
/// When a count overflows.
pub fn usage_report(events: &[UsageEvent]) -> Result<Vec<UsageRow>, MoneyError> {
    let once: BTreeMap<_, _> = events.iter().map(|event| (event.id, event)).collect();
    let mut counts: BTreeMap<_, Quantity> = BTreeMap::new();
    for event in once.values() {
        let key = (event.partner, event.product, &event.source, event.day, event.unit);
        let quantity = counts.entry(key).or_default();
        *quantity = quantity.plus(Quantity::new(1))?;
    }
    let row = |((partner, product, source, day, unit), quantity): ((_, _, &Source, _, _), _)| UsageRow {
        partner,
        product,
        source: source.clone(),
        day,
        unit,
        quantity,
    };
    Ok(counts.into_iter().map(row).collect())
}

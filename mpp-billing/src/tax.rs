//! Tax per rate on the summed taxable value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BasisPoints, Levy, MoneyError, Paise};

/// A kind of goods and services tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum TaxKind {
    /// Central tax.
    Cgst,
    /// State tax.
    Sgst,
    /// Union territory tax.
    Utgst,
    /// Integrated tax.
    Igst,
}

impl TaxKind {
    /// The name as it stands on a bill.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cgst => "CGST",
            Self::Sgst => "SGST",
            Self::Utgst => "UTGST",
            Self::Igst => "IGST",
        }
    }
}

/// One tax at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaxLine {
    /// Which tax.
    pub kind: TaxKind,
    /// At which rate.
    pub rate: BasisPoints,
    /// On what.
    pub taxable: Paise,
    /// How much.
    pub amount: Paise,
}

/// The taxes on taxable values by rate. Both halves within a State are the same amount, computed at half the rate.
///
/// # Errors
/// When an amount overflows, or a rate cannot be halved where it must be.
pub fn taxes(levy: Levy, by_rate: &BTreeMap<BasisPoints, Paise>) -> Result<Vec<TaxLine>, MoneyError> {
    let mut lines = Vec::new();
    for (rate, taxable) in by_rate {
        let kinds: &[TaxKind] = match levy {
            Levy::CentralAndState => &[TaxKind::Cgst, TaxKind::Sgst],
            Levy::CentralAndTerritory => &[TaxKind::Cgst, TaxKind::Utgst],
            Levy::Integrated | Levy::ZoneWithTax | Levy::ZoneUnderLut => &[TaxKind::Igst],
        };
        let rate = match levy {
            Levy::CentralAndState | Levy::CentralAndTerritory => rate.half().ok_or(MoneyError::Rate)?,
            Levy::Integrated | Levy::ZoneWithTax => *rate,
            Levy::ZoneUnderLut => BasisPoints::default(),
        };
        let amount = rate.of(*taxable)?;
        lines.extend(kinds.iter().map(|kind| TaxLine { kind: *kind, rate, taxable: *taxable, amount }));
    }
    Ok(lines)
}

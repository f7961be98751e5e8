//! A price plan as a form: one row for everything that is counted, a fee of every month, and a minimum.

use mpp_api::central::forms::{
    BasisPoints, FixedFee, MinimumCounts, MonthlyMinimum, Paise, PriceItem, PricePlanForm, Sac, Slab,
    SlabMode,
};
use mpp_core::UsageUnit;

use crate::signed::Signed;
use crate::templates::{PlanFields, PlanRow};

/// Everything that is counted, in the order of the form.
pub(super) const UNITS: [(&str, UsageUnit); 7] = [
    ("data_fetch", UsageUnit::DataFetch),
    ("bureau_report", UsageUnit::BureauReport),
    ("bureau_no_record", UsageUnit::BureauNoRecord),
    ("telecom_lookup", UsageUnit::TelecomLookup),
    ("telecom_no_record", UsageUnit::TelecomNoRecord),
    ("other_document", UsageUnit::OtherDocument),
    ("other_no_record", UsageUnit::OtherNoRecord),
];

/// What was written, field by field.
pub(super) struct Written(Vec<(String, String)>);

impl Written {
    pub(super) const fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str()).trim()
    }

    /// The form as it was written.
    pub(super) fn fields(&self, signed: &Signed) -> PlanFields {
        let text = |name: &str| self.get(name).to_owned();
        let row = |(name, _): (&str, UsageUnit)| PlanRow {
            name: name.to_owned(),
            label: signed.words.of("unit", &name.to_uppercase()),
            description: text(&format!("description_{name}")),
            price: text(&format!("price_{name}")),
            slabs: text(&format!("slabs_{name}")),
            volume: self.get(&format!("mode_{name}")) == "volume",
        };
        PlanFields {
            once: signed.portal.once(),
            plan: text("plan"),
            partner: text("partner"),
            valid_from: text("valid_from"),
            valid_until: text("valid_until"),
            sac: text("sac"),
            tax: text("tax"),
            rows: UNITS.into_iter().map(row).collect(),
            fee_name: text("fee_name"),
            fee: text("fee"),
            minimum: text("minimum"),
            minimum_with_fees: self.get("minimum_counts") == "usage_and_fees",
        }
    }

    /// The plan that was written, or the name of the field that is not right.
    pub(super) fn plan(&self) -> Result<PricePlanForm, &'static str> {
        let sac = Sac::try_from(self.get("sac").to_owned()).map_err(|_| "label.sac")?;
        let tax = percent(self.get("tax")).ok_or("label.tax")?;
        let mut items = Vec::new();
        for (name, unit) in UNITS {
            items.extend(self.item(name, unit, &sac, tax)?);
        }
        let until = self.get("valid_until");
        Ok(PricePlanForm {
            id: self.get("plan").parse().map_err(|_| "label.plan_name")?,
            partner: self.get("partner").parse().map_err(|_| "col.partner")?,
            valid_from: self.get("valid_from").parse().map_err(|_| "label.valid_from")?,
            valid_until: if until.is_empty() {
                None
            } else {
                Some(until.parse().map_err(|_| "label.valid_until")?)
            },
            items,
            fees: self.fee(&sac, tax)?.into_iter().collect(),
            minimum: self.minimum(&sac, tax)?,
        })
    }

    fn item(
        &self,
        name: &str,
        unit: UsageUnit,
        sac: &Sac,
        tax: BasisPoints,
    ) -> Result<Option<PriceItem>, &'static str> {
        let price = self.get(&format!("price_{name}"));
        if price.is_empty() {
            return Ok(None);
        }
        let unit_price = rupees(price).ok_or("label.unit_price")?;
        let mut slabs = vec![Slab { above: 0, unit_price }];
        slabs.extend(further_slabs(self.get(&format!("slabs_{name}"))).ok_or("label.slabs")?);
        let volume = self.get(&format!("mode_{name}")) == "volume";
        Ok(Some(PriceItem {
            unit,
            description: self.get(&format!("description_{name}")).to_owned(),
            sac: sac.clone(),
            tax,
            mode: if volume { SlabMode::Volume } else { SlabMode::Graduated },
            slabs,
        }))
    }

    fn fee(&self, sac: &Sac, tax: BasisPoints) -> Result<Option<FixedFee>, &'static str> {
        let fee = self.get("fee");
        if fee.is_empty() {
            return Ok(None);
        }
        let amount = rupees(fee).ok_or("label.fee")?;
        Ok(Some(FixedFee { description: self.get("fee_name").to_owned(), sac: sac.clone(), tax, amount }))
    }

    fn minimum(&self, sac: &Sac, tax: BasisPoints) -> Result<Option<MonthlyMinimum>, &'static str> {
        let minimum = self.get("minimum");
        if minimum.is_empty() {
            return Ok(None);
        }
        let with_fees = self.get("minimum_counts") == "usage_and_fees";
        Ok(Some(MonthlyMinimum {
            amount: rupees(minimum).ok_or("label.minimum")?,
            counts: if with_fees { MinimumCounts::UsageAndFees } else { MinimumCounts::Usage },
            // stands on the invoice, which is in English
            description: "Minimum monthly charge, shortfall".to_owned(),
            sac: sac.clone(),
            tax,
        }))
    }
}

/// An amount, with grouping or without.
fn rupees(text: &str) -> Option<Paise> {
    Paise::from_rupees(text.trim_start_matches('₹').trim()).ok()
}

/// A rate in per cent with at most two decimals, as hundredths.
fn percent(text: &str) -> Option<BasisPoints> {
    let points = Paise::from_rupees(text.trim_end_matches('%').trim()).ok()?.get();
    BasisPoints::new(u32::try_from(points).ok()?).ok()
}

/// `10000: 18.00, 50000: 15.50`: from how many on, which price.
fn further_slabs(text: &str) -> Option<Vec<Slab>> {
    let parts = text.split([';', '\n']).flat_map(|part| part.split(", ")).map(str::trim);
    let slab = |part: &str| {
        let (above, price) = part.split_once(':')?;
        let above = above.trim().replace(',', "").parse().ok()?;
        Some(Slab { above, unit_price: rupees(price.trim())? })
    };
    parts.filter(|part| !part.is_empty()).map(slab).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(changes: &[(&str, &str)]) -> Written {
        let partner = mpp_core::PartnerId::from_random([7; 16]).to_string();
        let mut pairs: Vec<(String, String)> = [
            ("plan", "standard-2026"),
            ("partner", partner.as_str()),
            ("valid_from", "2026-04-01"),
            ("valid_until", ""),
            ("sac", "998315"),
            ("tax", "18"),
            ("price_bureau_report", "18.00"),
            ("description_bureau_report", "Credit reports"),
            ("slabs_bureau_report", "1,000: 16.00, 10000: 14.50"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        for (name, value) in changes {
            pairs.retain(|(found, _)| found != name);
            pairs.push(((*name).to_owned(), (*value).to_owned()));
        }
        Written::new(pairs)
    }

    #[test]
    fn a_form_becomes_a_plan() {
        let plan =
            written(&[("fee", "25,000"), ("fee_name", "Platform"), ("minimum", "1,00,000")]).plan().unwrap();
        let item = plan.items.first().unwrap();
        assert_eq!(item.unit, UsageUnit::BureauReport);
        let slabs: Vec<_> = item.slabs.iter().map(|slab| (slab.above, slab.unit_price.get())).collect();
        assert_eq!(slabs, [(0, 1800), (1000, 1600), (10_000, 1450)]);
        assert_eq!((item.tax.get(), plan.fees[0].amount.get()), (1800, 2_500_000));
        assert_eq!(plan.minimum.unwrap().amount.get(), 10_000_000);
    }

    #[test]
    fn the_field_that_is_not_right_is_named() {
        for (name, value, field) in [
            ("plan", "", "label.plan_name"),
            ("partner", "Kaveri", "col.partner"),
            ("valid_from", "soon", "label.valid_from"),
            ("valid_until", "later", "label.valid_until"),
            ("sac", "1234", "label.sac"),
            ("tax", "eighteen", "label.tax"),
            ("price_bureau_report", "18.001", "label.unit_price"),
            ("slabs_bureau_report", "many: 3", "label.slabs"),
            ("fee", "free", "label.fee"),
            ("minimum", "-", "label.minimum"),
        ] {
            assert_eq!(written(&[(name, value)]).plan().unwrap_err(), field, "{name}");
        }
    }
}

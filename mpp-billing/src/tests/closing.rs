//! The monthly close.

use jiff::civil::date;
use mpp_core::{PartnerId, UsageEvent, UsageUnit};
use proptest::prelude::*;

use super::samples::*;
use crate::*;

fn close_with(
    plan: &PricePlan,
    usage: &[UsageEvent],
    late: &[UsageEvent],
) -> Result<BillContent, CloseError> {
    let (supplier, recipient) = (supplier(), recipient());
    close(&MonthlyClose { month: january(), plan, usage, late, supplier: &supplier, recipient: &recipient })
}

fn events(count: u32) -> Vec<UsageEvent> {
    (0..count).map(|number| event(number, UsageUnit::DataFetch, date(2026, 1, 9))).collect()
}

#[test]
fn late_use_stands_with_its_month_and_shares_the_slabs() {
    let late: Vec<_> = (20_000..20_005).map(|n| event(n, UsageUnit::DataFetch, date(2025, 12, 30))).collect();
    let content = close_with(&plan(), &events(10_000), &late).unwrap();
    let texts: Vec<_> = content.lines.iter().map(|line| line.description.as_str()).collect();
    assert_eq!(texts[0], "AA data fetch delivered (late, used 2025-12)");
    assert_eq!(content.lines[0].quantity, Quantity::new(5));
    assert_eq!(content.lines[1].quantity, Quantity::new(10_000));
    assert_eq!(content.lines[2].amount, Paise::new(-250), "five fetches are above ten thousand");
    let expected =
        UsageTotal { unit: UsageUnit::DataFetch, quantity: Quantity::new(10_005), late: Quantity::new(5) };
    assert_eq!(content.usage, [expected]);
}

#[test]
fn volume_slabs_price_everything_by_the_slab_reached() {
    let mut form = plan_form();
    form.items =
        vec![item(UsageUnit::DataFetch, "Fetch", SlabMode::Volume, &[(0, 500), (10, 400), (20, 300)])];
    form.fees.clear();
    let plan = form.try_into().unwrap();
    for (count, paise) in [(1, 500), (10, 5000), (11, 4400), (20, 8000), (21, 6300)] {
        let content = close_with(&plan, &events(count), &[]).unwrap();
        assert_eq!(content.totals.taxable, Paise::new(paise), "{count}");
        assert_eq!(content.lines.len(), 1);
    }
}

#[test]
fn what_is_missing_of_the_minimum_is_a_line() {
    let mut form = plan_form();
    let (sac, tax, description) = (sac(), BasisPoints::new(1800).unwrap(), "Shortfall".to_owned());
    let minimum =
        MonthlyMinimum { amount: Paise::new(3_000_000), counts: MinimumCounts::Usage, description, sac, tax };
    form.minimum = Some(minimum.clone());
    let content = close_with(&form.clone().try_into().unwrap(), &events(10), &[]).unwrap();
    let last = content.lines.last().unwrap();
    assert_eq!((last.purpose, last.amount), (LineKind::Shortfall, Paise::new(3_000_000 - 4500)));
    form.minimum = Some(MonthlyMinimum { counts: MinimumCounts::UsageAndFees, ..minimum.clone() });
    let content = close_with(&form.clone().try_into().unwrap(), &events(10), &[]).unwrap();
    assert_eq!(content.totals.taxable, Paise::new(3_000_000));
    form.minimum = Some(MonthlyMinimum { amount: Paise::new(4500), ..minimum });
    let content = close_with(&form.try_into().unwrap(), &events(10), &[]).unwrap();
    assert!(content.lines.iter().all(|line| line.purpose != LineKind::Shortfall));
}

#[test]
fn events_that_do_not_belong_here_are_refused() {
    let plan = plan();
    let one = |day| event(1, UsageUnit::DataFetch, day);
    let id = one(date(2026, 1, 1)).id;
    let other_period = Err(CloseError::OtherPeriod(id));
    assert_eq!(close_with(&plan, &[one(date(2026, 2, 1))], &[]), other_period);
    assert_eq!(close_with(&plan, &[], &[one(date(2026, 1, 1))]), other_period);
    assert_eq!(close_with(&plan, &[], &[one(date(2026, 2, 1))]), other_period);
    let mut foreign = one(date(2026, 1, 1));
    foreign.partner = PartnerId::from_random([8; 16]);
    assert_eq!(close_with(&plan, &[foreign], &[]), Err(CloseError::OtherPartner(id)));
    let contradiction = [one(date(2026, 1, 1)), one(date(2026, 1, 2))];
    assert_eq!(close_with(&plan, &contradiction, &[]), Err(CloseError::Contradiction(id)));
    let mut again = event(2, UsageUnit::DataFetch, date(2026, 1, 1));
    again.subject = contradiction[0].subject;
    let twice = [contradiction[0].clone(), again.clone()];
    assert_eq!(close_with(&plan, &twice, &[]), Err(CloseError::CountedTwice(again.id)));
    let unpriced = event(3, UsageUnit::OtherDocument, date(2026, 1, 1));
    assert_eq!(close_with(&plan, &[unpriced], &[]), Err(CloseError::NoPrice(UsageUnit::OtherDocument)));
}

#[test]
fn a_plan_must_be_valid_all_month_and_have_something_to_bill() {
    let mut form = plan_form();
    form.valid_until = Some(date(2026, 1, 30));
    let short = form.clone().try_into().unwrap();
    assert_eq!(close_with(&short, &[], &[]), Err(CloseError::PlanNotValid(january())));
    form.valid_until = Some(date(2026, 1, 31));
    form.fees.clear();
    assert_eq!(close_with(&form.try_into().unwrap(), &[], &[]), Err(CloseError::Nothing));
}

#[test]
fn plans_that_cannot_be_are_refused() {
    let refused = |change: fn(&mut PricePlanForm)| {
        let mut form = plan_form();
        change(&mut form);
        PricePlan::try_from(form).unwrap_err()
    };
    let fetch = UsageUnit::DataFetch;
    assert_eq!(refused(|form| form.valid_until = Some(date(2025, 3, 31))), PricePlanError::Validity);
    assert_eq!(refused(|form| form.items.push(form.items[0].clone())), PricePlanError::UnitTwice(fetch));
    assert_eq!(refused(|form| form.items[0].slabs.clear()), PricePlanError::Slabs(fetch));
    assert_eq!(refused(|form| form.items[0].slabs[0].above = 1), PricePlanError::Slabs(fetch));
    assert_eq!(refused(|form| form.items[0].slabs[1].above = 0), PricePlanError::Slabs(fetch));
    assert_eq!(refused(|form| form.fees[0].amount = Paise::new(-1)), PricePlanError::Negative);
    assert_eq!(refused(|form| form.fees[0].description = "a\nb".into()), PricePlanError::Description);
    assert_eq!(refused(|form| form.fees[0].tax = BasisPoints::new(25).unwrap()), PricePlanError::OddRate);
    assert_eq!(
        refused(|form| {
            form.items.clear();
            form.fees.clear();
        }),
        PricePlanError::Empty
    );
    for bad in ["", "99831", "9983155", "898315", "99831x"] {
        assert_eq!(Sac::try_from(bad.to_owned()), Err(PricePlanError::Sac), "{bad}");
    }
    let stored = serde_json::to_value(plan()).unwrap();
    assert_eq!(serde_json::from_value::<PricePlan>(stored).unwrap(), plan());
}

#[test]
fn parties_must_have_name_and_address() {
    let form = |name: &str, address: &[&str]| {
        let address = address.iter().map(|line| (*line).to_owned()).collect();
        let gstin = "29AAACK9876L1ZN".parse().unwrap();
        Party::try_from(PartyForm { name: name.into(), address, gstin, standing: PartyStanding::Regular })
    };
    assert_eq!(form(" ", &["x"]), Err(InvalidParty::Name));
    assert_eq!(form("a\u{7}b", &["x"]), Err(InvalidParty::Name));
    assert_eq!(form("A", &[]), Err(InvalidParty::Address));
    assert_eq!(form("A", &["x"; 7]), Err(InvalidParty::Address));
    assert!(form("कावेरी", &["x"]).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_rerun_is_identical_and_its_quantities_are_what_was_counted(
        drawn in prop::collection::vec((0_u32..300, 0_usize..3, 1_i8..=31, any::<bool>()), 0..200),
        seed in any::<u64>(),
    ) {
        let units = [UsageUnit::DataFetch, UsageUnit::BureauReport, UsageUnit::TelecomLookup];
        let mut usage = std::collections::BTreeMap::new();
        for (number, unit, day, late) in drawn {
            let day = if late { date(2025, 12, day) } else { date(2026, 1, day) };
            usage.insert(number, event(number, units[unit], day));
        }
        let (late, on_time): (Vec<_>, Vec<_>) =
            usage.into_values().partition(|event| event.day < date(2026, 1, 1));
        let first = close_with(&plan(), &on_time, &late).unwrap();
        let mut shuffled = on_time.clone();
        shuffled.sort_by_key(|event| seed.wrapping_mul(u64::from(event.id.as_bytes()[3]) + 1) % 97);
        shuffled.extend(on_time.iter().take(5).cloned());
        prop_assert_eq!(&close_with(&plan(), &shuffled, &late).unwrap(), &first);

        let all: Vec<_> = on_time.iter().chain(&late).cloned().collect();
        let report = usage_report(&all).unwrap();
        let counted: u64 = report.iter().map(|row| row.quantity.get()).sum();
        let billed: u64 = first.lines.iter()
            .filter(|line| matches!(line.purpose, LineKind::Usage { .. }))
            .map(|line| line.quantity.get())
            .sum();
        let totals: u64 = first.usage.iter().map(|total| total.quantity.get()).sum();
        prop_assert_eq!((billed, totals, u64::try_from(all.len()).unwrap()), (counted, counted, counted));
        prop_assert!(first.adds_up());
    }

    #[test]
    fn graduated_slabs_cost_what_each_unit_costs_in_its_slab(
        count in 0_u32..60, second in 1_u64..20, third in 21_u64..40, prices in prop::array::uniform3(0_i64..1000),
    ) {
        let mut form = plan_form();
        form.items = vec![item(UsageUnit::DataFetch, "Fetch", SlabMode::Graduated,
            &[(0, prices[0]), (second, prices[1]), (third, prices[2])])];
        let content = close_with(&form.try_into().unwrap(), &events(count), &[]).unwrap();
        let price = |unit: u64| if unit > third { prices[2] } else if unit > second { prices[1] } else { prices[0] };
        let expected: i64 = (1..=u64::from(count)).map(price).sum();
        prop_assert_eq!(content.totals.taxable, Paise::new(expected + 2_500_000));
    }
}

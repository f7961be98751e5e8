//! The parties, plan and use of the worked examples (obligations.md §5).

use jiff::civil::{Date, date};
use mpp_core::{
    ConsentId, FetchId, PartnerId, ProductId, StaffId, Timestamp, Usage, UsageEvent, UsageEventId,
    UsageSubject, UsageUnit,
};

use crate::*;

pub(super) fn now() -> Timestamp {
    "2026-02-02T05:00:00Z".parse().unwrap()
}

pub(super) fn january() -> BillingMonth {
    "2026-01".parse().unwrap()
}

pub(super) fn partner() -> PartnerId {
    PartnerId::from_random([7; 16])
}

pub(super) fn staff(name: &str) -> StaffId {
    name.parse().unwrap()
}

pub(super) fn party(name: &str, gstin: &str, standing: PartyStanding) -> Party {
    let address = vec!["1 Fort Road".to_owned(), "400001".to_owned()];
    PartyForm { name: name.to_owned(), address, gstin: gstin.parse().unwrap(), standing }.try_into().unwrap()
}

pub(super) fn supplier() -> Party {
    party("Moneyone Private Limited", "27AABCF4321K1ZR", PartyStanding::Regular)
}

pub(super) fn recipient() -> Party {
    party("Kaveri Lending Limited", "29AAACK9876L1ZN", PartyStanding::Regular)
}

pub(super) fn sac() -> Sac {
    "998315".to_owned().try_into().unwrap()
}

pub(super) fn item(unit: UsageUnit, description: &str, mode: SlabMode, slabs: &[(u64, i64)]) -> PriceItem {
    let slab = |(above, paise): &(u64, i64)| Slab { above: *above, unit_price: Paise::new(*paise) };
    let tax = BasisPoints::new(1800).unwrap();
    let slabs = slabs.iter().map(slab).collect();
    PriceItem { unit, description: description.to_owned(), sac: sac(), tax, mode, slabs }
}

pub(super) fn plan_form() -> PricePlanForm {
    PricePlanForm {
        id: "standard-2026".parse().unwrap(),
        partner: partner(),
        valid_from: date(2025, 4, 1),
        valid_until: None,
        items: vec![
            item(
                UsageUnit::DataFetch,
                "AA data fetch delivered",
                SlabMode::Graduated,
                &[(0, 450), (10_000, 400)],
            ),
            item(UsageUnit::BureauReport, "Bureau report (hit)", SlabMode::Graduated, &[(0, 3200)]),
            item(UsageUnit::TelecomLookup, "Telecom profile", SlabMode::Graduated, &[(0, 240)]),
        ],
        fees: vec![FixedFee {
            description: "Platform fee (monthly minimum)".to_owned(),
            sac: sac(),
            tax: BasisPoints::new(1800).unwrap(),
            amount: Paise::new(2_500_000),
        }],
        minimum: None,
    }
}

pub(super) fn plan() -> PricePlan {
    plan_form().try_into().unwrap()
}

/// Event number `number`; every number is another event on another subject.
pub(super) fn event(number: u32, unit: UsageUnit, day: Date) -> UsageEvent {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    let usage = Usage {
        partner: partner(),
        product: ProductId::from_random([u8::try_from(number % 3).unwrap(); 16]),
        source: "account-aggregator".parse().unwrap(),
        consent: ConsentId::from_random([5; 16]),
        subject: UsageSubject::Fetch(FetchId::from_random(bytes)),
        unit,
    };
    UsageEvent::new(UsageEventId::from_random(bytes), usage, format!("{day}T06:30:00Z").parse().unwrap())
}

/// The use of worked example 1.
pub(super) fn january_usage() -> Vec<UsageEvent> {
    let counts =
        [(UsageUnit::DataFetch, 12_480), (UsageUnit::BureauReport, 310), (UsageUnit::TelecomLookup, 275_u32)];
    let units = counts.iter().flat_map(|(unit, count)| (0..*count).map(|_| *unit));
    (0..).zip(units).map(|(number, unit)| event(number, unit, day_of(number))).collect()
}

fn day_of(number: u32) -> Date {
    date(2026, 1, i8::try_from(1 + number % 31).unwrap())
}

/// Worked example 1. Thirteen thousand events take a while: counted once.
pub(super) fn january_content() -> BillContent {
    static CONTENT: std::sync::OnceLock<BillContent> = std::sync::OnceLock::new();
    CONTENT.get_or_init(|| closed(&recipient())).clone()
}

pub(super) fn closed(recipient: &Party) -> BillContent {
    let (plan, usage, supplier) = (plan(), january_usage(), supplier());
    let of = MonthlyClose {
        month: january(),
        plan: &plan,
        usage: &usage,
        late: &[],
        supplier: &supplier,
        recipient,
    };
    close(&of).unwrap()
}

pub(super) fn series(prefix: &str) -> NumberSeries {
    NumberSeries::begin(prefix, FinancialYear::of(date(2026, 1, 31))).unwrap()
}

pub(super) fn approved(content: BillContent) -> Bill {
    Bill::draft(content, staff("asha"), now()).approve(staff("vikram"), now()).unwrap()
}

pub(super) fn final_invoice() -> Bill {
    let bill = approved(january_content());
    bill.finalise(series("MPP"), date(2026, 1, 31), EInvoice::NotRequired, now()).unwrap().0
}

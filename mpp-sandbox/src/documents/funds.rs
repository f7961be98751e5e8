//! MUTUAL_FUNDS documents, version 1.0.0 (fi-schemas.md §6).

use jiff::ToSpan;
use jiff::civil::Date;
use mpp_core::ConsentType;

use super::compose::{Order, holders, root};
use super::dice::Dice;
use super::movement::{Direction, Movement, instant};
use super::paise::Paise;
use super::xml::Xml;

const MONTHS_HELD: i64 = 30;

#[derive(Clone, Copy)]
struct Scheme {
    code: &'static str,
    isin: &'static str,
    name: &'static str,
    amfi: &'static str,
    fund_type: &'static str,
    scheme_type: &'static str,
    category: &'static str,
    /// Net asset value at the start, in ten-thousandths of a rupee.
    start_nav: i64,
    monthly_rupees: i64,
}

const SCHEMES: [Scheme; 2] = [
    Scheme {
        code: "DLC-G",
        isin: "INF000D01011",
        name: "Deccan Large Cap Direct Growth",
        amfi: "999001",
        fund_type: "EQUITY",
        scheme_type: "EQUITY_SCHEMES",
        category: "LARGE_CAP_FUND",
        start_nav: 480_000,
        monthly_rupees: 5000,
    },
    Scheme {
        code: "DLQ-G",
        isin: "INF000D01029",
        name: "Deccan Liquid Direct Growth",
        amfi: "999002",
        fund_type: "DEBT",
        scheme_type: "DEBT_SCHEMES",
        category: "LIQUID_FUND",
        start_nav: 2_100_000,
        monthly_rupees: 2000,
    },
];

struct Purchase {
    movement: Movement,
    scheme: Scheme,
    /// Units in thousandths held after the purchase.
    units_after: i64,
    nav: i64,
}

struct Holding {
    scheme: Scheme,
    units: i64,
    cost: Paise,
    nav: i64,
}

/// Writes the document of a folio.
pub(crate) fn write(xml: &mut Xml, order: &Order<'_>) {
    let mut purchases = Vec::new();
    let mut holdings = Vec::new();
    for scheme in SCHEMES {
        holdings.push(invest(order, scheme, &mut purchases));
    }
    purchases.sort_by_key(|purchase| purchase.movement.at);
    root(xml, order, "mutualfunds", "1.0.0", |xml| {
        if order.selection.has(ConsentType::Profile) {
            holders(xml, order);
        }
        if order.selection.has(ConsentType::Summary) {
            summary(xml, order, &holdings);
        }
        if order.selection.has(ConsentType::Transactions) {
            let (first, last) = order.selection.days(order.now);
            let (first, last) = (first.to_string(), last.to_string());
            xml.element("Transactions", &[("startDate", &first), ("endDate", &last)], |xml| {
                for purchase in purchases.iter().filter(|entry| order.selection.keeps(&entry.movement)) {
                    transaction(xml, purchase);
                }
            });
        }
    });
}

fn invest(order: &Order<'_>, scheme: Scheme, purchases: &mut Vec<Purchase>) -> Holding {
    let today = order.now.day_in_india();
    let start = today.first_of_month().saturating_sub(MONTHS_HELD.months());
    let amount = Paise::rupees(scheme.monthly_rupees);
    let mut holding = Holding { scheme, units: 0, cost: Paise::default(), nav: nav(scheme, start, today) };
    for month in 0..=MONTHS_HELD {
        let on = start.saturating_add(month.months()).saturating_add(9.days());
        let at = on.at(9, 15, 0, 0);
        if instant(at).is_none_or(|at| at > order.now) {
            continue;
        }
        let nav = nav(scheme, start, on);
        holding.units = holding.units.saturating_add(amount.count().saturating_mul(100_000) / nav.max(1));
        holding.cost = holding.cost + amount;
        purchases.push(Purchase {
            movement: Movement {
                at,
                direction: Direction::Credit,
                kind: "BUY",
                mode: "PHYSICAL",
                amount,
                balance: Paise::default(),
                id: format!("MF-{}-{month}", scheme.code),
                narration: format!("SIP/{}", order.person.canary),
                reference: String::new(),
            },
            scheme,
            units_after: holding.units,
            nav,
        });
    }
    holding
}

/// Growth of 11 % a year with a repeatable daily waver of 2 %.
fn nav(scheme: Scheme, start: Date, on: Date) -> i64 {
    let days = on.duration_since(start).as_hours() / 24;
    let grown =
        scheme.start_nav.saturating_add(scheme.start_nav.saturating_mul(days).saturating_mul(11) / 36_500);
    let waver = Dice::seeded(&[scheme.code, &on.to_string()]).between(-20, 20);
    grown.saturating_add(grown.saturating_mul(waver) / 1000)
}

fn fixed_point(value: i64, decimals: u32) -> String {
    let unit = 10_i64.saturating_pow(decimals);
    let width = usize::try_from(decimals).unwrap_or(4);
    format!("{}.{:0width$}", value / unit, value % unit)
}

fn summary(xml: &mut Xml, order: &Order<'_>, holdings: &[Holding]) {
    let cost = holdings.iter().fold(Paise::default(), |sum, holding| sum + holding.cost);
    let value = holdings.iter().fold(Paise::default(), |sum, holding| {
        sum + Paise::new(holding.units.saturating_mul(holding.nav) / 100_000)
    });
    let (cost, value) = (cost.to_string(), value.to_string());
    xml.element("Summary", &[("costValue", &cost), ("currentValue", &value)], |xml| {
        xml.element("Investment", &[], |xml| {
            xml.element("Holdings", &[], |xml| {
                for holding in holdings {
                    write_holding(xml, order, holding);
                }
            });
        });
    });
}

fn write_holding(xml: &mut Xml, order: &Order<'_>, holding: &Holding) {
    let scheme = holding.scheme;
    let units = fixed_point(holding.units, 3);
    let nav = fixed_point(holding.nav, 4);
    let nav_date = order.now.day_in_india().to_string();
    let folio = format!("91827{}", order.account.tail);
    xml.leaf(
        "Holding",
        &[
            ("amc", "Deccan Mutual Fund"),
            ("registrar", "CAMS"),
            ("schemeCode", scheme.code),
            ("schemeOption", "GROWTH_TYPE"),
            ("schemeTypes", scheme.scheme_type),
            ("schemeCategory", scheme.category),
            ("isin", scheme.isin),
            ("isinDescription", scheme.name),
            ("ucc", &order.person.canary),
            ("amfiCode", scheme.amfi),
            ("folioNo", &folio),
            ("FatcaStatus", "Y"),
            ("closingUnits", &units),
            ("lienUnits", "0"),
            ("lockinUnits", "0"),
            ("nav", &nav),
            ("navDate", &nav_date),
        ],
    );
}

fn transaction(xml: &mut Xml, purchase: &Purchase) {
    let scheme = purchase.scheme;
    let movement = &purchase.movement;
    let (units, nav) = (fixed_point(purchase.units_after, 3), fixed_point(purchase.nav, 4));
    let (amount, ordered) = (movement.amount.to_string(), movement.at.date().to_string());
    xml.leaf(
        "Transaction",
        &[
            ("txnId", &movement.id),
            ("amc", "Deccan Mutual Fund"),
            ("registrar", "CAMS"),
            ("schemeCode", scheme.code),
            ("schemePlan", "DIRECT"),
            ("isin", scheme.isin),
            ("amfiCode", scheme.amfi),
            ("fundType", scheme.fund_type),
            ("schemeOption", "GROWTH_TYPE"),
            ("schemeTypes", scheme.scheme_type),
            ("schemeCategory", scheme.category),
            ("ucc", ""),
            ("amount", &amount),
            ("closingUnits", &units),
            ("lienUnits", "0"),
            ("nav", &nav),
            ("navDate", &ordered),
            ("type", movement.kind),
            ("orderDate", &ordered),
            ("executionDate", &ordered),
            ("lock-inFlag", "N"),
            ("lock-inDays", "0"),
            ("mode", movement.mode),
            ("narration", &movement.narration),
        ],
    );
}

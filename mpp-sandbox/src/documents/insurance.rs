//! INSURANCE_POLICIES (old schema) and LIFE_INSURANCE 1.0.0 documents (fi-schemas.md §8).

use jiff::civil::Date;
use mpp_core::ConsentType;

use super::compose::{Order, holders, root};
use super::movement::{Direction, Movement, instant};
use super::paise::Paise;
use super::xml::Xml;

const FIRST_YEAR: i16 = 2020;
const TERM_YEARS: i16 = 20;

/// Writes the document of a term policy in the old `insurance` schema.
pub(crate) fn write_policy(xml: &mut Xml, order: &Order<'_>) {
    let premium = premium(order);
    root(xml, order, "insurance", "1.0", |xml| {
        if order.selection.has(ConsentType::Profile) {
            holders(xml, order);
        }
        if order.selection.has(ConsentType::Summary) {
            policy_summary(xml, order, premium);
        }
        transactions(xml, order, premium);
    });
}

/// Writes the document of an endowment policy in the `life_insurance` schema.
pub(crate) fn write_life(xml: &mut Xml, order: &Order<'_>) {
    let premium = premium(order);
    root(xml, order, "life_insurance", "1.0.0", |xml| {
        if order.selection.has(ConsentType::Profile) {
            holders(xml, order);
        }
        if order.selection.has(ConsentType::Summary) {
            let (amount, value) = (premium.to_string(), premium.part(5, 1).to_string());
            let attributes = [
                ("policyType", "ENDOWMENT"),
                ("policyStatus", "ACTIVE"),
                ("sumAssured", "1000000"),
                ("tenureYears", "20"),
                ("premiumPaymentYears", "20"),
                ("premiumAmount", amount.as_str()),
                ("premiumFrequency", "YEARLY"),
                ("policyLoanStatus", "NO"),
                ("currentValue", &value),
                ("assignment", "NO"),
                ("surrenderValue", &value),
                ("exclusions", order.person.canary.as_str()),
            ];
            xml.leaf("Summary", &attributes);
        }
        transactions(xml, order, premium);
    });
}

fn premium(order: &Order<'_>) -> Paise {
    Paise::rupees(order.person.dice(&order.account.reference).between(80, 300).saturating_mul(100))
}

fn anniversary(year: i16) -> Date {
    Date::new(year, 3, 12).unwrap_or(Date::MIN)
}

fn policy_summary(xml: &mut Xml, order: &Order<'_>, premium: Paise) {
    let today = order.now.day_in_india();
    let next = (today.year()..=today.year().saturating_add(1)).map(anniversary).find(|due| *due > today);
    let expiry = anniversary(FIRST_YEAR.saturating_add(TERM_YEARS)).yesterday().unwrap_or(Date::MIN);
    let number = format!("ST{}", order.account.tail);
    let (starts, ends) = (anniversary(FIRST_YEAR).to_string(), expiry.to_string());
    let (amount, due) = (premium.to_string(), next.unwrap_or(expiry).to_string());
    let attributes = [
        ("policyName", "Suraksha Term"),
        ("policyNumber", number.as_str()),
        ("eiaNumber", "1000000000017"),
        ("policyDescription", &order.person.canary),
        ("sumAssured", "5000000"),
        ("coverAmount", "5000000"),
        ("tenureMonths", "240"),
        ("tenureYears", "20"),
        ("premiumAmount", &amount),
        ("policyStartDate", &starts),
        ("policyExpiryDate", &ends),
        ("policyType", "TERM"),
        ("coverType", "SELF"),
        ("premiumFrequency", "YEARLY"),
        ("premiumPaymentYears", "20"),
        ("premiumPaymentMonths", "240"),
        ("nextPremiumDueDate", &due),
        ("maturityDate", &ends),
        ("maturityBenefit", "0"),
    ];
    xml.element("Summary", &attributes, |xml| {
        xml.element("MoneyBacks", &[], |xml| {
            xml.leaf("MoneyBack", &[("date", &ends), ("amount", "0"), ("description", "")]);
        });
        xml.element("ContractClauses", &[], |xml| {
            let clause = [
                ("title", "Standard"),
                ("subLimit", ""),
                ("conditions", ""),
                ("exlcusions", ""),
                ("amount", "0"),
            ];
            xml.leaf("ContractClause", &[clause.as_slice(), &[("description", "")]].concat());
        });
        xml.element("Covers", &[], |xml| {
            xml.leaf("Cover", &[("amount", "5000000"), ("description", "Life")])
        });
    });
}

fn transactions(xml: &mut Xml, order: &Order<'_>, premium: Paise) {
    if !order.selection.has(ConsentType::Transactions) {
        return;
    }
    let (first, last) = order.selection.days(order.now);
    let (start, end) = (first.to_string(), last.to_string());
    let amount = premium.to_string();
    xml.element("Transactions", &[("startDate", &start), ("endDate", &end)], |xml| {
        for year in FIRST_YEAR..=last.year() {
            let movement = payment(order, year, premium);
            let past = instant(movement.at).is_some_and(|at| at <= order.now);
            if past && order.selection.keeps(&movement) {
                let on = movement.at.date().to_string();
                let attributes = [
                    ("txnId", movement.id.as_str()),
                    ("txnDate", &on),
                    ("narration", &movement.narration),
                    ("type", movement.kind),
                    ("amount", &amount),
                ];
                xml.leaf("Transaction", &attributes);
            }
        }
    });
}

fn payment(order: &Order<'_>, year: i16, premium: Paise) -> Movement {
    Movement {
        at: anniversary(year).at(11, 0, 0, 0),
        direction: Direction::Debit,
        kind: "PREMIUM_PAYMENT",
        mode: "OTHERS",
        amount: premium,
        balance: Paise::default(),
        id: format!("IN-{}-{year}", order.account.tail),
        narration: format!("RENEWAL/{}", order.person.canary),
        reference: String::new(),
    }
}

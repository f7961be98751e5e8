//! TERM_DEPOSIT and RECURRING_DEPOSIT documents, version 2.0.0 (fi-schemas.md §5).

use jiff::ToSpan;
use jiff::civil::Date;
use mpp_core::{ConsentType, FiType};

use super::compose::{Order, holders, root};
use super::movement::{Direction, Movement, date_time_text, instant};
use super::paise::Paise;
use super::xml::Xml;

struct Deposit {
    kind: &'static str,
    account_type: &'static str,
    opened: Date,
    matures: Date,
    months: i64,
    rate_hundredths: i64,
    principal: Paise,
    instalment: Option<Paise>,
    movements: Vec<Movement>,
}

/// Writes the document of a term or recurring deposit.
pub(crate) fn write(xml: &mut Xml, order: &Order<'_>) {
    let deposit =
        if order.account.fi_type == FiType::RecurringDeposit { recurring(order) } else { term(order) };
    root(xml, order, deposit.kind, "2.0.0", |xml| {
        if order.selection.has(ConsentType::Profile) {
            holders(xml, order);
        }
        if order.selection.has(ConsentType::Summary) {
            summary(xml, order, &deposit);
        }
        if order.selection.has(ConsentType::Transactions) {
            let (first, last) = order.selection.days(order.now);
            let (first, last) = (first.to_string(), last.to_string());
            xml.element("Transactions", &[("startDate", &first), ("endDate", &last)], |xml| {
                for movement in deposit.movements.iter().filter(|movement| order.selection.keeps(movement)) {
                    transaction(xml, movement);
                }
            });
        }
    });
}

fn term(order: &Order<'_>) -> Deposit {
    let mut dice = order.person.dice(&order.account.reference);
    let opened = order.now.day_in_india().first_of_month().saturating_sub(dice.between(7, 10).months());
    let principal = Paise::rupees(dice.between(5, 40).saturating_mul(10_000));
    let rate_hundredths = dice.between(650, 760);
    let mut ledger = Entries::new(order);
    ledger.enter(opened, Direction::Credit, "OPENING", principal, "FD BOOKED");
    for quarter in 1..=5_i64 {
        let on = opened.saturating_add(quarter.saturating_mul(3).months());
        let interest = ledger.balance.part(rate_hundredths, 40_000);
        ledger.enter(on, Direction::Credit, "INTEREST", interest, "INTEREST CAPITALISED");
        ledger.enter(on, Direction::Debit, "TDS", interest.part(10, 100), "TAX DEDUCTED AT SOURCE");
    }
    Deposit {
        kind: "term_deposit",
        account_type: "FIXED",
        opened,
        matures: opened.saturating_add(18.months()),
        months: 18,
        rate_hundredths,
        principal,
        instalment: None,
        movements: ledger.movements,
    }
}

fn recurring(order: &Order<'_>) -> Deposit {
    let mut dice = order.person.dice(&order.account.reference);
    let opened = order.now.day_in_india().first_of_month().saturating_sub(dice.between(6, 10).months());
    let instalment = Paise::rupees(3000);
    let mut ledger = Entries::new(order);
    for month in 0..12_i64 {
        let on = opened.saturating_add(month.months()).saturating_add(4.days());
        ledger.enter(
            on,
            Direction::Credit,
            "INSTALLMENT",
            instalment,
            &format!("RD INSTALMENT {}", month + 1),
        );
    }
    let principal = ledger.balance;
    Deposit {
        kind: "recurring_deposit",
        account_type: "RECURRING",
        opened,
        matures: opened.saturating_add(12.months()),
        months: 12,
        rate_hundredths: 670,
        principal,
        instalment: Some(instalment),
        movements: ledger.movements,
    }
}

struct Entries<'a> {
    order: &'a Order<'a>,
    balance: Paise,
    movements: Vec<Movement>,
}

impl<'a> Entries<'a> {
    const fn new(order: &'a Order<'a>) -> Self {
        Self { order, balance: Paise::rupees(0), movements: Vec::new() }
    }

    /// Books an entry unless it lies in the future.
    fn enter(&mut self, on: Date, direction: Direction, kind: &'static str, amount: Paise, words: &str) {
        let at = on.at(6, 0, 0, 0);
        if instant(at).is_none_or(|at| at > self.order.now) {
            return;
        }
        self.balance = match direction {
            Direction::Credit => self.balance + amount,
            Direction::Debit => self.balance - amount,
        };
        let number = self.movements.len().saturating_add(1);
        self.movements.push(Movement {
            at,
            direction,
            kind,
            mode: "FT",
            amount,
            balance: self.balance,
            id: format!("{}-{number}", self.order.account.tail),
            narration: words.to_owned(),
            reference: self.order.account.reference.clone(),
        });
    }
}

fn summary(xml: &mut Xml, order: &Order<'_>, deposit: &Deposit) {
    let balance = deposit.movements.last().map_or(Paise::default(), |movement| movement.balance);
    let interest = deposit.principal.part(deposit.rate_hundredths.saturating_mul(deposit.months), 120_000);
    let principal = match deposit.instalment {
        Some(instalment) => instalment.part(deposit.months, 1),
        None => deposit.principal,
    };
    let texts = [
        ("branch", order.branch()),
        ("ifsc", order.ifsc()),
        ("openingDate", deposit.opened.to_string()),
        ("maturityDate", deposit.matures.to_string()),
        ("maturityAmount", (principal + interest).to_string()),
        ("principalAmount", deposit.principal.to_string()),
        ("currentBalance", balance.to_string()),
        ("interestRate", Paise::new(deposit.rate_hundredths).to_string()),
        ("interestOnMaturity", interest.to_string()),
        ("tenureMonths", deposit.months.to_string()),
        ("tenureYears", (deposit.months / 12).to_string()),
    ];
    let mut attributes: Vec<(&str, &str)> = vec![("currency", "INR"), ("accountType", deposit.account_type)];
    attributes.extend(texts.iter().map(|(name, text)| (*name, text.as_str())));
    attributes.extend([
        ("interestPayout", "OnMaturity"),
        ("interestComputation", "COMPOUND"),
        ("compoundingFrequency", "QUARTERLY"),
        ("interestPeriodicPayoutAmount", "0"),
        ("tenureDays", "0"),
        ("description", ""),
    ]);
    let instalment = deposit.instalment.map(|amount| amount.to_string());
    if let Some(instalment) = &instalment {
        attributes.extend([("recurringAmount", instalment.as_str()), ("recurringDepositDay", "5")]);
    }
    xml.leaf("Summary", &attributes);
}

fn transaction(xml: &mut Xml, movement: &Movement) {
    let (amount, balance) = (movement.amount.to_string(), movement.balance.to_string());
    let (at, value_date) = (date_time_text(movement.at), movement.at.date().to_string());
    xml.leaf(
        "Transaction",
        &[
            ("txnId", &movement.id),
            ("type", movement.kind),
            ("mode", movement.mode),
            ("amount", &amount),
            ("transactionalBalance", &balance),
            ("transactionTimestamp", &at),
            ("valueDate", &value_date),
            ("narration", &movement.narration),
            ("reference", &movement.reference),
        ],
    );
}

//! DEPOSIT documents, version 2.0.0 (fi-schemas.md §4).

use mpp_core::{ConsentType, Timestamp};

use super::compose::{Order, holders, root};
use super::ledger::ledger;
use super::movement::{Movement, date_time_text, india_time};
use super::paise::Paise;
use super::xml::Xml;

/// Writes the document of a savings account.
pub(crate) fn write(xml: &mut Xml, order: &Order<'_>) {
    let movements = ledger(order.person, order.account, order.now);
    root(xml, order, "deposit", "2.0.0", |xml| {
        if order.selection.has(ConsentType::Profile) {
            holders(xml, order);
        }
        if order.selection.has(ConsentType::Summary) {
            let balance = movements.last().map_or(Paise::default(), |movement| movement.balance);
            summary(xml, order, balance, order.now);
        }
        if order.selection.has(ConsentType::Transactions) {
            let (first, last) = order.selection.days(order.now);
            let bounds = [("startDate", first.to_string()), ("endDate", last.to_string())];
            let bounds = bounds.each_ref().map(|(name, value)| (*name, value.as_str()));
            xml.element("Transactions", &bounds, |xml| transactions(xml, order, &movements));
        }
    });
}

fn summary(xml: &mut Xml, order: &Order<'_>, balance: Paise, now: Timestamp) {
    let (branch, ifsc) = (order.branch(), order.ifsc());
    let (balance, as_of) = (balance.to_string(), date_time_text(india_time(now)));
    let attributes = [
        ("currentBalance", balance.as_str()),
        ("currency", "INR"),
        ("balanceDateTime", &as_of),
        ("accountType", "REGULAR"),
        ("accountSubType", "SAVINGS"),
        ("branch", &branch),
        ("facility", "OD"),
        ("ifsc", &ifsc),
        ("micrCode", "411999002"),
        ("openingDate", "2017-08-02"),
        ("currentODLimit", "0"),
        ("drawingLimit", "0"),
        ("status", "ACTIVE"),
    ];
    xml.element("Summary", &attributes, |xml| {
        xml.element("pendingTxns", &[], |xml| {
            xml.leaf("pendingTxn", &[("transactionType", "DEBIT"), ("amount", "0")]);
        });
    });
}

fn transactions(xml: &mut Xml, order: &Order<'_>, movements: &[Movement]) {
    let mut last_kept = None;
    for movement in movements.iter().filter(|movement| order.selection.keeps(movement)) {
        transaction(xml, movement);
        last_kept = Some(movement);
    }
    if let Some(last) = last_kept {
        pad_with_transactions(xml, order, last);
    }
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

/// Repeats a debit and its reversal after the last transaction until the document has the size the sandbox was
/// told to reach, so that large documents are large in the way real ones are.
fn pad_with_transactions(xml: &mut Xml, order: &Order<'_>, last: &Movement) {
    let mut number = 0_u64;
    while xml.len().saturating_add(512) < order.padding_bytes {
        let before = xml.len();
        for (direction, words) in [
            (super::movement::Direction::Debit, "HOLD"),
            (super::movement::Direction::Credit, "HOLD RELEASED"),
        ] {
            number = number.saturating_add(1);
            let amount = last.amount;
            let balance = if direction == super::movement::Direction::Debit {
                last.balance - amount
            } else {
                last.balance
            };
            let movement = Movement {
                direction,
                kind: direction.word(),
                mode: "OTHERS",
                amount,
                balance,
                id: format!("{}P{number}", last.id),
                narration: format!("{words}/{number}"),
                reference: format!("H{number}"),
                at: last.at,
            };
            if order.selection.keeps(&movement) {
                transaction(xml, &movement);
            }
        }
        if xml.len() == before {
            break;
        }
    }
}

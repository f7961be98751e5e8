//! Walks every state and event of both machines against the tables in `docs/state-machines.md` and in the modules.

use std::collections::BTreeMap;

use jiff::civil::date;
use mpp_core::InvalidTransition;

use super::samples::*;
use crate::*;

/// (state, event) -> the state after it, or `-`.
type Table = BTreeMap<(String, String), String>;

const PAGE: &str = include_str!("../../../docs/state-machines.md");

#[test]
fn bill_follows_its_table() {
    let walked = walk(
        (Bill::MACHINE, &Bill::STATES, &Bill::EVENTS),
        sample_bill,
        |bill| bill.state().state_name(),
        |bill, event| {
            apply(bill, event).map_err(|error| match error {
                BillError::Transition(error) => error,
                other => panic!("{event}: {other}"),
            })
        },
    );
    check(include_str!("../bill.rs"), &walked);
}

#[test]
fn e_invoice_follows_its_table() {
    let issue =
        |state: EInvoice| state.issue(mpp_core::Sha256Digest::from_bytes([3; 32]), "qr".to_owned(), now());
    let apply = |state: EInvoice, event: &str| match event {
        "issue" => issue(state),
        "fail" => state.fail("2150".to_owned(), now()),
        "cancel" => state.cancel(now()),
        other => panic!("no event {other}"),
    };
    let walked = walk(
        (EInvoice::MACHINE, &EInvoice::STATES, &EInvoice::EVENTS),
        |state| match state {
            "not_required" => EInvoice::NotRequired,
            "pending" => EInvoice::Pending,
            "failed" => apply(EInvoice::Pending, "fail").unwrap(),
            "issued" => issue(EInvoice::Pending).unwrap(),
            "cancelled" => apply(issue(EInvoice::Pending).unwrap(), "cancel").unwrap(),
            other => panic!("no sample of {other}"),
        },
        EInvoice::state_name,
        |state, event| {
            apply(state, event).map_err(|error| match error {
                EInvoiceError::Transition(error) => error,
                other @ EInvoiceError::TooLate => panic!("{other}"),
            })
        },
    );
    check(include_str!("../e_invoice.rs"), &walked);
}

#[test]
fn the_portal_takes_nothing_back_after_a_day() {
    let issued =
        EInvoice::Pending.issue(mpp_core::Sha256Digest::from_bytes([3; 32]), "qr".to_owned(), now()).unwrap();
    let day_later = now().plus(mpp_core::Span::from_hours(24));
    assert!(issued.clone().cancel(day_later).is_ok());
    let too_late = day_later.plus(mpp_core::Span::from_millis(1));
    assert_eq!(issued.clone().cancel(too_late), Err(EInvoiceError::TooLate));
    let bill = approved(january_content());
    let (bill, _) = bill.finalise(series("MPP"), date(2026, 2, 2), issued, now()).unwrap();
    let refused = bill.clone().cancel("void".to_owned(), staff("asha"), now());
    assert_eq!(refused, Err(BillError::StillRegistered));
    let bill = bill.report(|state| state.cancel(now())).unwrap();
    assert!(bill.cancel("void".to_owned(), staff("asha"), now()).is_ok());
}

#[test]
fn nobody_approves_what_they_drafted_and_no_bill_is_dated_before_its_period_ends() {
    let draft = Bill::draft(january_content(), staff("asha"), now());
    assert_eq!(draft.clone().approve(staff("asha"), now()), Err(BillError::SamePerson));
    let bill = draft.approve(staff("vikram"), now()).unwrap();
    let early = bill.finalise(series("MPP"), date(2026, 1, 30), EInvoice::NotRequired, now());
    assert_eq!(early, Err(BillError::DateTooEarly));
}

#[test]
fn a_credit_note_follows_its_own_invoice() {
    let invoice = final_invoice();
    let note = approved(full_credit(&invoice, "x").unwrap());
    let (none, day) = (EInvoice::NotRequired, date(2026, 2, 2));
    let alone = note.clone().finalise(series("CN"), day, none.clone(), now());
    assert_eq!(alone, Err(BillError::CreditAlone));
    let unapproved = Bill::draft(full_credit(&invoice, "x").unwrap(), staff("asha"), now());
    let refused = invoice.clone().credit(unapproved, series("CN"), day, none.clone(), now()).unwrap_err();
    assert!(matches!(refused, BillError::Transition(InvalidTransition { state: "draft", .. })));
    let (_, later) = series("MPP").take(date(2026, 1, 31)).unwrap();
    let other = approved(january_content()).finalise(later, day, none.clone(), now()).unwrap().0;
    let refused = other.credit(note.clone(), series("CN"), day, none.clone(), now());
    assert_eq!(refused, Err(BillError::OtherInvoice));
    let refused = invoice.credit(note, series("CN"), date(2026, 1, 30), none, now());
    assert_eq!(refused, Err(BillError::DateTooEarly));
}

fn sample_bill(state: &str) -> Bill {
    let draft = Bill::draft(january_content(), staff("asha"), now());
    match state {
        "draft" => draft,
        "approved" => apply(draft, "approve").unwrap(),
        "final" => final_invoice(),
        "credited" => apply(final_invoice(), "credit").unwrap(),
        "cancelled" => apply(final_invoice(), "cancel").unwrap(),
        "discarded" => apply(draft, "discard").unwrap(),
        other => panic!("no sample of {other}"),
    }
}

fn apply(bill: Bill, event: &str) -> Result<Bill, BillError> {
    let none = EInvoice::NotRequired;
    match event {
        "approve" => bill.approve(staff("vikram"), now()),
        "finalise" => bill.finalise(series("MPP"), date(2026, 1, 31), none, now()).map(|(bill, _)| bill),
        "credit" => {
            let wish = CreditWish { line: 2, quantity: Quantity::new(1), unit_price: Paise::new(3200) };
            let note = approved(partial_credit(&final_invoice(), &[wish], "One was empty").unwrap());
            bill.credit(note, series("CN"), date(2026, 2, 2), none, now()).map(|(bill, ..)| bill)
        }
        "cancel" => bill.cancel("Drafted for the wrong month".to_owned(), staff("asha"), now()),
        "discard" => bill.discard(now()),
        "report" => bill.report(Ok),
        other => panic!("no event {other}"),
    }
}

type Machine<'a> = (&'static str, &'a [&'static str], &'a [&'static str]);

/// Applies every event to a sample of every state and writes down what comes of it.
fn walk<S>(
    (machine, states, events): Machine<'_>,
    sample: impl Fn(&str) -> S,
    name: impl Fn(&S) -> &'static str,
    apply: impl Fn(S, &str) -> Result<S, InvalidTransition>,
) -> (&'static str, Table) {
    let mut table = Table::new();
    for state in states {
        for event in events {
            let before = sample(state);
            assert_eq!(name(&before), *state, "{machine}: the sample is in another state");
            let after = match apply(before, event) {
                Ok(after) => {
                    assert!(states.contains(&name(&after)), "{machine}: {} is not listed", name(&after));
                    name(&after).to_owned()
                }
                Err(refusal) => {
                    assert_eq!(refusal, InvalidTransition { machine, state, event });
                    "-".to_owned()
                }
            };
            table.insert(((*state).to_owned(), (*event).to_owned()), after);
        }
    }
    (machine, table)
}

fn check(module: &str, (machine, walked): &(&str, Table)) {
    let in_module: Vec<&str> = module.lines().filter_map(|line| line.strip_prefix("//! ")).collect();
    assert_eq!(&table_of(&in_module), walked, "{machine}: the module's table");
    assert_eq!(&table_of(&section(machine)), walked, "{machine}: the page's table");
}

/// The lines of the page below the heading that names the machine, up to the next heading.
fn section(machine: &str) -> Vec<&'static str> {
    let is_heading = |line: &&str| {
        let title = line.strip_prefix("## ").unwrap_or_default();
        title.to_lowercase().replace(['-', ' '], "_") == machine
    };
    let mut lines = PAGE.lines().skip_while(|line| !is_heading(line));
    assert!(lines.next().is_some(), "docs/state-machines.md has no section on {machine}");
    lines.take_while(|line| !line.starts_with("## ")).collect()
}

fn table_of(lines: &[&str]) -> Table {
    let mut rows = lines
        .iter()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let head = rows.next().expect("a table");
    let mut table = Table::new();
    for row in rows.filter(|row| row[0] != "---") {
        assert_eq!(row.len(), head.len(), "a cell is missing in the row of {}", row[0]);
        for (event, after) in head.iter().zip(&row).skip(1) {
            table.insert((row[0].clone(), event.clone()), after.clone());
        }
    }
    table
}

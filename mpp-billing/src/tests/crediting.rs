//! What several credit notes on one invoice take back together.

use jiff::civil::date;

use super::samples::*;
use crate::*;

const FETCHES: usize = 0;
const DISCOUNT: usize = 1;
const REPORTS: usize = 2;
const PROFILES: usize = 3;
const FEE: usize = 4;

fn wish(line: usize, quantity: u64, paise: i64) -> CreditWish {
    CreditWish { line, quantity: Quantity::new(quantity), unit_price: Paise::new(paise) }
}

/// The wish for all of a line of worked example 1.
fn whole(line: usize) -> CreditWish {
    let of = &january_content().lines[line];
    wish(line, of.quantity.get(), of.unit_price.get())
}

fn issue(invoice: &Bill, note: BillContent) -> Result<Bill, BillError> {
    let credited =
        invoice.clone().credit(approved(note), series("CN"), date(2026, 2, 2), EInvoice::NotRequired, now());
    credited.map(|(invoice, ..)| invoice)
}

fn credited(invoice: &Bill, wishes: &[CreditWish]) -> Bill {
    issue(invoice, partial_credit(invoice, wishes, "x").unwrap()).unwrap()
}

/// An invoice of this fee alone.
fn invoice_of(fee: i64, tax: u32) -> Bill {
    let mut form = plan_form();
    (form.fees[0].amount, form.fees[0].tax) = (Paise::new(fee), BasisPoints::new(tax).unwrap());
    let (plan, supplier, recipient) = (form.try_into().unwrap(), supplier(), recipient());
    let (supplier, recipient) = (&supplier, &recipient);
    let of = MonthlyClose { month: january(), plan: &plan, usage: &[], late: &[], supplier, recipient };
    let bill = approved(close(&of).unwrap());
    bill.finalise(series("MPP"), date(2026, 1, 31), EInvoice::NotRequired, now()).unwrap().0
}

#[test]
fn a_line_that_was_credited_is_not_credited_again() {
    let invoice = final_invoice();
    let both = [(); 2].map(|()| partial_credit(&invoice, &[whole(FEE)], "x").unwrap());
    let [first, second] = both;
    let after = issue(&invoice, first).unwrap();
    assert_eq!(partial_credit(&after, &[whole(FEE)], "x"), Err(CreditError::Line(FEE)));
    assert_eq!(issue(&after, second), Err(BillError::BeyondLine(FEE)), "drafted before the other was out");
    let some = credited(&after, &[wish(REPORTS, 300, 3200)]);
    assert_eq!(partial_credit(&some, &[wish(REPORTS, 11, 3200)], "x"), Err(CreditError::Line(REPORTS)));
    credited(&some, &[wish(REPORTS, 10, 3200)]);
    let said = CreditError::Line(FEE).to_string();
    assert_eq!(said, "line 5 does not have that much left to credit", "as people count");
}

#[test]
fn a_discount_is_taken_back_with_what_it_is_on() {
    let invoice = credited(&final_invoice(), &[whole(FEE)]);
    let refused = |wishes: &[CreditWish]| partial_credit(&invoice, wishes, "x").unwrap_err();
    assert_eq!(refused(&[whole(DISCOUNT)]), CreditError::Nothing);
    assert_eq!(refused(&[whole(FETCHES), wish(DISCOUNT, 2_480, 50)]), CreditError::Line(DISCOUNT));
    assert_eq!(refused(&[whole(FETCHES), wish(DISCOUNT, 2_480, -51)]), CreditError::Line(DISCOUNT));
    let others = [whole(FETCHES), whole(REPORTS), whole(PROFILES)];
    assert_eq!(refused(&others), CreditError::BeyondInvoice, "the discount was never paid");
    let part = credited(&invoice, &[whole(FETCHES), wish(DISCOUNT, 2_000, -50)]);
    assert_eq!(part.is_taken_back(), Ok(false));
    let rest = [wish(DISCOUNT, 481, -50), whole(REPORTS), whole(PROFILES)];
    assert_eq!(partial_credit(&part, &rest, "x"), Err(CreditError::Line(DISCOUNT)));
    let all = credited(&part, &[wish(DISCOUNT, 480, -50), whole(REPORTS), whole(PROFILES)]);
    assert_eq!(all.is_taken_back(), Ok(true));
}

#[test]
fn notes_on_all_of_an_invoice_take_it_back_however_they_are_rounded() {
    // 100.50 is asked for as 101, twice 50.25 as 100, three times 33.50 as 102; taxes are rounded by themselves, too
    for (fee, parts, tax) in [(10_050, 2, 0), (10_050, 3, 0), (10_003, 7, 1800), (123_457, 1, 1800)] {
        let mut invoice = invoice_of(fee, tax);
        for part in 0..parts {
            assert_eq!(invoice.is_taken_back(), Ok(false));
            let paise = if part == 0 { fee - fee / parts * (parts - 1) } else { fee / parts };
            invoice = credited(&invoice, &[wish(0, 1, paise)]);
        }
        assert_eq!(invoice.is_taken_back(), Ok(true), "{fee} in {parts}");
        assert_eq!(partial_credit(&invoice, &[wish(0, 1, 1)], "x"), Err(CreditError::Line(0)));
    }
    let whole = issue(&invoice_of(10_050, 1800), full_credit(&invoice_of(10_050, 1800), "x").unwrap());
    assert_eq!(whole.unwrap().is_taken_back(), Ok(true));
}

#[test]
fn notes_of_before_count_by_what_they_paid_back() {
    let with_one = credited(&final_invoice(), &[whole(FEE)]);
    let mut stored = serde_json::to_value(&with_one).unwrap();
    let note = stored.pointer_mut("/state/notes/0").unwrap().as_object_mut().unwrap();
    assert_eq!(note.remove("lines").unwrap(), serde_json::json!([{ "serial": 5, "amount": 2_500_000 }]));
    let of_before: Bill = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&of_before).unwrap(), stored);
    let again = credited(&of_before, &[whole(FEE)]);
    assert_eq!(again.is_taken_back(), Ok(false));
    let wishes = [whole(FETCHES), whole(DISCOUNT)];
    assert_eq!(partial_credit(&again, &wishes, "x"), Err(CreditError::BeyondInvoice));

    // so does a draft of before: it becomes final by the sum
    let mut draft = serde_json::to_value(full_credit(&final_invoice(), "x").unwrap()).unwrap();
    for line in draft["lines"].as_array_mut().unwrap() {
        assert!(line["purpose"].as_object_mut().unwrap().remove("serial").is_some());
    }
    let draft: BillContent = serde_json::from_value(draft).unwrap();
    assert_eq!(issue(&of_before, draft.clone()), Err(BillError::BeyondInvoice));
    assert_eq!(issue(&final_invoice(), draft).unwrap().is_taken_back(), Ok(true));
}

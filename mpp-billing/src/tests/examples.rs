//! The worked examples of obligations.md §5, to the paisa, and what a document must say.

use jiff::civil::date;
use proptest::prelude::*;

use super::samples::*;
use crate::*;

fn rupees(text: &str) -> Paise {
    Paise::from_rupees(text).unwrap()
}

#[test]
fn example_1_between_states() {
    let content = closed(&recipient());
    let line = |place: usize| {
        let line = &content.lines[place];
        (line.description.as_str(), line.quantity.to_string(), line.amount)
    };
    assert_eq!(line(0), ("AA data fetch delivered", "12,480".into(), rupees("56160.00")));
    let discount = ("Volume discount AA data fetch delivered above 10,000", "2,480".into(), rupees("-1240"));
    assert_eq!(line(1), discount);
    assert_eq!(line(2), ("Bureau report (hit)", "310".into(), rupees("9920.00")));
    assert_eq!(line(3), ("Telecom profile", "275".into(), rupees("660.00")));
    assert_eq!(line(4), ("Platform fee (monthly minimum)", "1".into(), rupees("25000.00")));
    assert_eq!(content.place_of_supply.to_string(), "29-Karnataka");
    assert_eq!(content.totals.taxable, rupees("90500.00"));
    let taxes: Vec<_> =
        content.taxes.iter().map(|tax| (tax.kind, tax.rate.to_string(), tax.amount)).collect();
    assert_eq!(taxes, [(TaxKind::Igst, "18%".to_owned(), rupees("16290.00"))]);
    assert_eq!(content.totals.payable, rupees("106790.00"));
    assert_eq!(content.totals.rounding, Paise::ZERO);
}

#[test]
fn example_2_within_one_state() {
    let content = closed(&party("Kaveri Lending Limited", "27AAPFU0939F1ZV", PartyStanding::Regular));
    let taxes: Vec<_> =
        content.taxes.iter().map(|tax| (tax.kind, tax.rate.to_string(), tax.amount)).collect();
    let half = ("9%".to_owned(), rupees("8145.00"));
    assert_eq!(taxes, [(TaxKind::Cgst, half.0.clone(), half.1), (TaxKind::Sgst, half.0, half.1)]);
    assert_eq!(content.totals.payable, rupees("106790.00"));
}

#[test]
fn example_3_rounding() {
    let mut form = plan_form();
    form.fees[0].amount = rupees("1234.57");
    let (plan, supplier) = (form.try_into().unwrap(), supplier());
    let recipient = party("Kaveri Lending Limited", "27AAPFU0939F1ZV", PartyStanding::Regular);
    let content = close(&MonthlyClose {
        month: january(),
        plan: &plan,
        usage: &[],
        late: &[],
        supplier: &supplier,
        recipient: &recipient,
    })
    .unwrap();
    assert_eq!(content.taxes.iter().map(|tax| tax.amount).collect::<Vec<_>>(), [rupees("111.11"); 2]);
    assert_eq!(content.totals.exact, rupees("1456.79"));
    assert_eq!(content.totals.rounding, rupees("0.21"));
    assert_eq!(content.totals.payable, rupees("1457.00"));
}

#[test]
fn a_zone_pays_integrated_tax_or_none() {
    let with_tax = closed(&party("Zone Unit", "27AAPFU0939F1ZV", PartyStanding::ZoneWithTax));
    assert_eq!(with_tax.taxes[0].kind, TaxKind::Igst);
    assert_eq!(with_tax.totals.tax, rupees("16290.00"));
    let under_lut = closed(&party("Zone Unit", "27AAPFU0939F1ZV", PartyStanding::ZoneUnderLut));
    assert_eq!(under_lut.taxes[0].kind, TaxKind::Igst);
    assert_eq!(under_lut.totals.payable, rupees("90500.00"));
    assert!(under_lut.levy.endorsement().unwrap().contains("LETTER OF UNDERTAKING"));
}

#[test]
fn the_document_says_what_rule_46_asks_for_and_is_read_back() {
    let document = BillDocument::of(&final_invoice()).unwrap();
    let json = serde_json::to_value(&document).unwrap();
    let fields = [
        "title",
        "number",
        "date",
        "supplier",
        "recipient",
        "lines",
        "taxes",
        "totals",
        "placeOfSupply",
        "interState",
        "reverseCharge",
        "payableInWords",
        "eInvoice",
        "signatory",
        "periodFrom",
        "periodTo",
    ];
    assert!(fields.iter().all(|field| json.get(field).is_some_and(|value| !value.is_null())), "{json:#}");
    assert_eq!(json["number"], "MPP/2526/000001");
    assert_eq!(json["placeOfSupply"], "29-Karnataka");
    assert_eq!(json["eInvoice"]["state"], "NOT_REQUIRED");
    assert_eq!(json["payableInWords"], "Rupees One Lakh Six Thousand Seven Hundred Ninety Only");
    assert_eq!(json["totals"]["payable"], 10_679_000);
    assert_eq!(serde_json::from_value::<BillDocument>(json.clone()).unwrap(), document);
    let mut unknown = json;
    unknown["discount"] = 1.into();
    assert!(serde_json::from_value::<BillDocument>(unknown).is_err());
    assert_eq!(BillDocument::of(&approved(closed(&recipient()))), None, "a draft has no document");
}

#[test]
fn a_stored_bill_that_was_tampered_with_is_refused() {
    let bill = final_invoice();
    let stored = serde_json::to_value(&bill).unwrap();
    assert_eq!(serde_json::from_value::<Bill>(stored.clone()).unwrap(), bill);
    for (place, value) in [
        ("/content/totals/payable", 1),
        ("/content/taxes/0/amount", 1),
        ("/content/lines/0/amount", 1),
        ("/content/lines/0/quantity", 1),
    ] {
        let mut tampered = stored.clone();
        *tampered.pointer_mut(place).unwrap() = value.into();
        let refused = serde_json::from_value::<Bill>(tampered).unwrap_err().to_string();
        assert!(refused.contains("does not add up"), "{place}: {refused}");
    }
}

#[test]
fn a_credit_note_takes_all_back_and_no_more() {
    let invoice = final_invoice();
    let note = approved(full_credit(&invoice, "Billed twice").unwrap());
    assert_eq!(note.content().totals, invoice.content().totals);
    let none = EInvoice::NotRequired;
    let too_late = date(2026, 12, 1);
    let next_year = NumberSeries::begin("CN", FinancialYear::of(too_late)).unwrap();
    let refused = invoice.clone().credit(note.clone(), next_year.clone(), too_late, none.clone(), now());
    assert_eq!(refused, Err(BillError::CreditTooLate(date(2026, 11, 30))));
    let last_day = date(2026, 11, 30);
    let (invoice, issued, series) =
        invoice.credit(note.clone(), next_year, last_day, none.clone(), now()).unwrap();
    let document = BillDocument::of(&issued).unwrap();
    assert_eq!(document.title, "Credit Note");
    assert_eq!(document.number.as_str(), "CN/2627/000001");
    let against = document.against.unwrap();
    assert_eq!((against.number.as_str(), against.date), ("MPP/2526/000001", date(2026, 1, 31)));
    assert_eq!(invoice.clone().credit(note, series, last_day, none, now()), Err(BillError::BeyondInvoice));
    assert_eq!(full_credit(&invoice, "again"), Err(CreditError::CreditedInPart));
    assert_eq!(full_credit(&issued, "of a note"), Err(CreditError::NotAnInvoice));
}

#[test]
fn a_partial_credit_has_its_own_tax() {
    let invoice = final_invoice();
    let wish = |line, quantity, paise| CreditWish {
        line,
        quantity: Quantity::new(quantity),
        unit_price: Paise::new(paise),
    };
    let content = partial_credit(&invoice, &[wish(2, 10, 3200)], "Ten reports were empty").unwrap();
    assert_eq!(content.totals.taxable, rupees("320"));
    assert_eq!((content.totals.tax, content.totals.payable), (rupees("57.60"), rupees("378")));
    for bad in [wish(2, 311, 1), wish(2, 310, 3201), wish(9, 1, 1), wish(1, 1, 1), wish(0, 0, 450)] {
        assert_eq!(partial_credit(&invoice, &[bad], "x"), Err(CreditError::Line(bad.line)));
    }
    let twice = [wish(2, 1, 1), wish(2, 1, 1)];
    assert_eq!(partial_credit(&invoice, &twice, "x"), Err(CreditError::Line(2)));
    assert_eq!(partial_credit(&invoice, &[wish(2, 1, 1)], " "), Err(CreditError::Reason));
}

proptest! {
    #[test]
    fn tax_parts_sum_exactly(amounts in prop::collection::vec((0_i64..1_000_000_000, 0_u32..=14), 1..8)) {
        let by_rate = amounts.iter().map(|(paise, percent)| {
            (BasisPoints::new(percent * 200).unwrap(), Paise::new(*paise))
        }).collect();
        let within = taxes(Levy::CentralAndState, &by_rate).unwrap();
        for halves in within.chunks(2) {
            prop_assert_eq!(halves[0].amount, halves[1].amount);
        }
        let between = taxes(Levy::Integrated, &by_rate).unwrap();
        for (halves, whole) in within.chunks(2).zip(&between) {
            let difference = halves[0].amount.get() * 2 - whole.amount.get();
            prop_assert!(difference.abs() <= 1, "two halves differ from the whole by a paisa at most");
        }
    }
}

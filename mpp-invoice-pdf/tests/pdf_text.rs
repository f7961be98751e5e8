//! Reads our PDFs back with poppler's `pdftotext` and compares the text with the JSON form. The program is found where
//! `MPP_PDFTOTEXT` says, else along `PATH`; without it these tests fail.
#![allow(clippy::expect_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::process::Command;

use anyhow::Context;
use mpp_billing::{
    BasisPoints, Bill, BillDocument, EInvoice, FinancialYear, FixedFee, MonthlyClose, NumberSeries, Paise,
    Party, PartyForm, PartyStanding, PriceItem, PricePlan, PricePlanForm, Sac, Slab, SlabMode, close,
    full_credit,
};
use mpp_core::{
    ConsentId, FetchId, PartnerId, ProductId, Timestamp, Usage, UsageEvent, UsageEventId, UsageSubject,
    UsageUnit,
};
use mpp_invoice_pdf::{RenderError, render};

const NOW: &str = "2026-02-02T05:00:00Z";

#[test]
fn the_pdf_says_everything_that_the_json_says() -> anyhow::Result<()> {
    let document = document(&invoice("Kaveri Lending Limited", "29AAACK9876L1ZN", false)?)?;
    assert_eq!(document.totals.payable.to_string(), "1,06,790.00", "worked example 1");
    assert_says_all(&document)?;
    let within_state = BillDocument::of(&invoice("Kaveri Lending Limited", "27AAPFU0939F1ZV", false)?);
    let within_state = within_state.context("no number")?;
    assert!(text_of(&within_state)?.contains("CGST9%on90,500.008,145.00"), "worked example 2");
    assert_says_all(&within_state)
}

#[test]
fn a_long_invoice_goes_on_over_pages() -> anyhow::Result<()> {
    let document = document(&invoice("Kaveri Lending Limited", "29AAACK9876L1ZN", true)?)?;
    assert!(document.lines.len() > 60);
    assert!(text_of(&document)?.contains("Page2of"));
    assert_says_all(&document)
}

#[test]
fn a_credit_note_names_its_invoice() -> anyhow::Result<()> {
    let invoice = invoice("Kaveri Lending Limited", "29AAACK9876L1ZN", false)?;
    let now: Timestamp = NOW.parse()?;
    let draft = Bill::draft(full_credit(&invoice, "Billed *twice* by mistake")?, "asha".parse()?, now);
    let note = draft.approve("vikram".parse()?, now)?;
    let series = NumberSeries::begin("CN", FinancialYear::of(now.day_in_india()))?;
    let (_, note, _) = invoice.credit(note, series, now.day_in_india(), EInvoice::NotRequired, now)?;
    let document = document(&note)?;
    let text = text_of(&document)?;
    assert!(text.contains("CreditNote") && text.contains("CN/2526/000001"));
    assert!(text.contains("MPP/2526/000001of2026-01-31"));
    assert_says_all(&document)
}

#[test]
fn a_cancelled_invoice_says_so() -> anyhow::Result<()> {
    let invoice = invoice("Kaveri Lending Limited", "29AAACK9876L1ZN", false)?;
    assert!(!text_of(&document(&invoice)?)?.contains("CANCELLED"));
    let void = invoice.cancel("Wrong partner".to_owned(), "asha".parse()?, NOW.parse()?)?;
    assert!(text_of(&document(&void)?)?.contains("CANCELLED"));
    Ok(())
}

#[test]
fn markup_in_a_name_is_printed_as_it_is() -> anyhow::Result<()> {
    let name = r##"#panic("x") *b* _i_ $x^2$ [a] @ref <tag> \u{41} //c `r` = h -- "q" ~ {{}}"##;
    let document = document(&invoice(name, "29AAACK9876L1ZN", false)?)?;
    assert!(text_of(&document)?.contains(&without_spaces(name)));
    assert_says_all(&document)
}

#[test]
fn a_name_in_devanagari_is_printed_and_one_without_a_font_is_refused() -> anyhow::Result<()> {
    let hindi = document(&invoice("कावेरी लेंडिंग", "29AAACK9876L1ZN", false)?)?;
    assert!(text_of(&hindi)?.contains("कावेरी"));
    let tamil = document(&invoice("காவேரி", "29AAACK9876L1ZN", false)?)?;
    assert_eq!(render(&tamil).map(|pdf| pdf.len()), Err(RenderError::NoGlyph('க')));
    Ok(())
}

#[test]
fn the_program_prints_what_the_library_prints_and_says_what_is_wrong() -> anyhow::Result<()> {
    let document = document(&invoice("Kaveri Lending Limited", "29AAACK9876L1ZN", false)?)?;
    let printed = run(&serde_json::to_vec(&document)?)?;
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    assert!(printed.stdout == render(&document)?, "the same bytes");
    for (input, said) in [(&b"{}"[..], "not a document"), (b"", "not a document")] {
        let refused = run(input)?;
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
        assert!(String::from_utf8(refused.stderr)?.contains(said));
    }
    Ok(())
}

fn run(input: &[u8]) -> anyhow::Result<std::process::Output> {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_mpp-invoice-pdf"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()?;
    child.stdin.take().context("no input")?.write_all(input)?;
    Ok(child.wait_with_output()?)
}

#[test]
fn the_same_document_gives_the_same_bytes() -> anyhow::Result<()> {
    let document = document(&invoice("Kaveri Lending Limited", "29AAACK9876L1ZN", false)?)?;
    let first = render(&document)?;
    assert!(first.starts_with(b"%PDF-"));
    assert!(first == render(&document)?, "the same bytes");
    Ok(())
}

/// Every text, number and amount of the JSON form, in the order of its fields.
fn assert_says_all(document: &BillDocument) -> anyhow::Result<()> {
    let text = text_of(document)?;
    let mut values = vec![
        document.title.clone(),
        document.number.to_string(),
        document.date.to_string(),
        document.financial_year.clone(),
        format!("{} to {}", document.period_from, document.period_to),
        document.place_of_supply.clone(),
        document.payable_in_words.clone(),
        format!("Total payable (INR) {}", document.totals.payable),
        format!("Taxable value {}", document.totals.taxable),
        format!("Total tax {}", document.totals.tax),
        format!("Rounding {}", document.totals.rounding),
        format!("Total {}", document.totals.exact),
        format!("Inter-State supply {}", if document.inter_state { "Yes" } else { "No" }),
        "Tax payable on reverse charge No".to_owned(),
    ];
    values.extend(document.signatory.clone());
    values.extend(document.reason.clone());
    for party in [&document.supplier, &document.recipient] {
        values.extend([party.name().to_owned(), party.gstin().to_string(), party.state().to_string()]);
        values.extend(party.address().to_vec());
    }
    for line in &document.lines {
        let (serial, sac, unit) = (line.serial, &line.sac, &line.unit);
        let sums = format!("{} {unit} {} {}", line.quantity, line.unit_price, line.amount);
        values.push(format!("{serial} {sac} {} {sums}", line.description));
    }
    for tax in &document.taxes {
        values.push(format!("{} {} on {} {}", tax.kind.name(), tax.rate, tax.taxable, tax.amount));
    }
    for value in values {
        assert!(text.contains(&without_spaces(&value)), "{value:?} is not in the PDF");
    }
    Ok(())
}

/// What `pdftotext` reads, without spaces: where lines are broken is of no interest.
fn text_of(document: &BillDocument) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bill.pdf");
    std::fs::write(&path, render(document)?)?;
    let program = std::env::var_os("MPP_PDFTOTEXT").unwrap_or_else(|| "pdftotext".into());
    let output = Command::new(program).arg("-raw").arg(&path).arg("-").output();
    let output = output.context("`pdftotext` cannot be run; install it or set MPP_PDFTOTEXT")?;
    anyhow::ensure!(output.status.success(), "pdftotext: {}", String::from_utf8_lossy(&output.stderr));
    Ok(without_spaces(&String::from_utf8(output.stdout)?))
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

fn document(bill: &Bill) -> anyhow::Result<BillDocument> {
    let document = BillDocument::of(bill).context("no number")?;
    let again: BillDocument = serde_json::from_str(&serde_json::to_string(&document)?)?;
    assert_eq!(again, document, "the JSON form is read back");
    Ok(document)
}

fn party(name: &str, gstin: &str) -> anyhow::Result<Party> {
    let address = vec!["1 Fort Road, Block #4".to_owned(), "400 001".to_owned()];
    let form =
        PartyForm { name: name.to_owned(), address, gstin: gstin.parse()?, standing: PartyStanding::Regular };
    Ok(form.try_into()?)
}

fn plan() -> anyhow::Result<PricePlan> {
    let (sac, tax) = (Sac::try_from("998315".to_owned())?, BasisPoints::new(1800)?);
    let item = |unit, description: &str, slabs: &[(u64, i64)]| PriceItem {
        unit,
        description: description.to_owned(),
        sac: sac.clone(),
        tax,
        mode: SlabMode::Graduated,
        slabs: slabs.iter().map(|(above, p)| Slab { above: *above, unit_price: Paise::new(*p) }).collect(),
    };
    let form = PricePlanForm {
        id: "standard-2026".parse()?,
        partner: PartnerId::from_random([7; 16]),
        valid_from: "2025-04-01".parse()?,
        valid_until: None,
        items: vec![
            item(UsageUnit::DataFetch, "AA data fetch delivered", &[(0, 450), (10_000, 400)]),
            item(UsageUnit::BureauReport, "Bureau report (hit)", &[(0, 3200)]),
            item(UsageUnit::TelecomLookup, "Telecom profile", &[(0, 240)]),
        ],
        fees: vec![FixedFee {
            description: "Platform fee (monthly minimum)".to_owned(),
            sac: sac.clone(),
            tax,
            amount: Paise::new(2_500_000),
        }],
        minimum: None,
    };
    Ok(form.try_into()?)
}

/// Worked example 1, with two years of late use on demand, numbered and dated.
fn invoice(name: &str, gstin: &str, with_late_use: bool) -> anyhow::Result<Bill> {
    let units = [UsageUnit::DataFetch, UsageUnit::BureauReport, UsageUnit::TelecomLookup];
    let counted = units.into_iter().zip([12_480, 310, 275]);
    let on_time = counted.flat_map(|(unit, count)| std::iter::repeat_n(unit, count));
    let usage: Vec<_> = (0_u32..).zip(on_time).map(|(n, unit)| event(n, unit, IN_JANUARY)).collect();
    let mut late = Vec::new();
    if with_late_use {
        let months = (2024..2026).flat_map(|year| (1..=12).map(move |month| (year, month)));
        for (number, (year, month)) in (0_u32..).zip(months) {
            let at = format!("{year}-{month:02}-10T06:30:00Z");
            late.extend((0..).zip(units).map(|(k, unit)| event(100_000 + 3 * number + k, unit, &at)));
        }
    }
    let (plan, supplier) = (plan()?, party("Moneyone Private Limited", "27AABCF4321K1ZR")?);
    let recipient = party(name, gstin)?;
    let month = "2026-01".parse()?;
    let close_of = MonthlyClose {
        month,
        plan: &plan,
        usage: &usage,
        late: &late,
        supplier: &supplier,
        recipient: &recipient,
    };
    let now: Timestamp = NOW.parse()?;
    let bill = Bill::draft(close(&close_of)?, "asha".parse()?, now).approve("vikram".parse()?, now)?;
    let date = "2026-01-31".parse()?;
    let series = NumberSeries::begin("MPP", FinancialYear::of(date))?;
    Ok(bill.finalise(series, date, EInvoice::NotRequired, now)?.0)
}

const IN_JANUARY: &str = "2026-01-10T06:30:00Z";

fn event(number: u32, unit: UsageUnit, at: &str) -> UsageEvent {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    let usage = Usage {
        partner: PartnerId::from_random([7; 16]),
        product: ProductId::from_random([1; 16]),
        source: "account-aggregator".parse().expect("a source"),
        consent: ConsentId::from_random([5; 16]),
        subject: UsageSubject::Fetch(FetchId::from_random(bytes)),
        unit,
    };
    UsageEvent::new(UsageEventId::from_random(bytes), usage, at.parse().expect("an instant"))
}

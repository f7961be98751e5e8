use proptest::prelude::*;

use super::*;

const LINK: &str = "7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06";

const TRANSACTION: &str = r#"<Transaction txnId="S1" type="CREDIT" mode="FT" amount="62000.00"
 transactionTimestamp="2025-12-31T10:02:11.000+05:30" valueDate="2025-12-31" narration="NEFT" reference="N1"/>"#;

fn account(attributes: &str, inside: &str) -> String {
    format!("<Account xmlns=\"http://api.rebit.org.in/FISchema/deposit\" {attributes}>{inside}</Account>")
}

fn deposit(inside: &str) -> String {
    let attributes = format!(
        "type=\"deposit\" version=\"2.0.0\" maskedAccNumber=\"XXXXXXXX4020\" linkedAccRef=\"{LINK}\""
    );
    account(&attributes, inside)
}

fn transactions(inside: &str) -> String {
    deposit(&format!("<Transactions startDate=\"2025-12-01\" endDate=\"2026-01-15\">{inside}</Transactions>"))
}

fn verdict_for(document: &str, consented: &[ConsentType]) -> Result<DocumentFacts, DocumentFault> {
    let link_ref_number = LINK.parse().unwrap();
    let range =
        DataRange::new("2025-01-15T00:00:00Z".parse().unwrap(), "2026-01-15T00:00:00Z".parse().unwrap());
    check(
        document.as_bytes(),
        &ExpectedDocument {
            link_ref_number: &link_ref_number,
            masked_acc_number: "XXXXXXXX4020",
            fi_type: FiType::Deposit,
            consent_types: &consented.iter().copied().collect(),
            range: range.unwrap(),
        },
    )
}

fn verdict(document: &str) -> Result<DocumentFacts, DocumentFault> {
    use ConsentType::{Profile, Summary, Transactions};
    verdict_for(document, &[Profile, Summary, Transactions])
}

#[test]
fn a_proper_document_passes_in_every_dress() {
    let plain = transactions(TRANSACTION);
    let facts = verdict(&plain).unwrap();
    assert_eq!((facts.transactions, facts.undated), (1, 0));
    assert_eq!(facts.schema_version.as_deref(), Some("2.0.0"));
    let prefixed = plain
        .replace("xmlns=", "xmlns:aa=")
        .replace("<Account", "<aa:Account")
        .replace("</Account", "</aa:Account")
        .replace("<Transaction", "<aa:Transaction")
        .replace("</Transaction", "</aa:Transaction");
    for dressed in [
        format!("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{plain}\n<!-- end -->"),
        format!("<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>{plain}"),
        prefixed,
    ] {
        assert_eq!(verdict(&dressed), Ok(facts.clone()), "{dressed}");
    }
}

#[test]
fn definitions_and_entities_are_refused() {
    let billion = format!("<!DOCTYPE a [<!ENTITY x \"y\">]>{}", deposit(""));
    assert_eq!(verdict(&billion), Err(DocumentFault::Definitions));
    assert_eq!(verdict(&deposit("<Profile>&x;</Profile>")), Err(DocumentFault::Definitions));
    assert_eq!(verdict(&deposit("<Profile a=\"&x;\"/>")), Err(DocumentFault::Definitions));
    assert!(verdict(&deposit("<Profile a=\"&amp;&#65;\">&lt;&#x41;</Profile>")).is_ok());
}

#[test]
fn damaged_documents_are_refused() {
    let whole = transactions(TRANSACTION);
    for bad in [
        "",
        "Account",
        "<Account",
        &whole[..whole.len() - 3],
        &format!("{whole}{whole}"),
        &format!("{whole}trailing"),
        &format!("leading{whole}"),
        &deposit("<Profile>"),
        &deposit("<Profile></Summary>"),
        &deposit("<Profile a=\"1\" a=\"2\"/>"),
        &deposit("<Profile a=1/>"),
        &deposit("\u{1}"),
        &deposit("<Profile a=\"<\"/>"),
    ] {
        assert_eq!(verdict(bad), Err(DocumentFault::NotWellFormed), "{bad}");
    }
    assert_eq!(verdict("{\"Account\":{}}"), Err(DocumentFault::NotWellFormed));
    let latin = format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{whole}");
    assert_eq!(verdict(&latin), Err(DocumentFault::NotUtf8));
}

#[test]
fn another_account_or_kind_is_refused() {
    let mine = transactions(TRANSACTION);
    let other = "00000000-33a5-4a8e-9d0c-5b6a7c8d9e06";
    assert_eq!(verdict(&mine.replace(LINK, other)), Err(DocumentFault::WrongAccount));
    assert_eq!(verdict(&mine.replace("XXXXXXXX4020", "XXXXXXXX4021")), Err(DocumentFault::WrongAccount));
    assert_eq!(verdict(&mine.replace("\"deposit\"", "\"term_deposit\"")), Err(DocumentFault::WrongKind));
    assert_eq!(verdict(&mine.replace("linkedAccRef", "somethingElse")), Err(DocumentFault::Unnamed));
    assert_eq!(verdict(&mine.replace("Account", "Konto")), Err(DocumentFault::NotAnAccount));
    assert!(verdict(&mine.replace("type=\"deposit\" ", "")).is_ok(), "the namespace says the kind, too");
}

#[test]
fn parts_that_were_not_consented_must_be_empty() {
    let summary = deposit("<Summary currentBalance=\"1.00\"/>");
    let only_profile = [ConsentType::Profile];
    let refused = |part| Err(DocumentFault::NotConsented(part));
    assert_eq!(verdict_for(&summary, &only_profile), refused(ConsentType::Summary));
    assert_eq!(verdict_for(&transactions(TRANSACTION), &only_profile), refused(ConsentType::Transactions));
    assert!(verdict_for(&transactions(""), &only_profile).is_ok());
    assert!(verdict_for(&deposit("<Summary currentBalance=\"\"/>"), &only_profile).is_ok());
}

#[test]
fn transactions_outside_the_range_are_refused() {
    let on = |day: &str| transactions(&TRANSACTION.replace("2025-12-31", day));
    for day in ["2025-01-14", "2025-01-15", "2026-01-15", "2026-01-16"] {
        assert!(verdict(&on(day)).is_ok(), "{day}");
    }
    for day in ["2025-01-13", "2026-01-17", "1999-01-01"] {
        assert_eq!(verdict(&on(day)), Err(DocumentFault::OutsideRange), "{day}");
    }
    let undated = verdict(&transactions("<Transaction amount=\"1\" valueDate=\"\"/>")).unwrap();
    assert_eq!((undated.transactions, undated.undated), (1, 1));
}

#[test]
fn depth_and_attributes_are_bounded() {
    let deep = format!("{}{}", "<a>".repeat(DEEPEST_NESTING - 1), "</a>".repeat(DEEPEST_NESTING - 1));
    assert!(verdict(&deposit(&deep)).is_ok());
    let deeper = format!("{}{}", "<a>".repeat(DEEPEST_NESTING), "</a>".repeat(DEEPEST_NESTING));
    assert_eq!(verdict(&deposit(&deeper)), Err(DocumentFault::TooComplex));
    let wide: String = (0..=MOST_ATTRIBUTES).map(|at| format!(" a{at}=\"\"")).collect();
    assert_eq!(verdict(&deposit(&format!("<a{wide}/>"))), Err(DocumentFault::TooComplex));
}

#[test]
fn faults_repeat_nothing_of_the_document() {
    let document = transactions(TRANSACTION).replace("2025-12-31", "1999-12-31");
    let fault = verdict(&document).unwrap_err();
    let shown = format!("{fault} {fault:?} {}", fault.code());
    for canary in ["62000", "NEFT", LINK, "4020", "1999"] {
        assert!(!shown.contains(canary), "{shown}");
    }
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let _ = verdict(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn damaged_copies_never_panic_and_never_change_the_account(at in 0_usize..600, byte in any::<u8>()) {
        let mut bytes = transactions(TRANSACTION).into_bytes();
        let length = bytes.len();
        bytes[at % length] = byte;
        if let Ok(text) = String::from_utf8(bytes)
            && verdict(&text).is_ok()
        {
            prop_assert!(text.contains(LINK));
        }
    }

    #[test]
    fn any_day_is_judged_by_the_calendar(offset in -800_i64..800) {
        let middle = jiff::civil::date(2025, 7, 15);
        let day = middle.checked_add(jiff::Span::new().days(offset)).unwrap();
        let document = transactions(&format!("<Transaction valueDate=\"{day}\"/>"));
        let within = jiff::civil::date(2025, 1, 14) <= day && day <= jiff::civil::date(2026, 1, 16);
        prop_assert_eq!(verdict(&document).is_ok(), within);
    }

    #[test]
    fn any_text_in_attributes_passes_when_escaped(text in "[^\u{0}-\u{1f}]{0,64}") {
        let escaped = quick_xml::escape::escape(text.as_str());
        let document = deposit(&format!("<Profile><Holder name=\"{escaped}\"/></Profile>"));
        prop_assert!(verdict(&document).is_ok(), "{}", document);
    }
}

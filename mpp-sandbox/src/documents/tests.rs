use std::collections::BTreeSet;

use mpp_core::{
    ConsentType, DataFilter, DataFilterOperator, DataFilterType, DataRange, MobileNumber, Timestamp,
};
use quick_xml::events::Event;

use super::ledger::ledger;
use super::movement::Direction;
use super::*;

fn now() -> Timestamp {
    "2026-01-15T09:31:00.000Z".parse().unwrap()
}

fn person(mobile: &str) -> Person {
    Person::of("test", &mobile.parse::<MobileNumber>().unwrap(), "CANARY")
}

fn selection(from: &str, types: &[ConsentType]) -> Selection {
    Selection {
        range: DataRange::new(from.parse().unwrap(), now()).unwrap(),
        consent_types: types.iter().copied().collect::<BTreeSet<_>>(),
        filters: Vec::new(),
    }
}

const ALL: [ConsentType; 3] = [ConsentType::Profile, ConsentType::Summary, ConsentType::Transactions];

fn document(person: &Person, account: &Account, selection: &Selection, padding_bytes: usize) -> Vec<u8> {
    let link_reference = "7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06";
    compose(&Order { person, account, link_reference, selection, now: now(), padding_bytes })
}

/// All elements with their attributes; panics when the document is not well formed.
fn elements(document: &[u8]) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = quick_xml::Reader::from_reader(document);
    reader.config_mut().check_end_names = true;
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) | Event::Empty(element) => {
                let name = element.name().as_ref().to_owned();
                let attributes = element
                    .attributes()
                    .map(|attribute| {
                        let attribute = attribute.unwrap();
                        let name = attribute.key.as_ref().to_owned();
                        (name, attribute.value.to_string())
                    })
                    .collect();
                found.push((name, attributes));
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

fn count(document: &[u8], element: &str) -> usize {
    elements(document).iter().filter(|(name, _)| name == element).count()
}

#[test]
fn every_balance_follows_from_the_one_before() {
    for mobile in ["9000000001", "9000000002", "6123456789"] {
        let person = person(mobile);
        for institution in [Institution::Sahyadri, Institution::Narmada] {
            let account = &accounts_of(&person, institution)[0];
            let movements = ledger(&person, account, now());
            for pair in movements.windows(2) {
                let expected = match pair[1].direction {
                    Direction::Credit => pair[0].balance + pair[1].amount,
                    Direction::Debit => pair[0].balance - pair[1].amount,
                };
                assert_eq!(pair[1].balance, expected);
                assert!(pair[1].balance.count() >= 0);
                assert!(pair[0].at <= pair[1].at);
            }
            let ids: BTreeSet<_> = movements.iter().map(|movement| &movement.id).collect();
            assert_eq!(ids.len(), movements.len());
        }
    }
}

#[test]
fn a_year_of_the_salary_account_has_about_1500_transactions() {
    for mobile in ["9000000001", "9000000002", "7000000003"] {
        let person = person(mobile);
        let account = &accounts_of(&person, Institution::Sahyadri)[0];
        let made = document(&person, account, &selection("2025-01-15T00:00:00.000Z", &ALL), 0);
        let transactions = count(&made, "Transaction");
        assert!((1350..=1750).contains(&transactions), "{transactions}");
    }
}

#[test]
fn every_kind_of_document_is_well_formed_names_its_account_and_carries_the_canary() {
    let person = person("9000000001");
    for institution in Institution::ALL {
        for account in accounts_of(&person, institution) {
            for part in ALL {
                let made = document(&person, &account, &selection("2025-01-15T00:00:00.000Z", &[part]), 0);
                let found = elements(&made);
                assert_eq!(found[0].0, "Account");
                assert!(found[0].1.iter().any(|(name, _)| name == "linkedAccRef"));
            }
            let made = document(&person, &account, &selection("2025-01-15T00:00:00.000Z", &ALL), 0);
            assert!(String::from_utf8(made).unwrap().contains(&person.canary), "{:?}", account.fi_type);
        }
    }
}

#[test]
fn only_the_consented_parts_are_present() {
    let person = person("9000000001");
    let account = &accounts_of(&person, Institution::Sahyadri)[0];
    let made = document(&person, account, &selection("2025-01-15T00:00:00.000Z", &[ConsentType::Summary]), 0);
    assert_eq!((count(&made, "Profile"), count(&made, "Summary"), count(&made, "Transactions")), (0, 1, 0));
}

#[test]
fn transactions_stay_within_the_range_and_the_filters() {
    let person = person("9000000001");
    let account = &accounts_of(&person, Institution::Sahyadri)[0];
    let mut asked = selection("2025-12-01T00:00:00.000Z", &ALL);
    asked.filters = vec![
        DataFilter {
            kind: DataFilterType::TransactionAmount,
            operator: DataFilterOperator::GreaterOrEqual,
            value: "1000".into(),
        },
        DataFilter {
            kind: DataFilterType::TransactionType,
            operator: DataFilterOperator::Equal,
            value: "DEBIT".into(),
        },
    ];
    let made = document(&person, account, &asked, 0);
    let mut seen = 0;
    for (_, attributes) in elements(&made).iter().filter(|(name, _)| name == "Transaction") {
        let value = |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
        assert!(value("amount").parse::<f64>().unwrap() >= 1000.0);
        assert_eq!(value("type"), "DEBIT");
        let at: Timestamp = value("transactionTimestamp").parse().unwrap();
        assert!(asked.range.from() <= at && at <= now());
        seen += 1;
    }
    assert!(seen > 5);
}

#[test]
fn overlapping_requests_tell_the_same_transactions() {
    let person = person("9000000001");
    let account = &accounts_of(&person, Institution::Sahyadri)[0];
    let long = elements(&document(&person, account, &selection("2025-01-15T00:00:00.000Z", &ALL), 0));
    let short = elements(&document(&person, account, &selection("2025-12-15T00:00:00.000Z", &ALL), 0));
    let short: Vec<_> = short.into_iter().filter(|(name, _)| name == "Transaction").collect();
    assert!(!short.is_empty());
    assert!(short.iter().all(|transaction| long.contains(transaction)));
}

#[test]
fn documents_grow_to_the_size_asked_for() {
    let person = person("9000000001");
    for institution in Institution::ALL {
        for account in accounts_of(&person, institution) {
            let made = document(&person, &account, &selection("2025-12-01T00:00:00.000Z", &ALL), 300_000);
            assert!((300_000..300_100).contains(&made.len()), "{:?} {}", account.fi_type, made.len());
            elements(&made);
        }
    }
}

#[test]
fn the_largest_document_is_made_of_transactions() {
    let person = person("9000000001");
    let account = &accounts_of(&person, Institution::Sahyadri)[0];
    let made = document(&person, account, &selection("2025-12-01T00:00:00.000Z", &ALL), 16 << 20);
    assert!((16 << 20..(16 << 20) + 100).contains(&made.len()));
    assert!(std::str::from_utf8(&made).unwrap().matches("<Transaction ").count() > 50_000);
}

#[test]
fn customers_differ_and_the_seed_matters() {
    let (one, other) = (person("9000000002"), person("9000000003"));
    assert_ne!(one.canary, other.canary);
    assert_ne!(one.pan, other.pan);
    let reseeded = Person::of("another", &one.mobile, "CANARY");
    assert_ne!(one.canary, reseeded.canary);
    assert!(!format!("{one:?}").contains("9000000002"));
}

#[test]
fn pans_have_the_form_of_pans() {
    for tail in 0..40 {
        let person = person(&format!("91234567{tail:02}"));
        assert!(person.pan.parse::<mpp_core::Pan>().is_ok(), "{}", person.pan);
    }
}

//! Statements and reconciliation.

use jiff::civil::date;
use mpp_core::UsageUnit;
use proptest::prelude::*;

use super::samples::event;
use crate::*;

fn entry(reference: &str, day: i8, paise: Option<i64>) -> LogEntry {
    LogEntry {
        reference: reference.parse().unwrap(),
        day: date(2026, 1, day),
        unit: UsageUnit::DataFetch,
        amount: paise.map(Paise::new),
        consent: None,
        product: None,
        source: None,
    }
}

#[test]
fn each_reference_is_in_one_list() {
    let ours =
        [entry("a", 1, Some(450)), entry("b", 1, None), entry("c", 2, Some(450)), entry("d", 3, Some(450))];
    let theirs =
        [entry("d", 4, Some(500)), entry("a", 1, Some(450)), entry("b", 1, Some(9)), entry("e", 5, None)];
    let found = compare(&ours, &theirs);
    assert_eq!(found.matched, [ours[0].clone(), ours[1].clone()]);
    assert_eq!(found.missing_there, [ours[2].clone()]);
    assert_eq!(found.missing_here, [theirs[3].clone()]);
    assert_eq!(found.differs.len(), 1);
    assert_eq!(found.differs[0].fields, [Field::Day, Field::Amount]);
    assert!(found.repeated.is_empty());
    let doubled = compare(&[ours[0].clone(), ours[0].clone()], &ours[..1]);
    assert_eq!(doubled.repeated, ["a".parse().unwrap()]);
}

#[test]
fn three_logs_are_compared_pair_by_pair() {
    let (ours, partner, source) = ([entry("a", 1, None)], [entry("b", 1, None)], [entry("b", 1, None)]);
    let found = three_way(&ours, &partner, &source);
    assert_eq!(found.with_partner.missing_here, partner);
    assert_eq!(found.with_source.missing_there, ours);
    assert_eq!(found.partner_with_source.matched, partner);
}

#[test]
fn a_statement_is_read_line_by_line_and_bad_lines_are_named() {
    let ours = event(4, UsageUnit::BureauReport, date(2026, 1, 9));
    let reference = Reference::of(&ours);
    let file = format!(
        "\u{FEFF}Reference,amount,day,unit\r\n{reference},\"1,032.50\",2026-01-09,bureau_report\r\n\
         =cmd(),1,2026-01-09,data_fetch\na,1,2026-02-30,data_fetch\nb,1,2026-01-09,fetches\n\
         c,1.234,2026-01-09,data_fetch\nd,1\n{reference},1,2026-01-09,data_fetch\ne,,2026-01-09,data_fetch\n"
    );
    let mut bytes = file.into_bytes();
    bytes.extend(b"f\xFF,1,2026-01-09,data_fetch\n");
    let statement = read_statement(&bytes).unwrap();
    let priced = LogEntry::of(&ours, Some(Paise::new(103_250)));
    let priced = LogEntry { consent: None, product: None, source: None, ..priced };
    assert_eq!(statement.entries, [priced, entry("e", 9, None)]);
    let faults: Vec<_> = statement.faults.iter().map(|fault| (fault.line, fault.problem)).collect();
    let expected = [
        (3, LineProblem::Reference),
        (4, LineProblem::Day),
        (5, LineProblem::Unit),
        (6, LineProblem::Amount),
        (7, LineProblem::Columns),
        (8, LineProblem::Repeated(2)),
        (10, LineProblem::Encoding),
    ];
    assert_eq!(faults, expected);
    let codes: Vec<_> = faults.iter().map(|(_, problem)| problem.code()).collect();
    assert_eq!(codes, ["reference", "day", "unit", "amount", "columns", "repeated", "encoding"]);
    assert_eq!((faults[5].1.same_as_line(), faults[0].1.same_as_line()), (Some(2), None));
    assert_eq!(statement.faults[0].to_string().split(':').next(), Some("line 3"));
}

#[test]
fn a_file_without_its_header_is_refused() {
    for bad in
        ["", "reference,day\n", "reference,day,unit,unit\n", "reference,day,unit,price\n", "a,2026-01-09,x\n"]
    {
        assert_eq!(read_statement(bad.as_bytes()), Err(StatementError::Header), "{bad}");
    }
}

fn log() -> impl Strategy<Value = Vec<LogEntry>> {
    prop::collection::vec((0_u8..40, 1_i8..4, prop::option::of(0_i64..3)), 0..60).prop_map(|drawn| {
        drawn.into_iter().map(|(r, day, paise)| entry(&format!("r{r}"), day, paise)).collect()
    })
}

proptest! {
    #[test]
    fn nothing_is_lost_between_two_logs(ours in log(), theirs in log()) {
        let found = compare(&ours, &theirs);
        let mut listed: Vec<_> = found.matched.iter().chain(&found.missing_here).chain(&found.missing_there)
            .chain(found.differs.iter().map(|differing| &differing.here))
            .map(|entry| entry.reference.clone()).collect();
        listed.sort();
        let mut all: Vec<_> = ours.iter().chain(&theirs).map(|entry| entry.reference.clone()).collect();
        all.sort();
        all.dedup();
        prop_assert_eq!(listed, all);
        let back = compare(&theirs, &ours);
        prop_assert_eq!(found.missing_here, back.missing_there);
        prop_assert_eq!(found.matched.len(), back.matched.len());
        prop_assert!(compare(&ours, &ours).differs.is_empty());
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut file = b"reference,day,unit\n".to_vec();
        file.extend(&bytes);
        prop_assert!(read_statement(&file).is_ok());
        let _ = read_statement(&bytes);
    }

    #[test]
    fn what_is_written_is_read_back(entries in log()) {
        let mut file = "unit,reference,day,amount\n".to_owned();
        let mut once = std::collections::BTreeSet::new();
        let entries: Vec<_> = entries.into_iter().filter(|entry| once.insert(entry.reference.clone())).collect();
        for LogEntry { reference, day, amount, .. } in &entries {
            let amount = amount.map(|amount| amount.to_string()).unwrap_or_default();
            file.push_str(&format!("data_fetch,{reference},{day},\"{amount}\"\n"));
        }
        let statement = read_statement(file.as_bytes()).unwrap();
        prop_assert_eq!(statement.entries, entries);
        prop_assert!(statement.faults.is_empty());
    }
}

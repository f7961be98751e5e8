use super::*;

fn product() -> ProductId {
    ProductId::from_random([7; 16])
}

fn sheet(text: &str) -> Sheet {
    read(text, product()).unwrap()
}

fn faults(text: &str) -> Vec<(u64, Option<&'static str>, &'static str)> {
    let rows = sheet(text).rows;
    let bad = rows.iter().filter_map(|row| Some((row.line, row.call.as_ref().err()?)));
    bad.flat_map(|(line, faults)| faults.iter().map(move |fault| (line, fault.column, fault.what))).collect()
}

#[test]
fn a_whole_row_becomes_a_request() {
    let text = "Case Ref;Mobile;name;date of birth;PAN;pincode;vua\n\
                L-1; 9000000001 ;\"Asha; Rao\";1990-01-15;abcpk1234d;570001;9000000001@onemoney\n";
    let rows = sheet(text).rows;
    let call = rows[0].call.as_ref().unwrap();
    assert_eq!((call.case_ref.as_str(), call.product_id), ("L-1", product()));
    let customer = &call.customer;
    assert_eq!(customer.name.as_deref(), Some("Asha; Rao"));
    assert_eq!(customer.pan.as_ref().unwrap().characters(), "ABCPK1234D");
    assert_eq!(customer.date_of_birth.unwrap().to_string(), "1990-01-15");
    assert_eq!((customer.pincode.as_deref(), customer.vua.is_some()), (Some("570001"), true));
}

#[test]
fn bad_rows_are_told_by_line_and_column_and_good_ones_stay() {
    let text = "case_ref,mobile,date_of_birth,pan\n\
                L-1,9000000001,,\n\
                L-2,12345,15/01/1990,\n\
                ,9000000003,,X\n\
                L-1,9000000004,,\n\
                L-5,9000000005\n\
                \n\
                L 6,9000000006,,\n\
                \"L-7\",\"9000000007\",\"\",\"\"\n";
    assert_eq!(
        faults(text),
        [
            (3, Some("mobile"), "mobile"),
            (3, Some("date_of_birth"), "date_of_birth"),
            (4, Some("case_ref"), "missing"),
            (4, Some("pan"), "pan"),
            (5, Some("case_ref"), "twice"),
            (6, None, "cells_missing"),
            (8, Some("case_ref"), "case_ref"),
        ]
    );
    let good: Vec<u64> = sheet(text).rows.iter().filter(|row| row.call.is_ok()).map(|row| row.line).collect();
    assert_eq!(good, [2, 9]);
}

#[test]
fn formulas_are_refused_in_every_column() {
    for cell in ["=1+1", "+SUM(A1)", "-2", "@cmd", "=HYPERLINK(\"\"http://x\"\")", "＝1", "'=1+1", "'＠x"] {
        for column in ["case_ref", "name", "pan", "pincode", "vua", "date_of_birth"] {
            let head = if column == "case_ref" { "mobile,case_ref" } else { "case_ref,mobile" };
            let first = if column == "case_ref" { "9000000001" } else { "L-1,9000000001" };
            let (head, first) = if column == "case_ref" {
                (head.to_owned(), first.to_owned())
            } else {
                (format!("{head},{column}"), first.to_owned())
            };
            let text = format!("{head}\n{first},\"{cell}\"\n");
            assert_eq!(faults(&text), [(2, Some(column), "formula")], "{text}");
        }
    }
    for mobile in ["+919000000001", "'+919000000001"] {
        assert_eq!(faults(&format!("case_ref,mobile\nL-1,{mobile}\n")), [(2, Some("mobile"), "mobile")]);
    }
    assert!(faults("case_ref,mobile,name\nL-1,9000000001,'t Hooft\n").is_empty());
}

#[test]
fn a_file_that_is_no_such_table_is_refused_whole() {
    let many = |count: usize| {
        let rows: String = (0..count).map(|at| format!("L-{at},9000000001\n")).collect();
        format!("case_ref,mobile\n{rows}")
    };
    for (text, why) in [
        ("case_ref\nL-1\n".to_owned(), Unreadable::ColumnMissing("mobile")),
        ("case_ref,mobile,salary\n".to_owned(), Unreadable::ColumnUnknown(3)),
        ("case_ref,mobile,Mobile\n".to_owned(), Unreadable::ColumnTwice("mobile")),
        ("case_ref,mobile\n\n".to_owned(), Unreadable::Empty),
        (many(MOST_ROWS + 1), Unreadable::TooManyRows(1_001)),
        (many(20_000), Unreadable::TooManyRows(20_000)),
    ] {
        assert_eq!(read(&text, product()).unwrap_err(), why);
    }
    assert_eq!(sheet(&many(MOST_ROWS)).rows.len(), MOST_ROWS);
}

#[test]
fn debug_shows_no_customer() {
    let shown = format!("{:?}", sheet("case_ref,mobile,name\nL-1,9876543210,Canary\n"));
    assert!(!shown.contains("9876543210") && !shown.contains("Canary"), "{shown}");
}

use std::io::Cursor;

use ::csv::ReaderBuilder;
use calamine::{Data, Reader, Xlsx};

use super::super::csv;
use super::*;
use crate::words::Words;

/// What people may write, and what a spreadsheet could make of it.
const TEXTS: [&str; 13] = [
    "plain",
    "=1+1",
    "+91 98",
    "-5",
    "@SUM(A1)",
    "＝1+1",
    "=HYPERLINK(\"http://evil.example\",\"y\")",
    "<script>alert('1')</script> & \"quotes\"",
    "0012",
    "1e5",
    " spaces, and\ttabs ",
    "_x0041_ \u{1}",
    "हिन्दी 😀",
];

fn row(text: &str, number: u64) -> Vec<Cell> {
    let at = mpp_core::Timestamp::from_unix_millis(1_768_508_707_125).unwrap();
    vec![
        Cell::text(text),
        Cell::Number(format!("1,23,{number:03}")),
        Cell::Number("3/5".into()),
        Cell::when(at, Words::default()),
        Cell::day("2026-02-28", Words::default()),
        Cell::day("not a day", Words::default()),
        Cell::Tags(vec!["a".into(), "b".into()]),
        Cell::id("00000000-0000-4000-8000-000000000001"),
        Cell::Number("123456789012345678".into()),
        Cell::Nothing,
    ]
}

/// The page of a list with one row a page.
fn page(at: usize) -> Table {
    let number = u64::try_from(at).unwrap();
    let columns = (0..10).map(|column| format!("column {column}")).collect();
    Table { caption: String::new(), columns, rows: vec![row(TEXTS[at], number)], empty: String::new() }
}

fn book(most: u32) -> Result<Vec<u8>, XlsxError> {
    let mut writing = Writing::begin("rows", most)?;
    for at in 0..TEXTS.len() {
        writing.add(&page(at))?;
    }
    writing.whole()
}

/// A cell as the other file says it.
fn said(cell: &Data) -> String {
    match cell {
        Data::String(text) => text.clone(),
        Data::Float(number) => number.to_string(),
        Data::Empty => String::new(),
        Data::DateTime(moment) => {
            let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
            let day = format!("{year:04}-{month:02}-{day:02}");
            if moment.as_f64().fract() == 0.0 {
                day
            } else {
                format!("{day}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
            }
        }
        other => panic!("{other:?}"),
    }
}

/// The comma-separated file with the mark taken off that keeps spreadsheets from reading a formula.
fn values(file: &[u8]) -> Vec<Vec<String>> {
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(file);
    let cell = |text: &str| match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(csv::FORMULA_SIGNS) => rest.to_owned(),
        _ => text.to_owned(),
    };
    reader.records().map(|record| record.unwrap().iter().map(cell).collect()).collect()
}

#[test]
fn the_workbook_says_cell_by_cell_what_the_other_file_says() {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(book(MOST_ROWS).unwrap())).unwrap();
    assert_eq!(book.sheet_names(), ["rows"]);
    let sheet = book.worksheet_range("rows").unwrap();
    let in_book: Vec<Vec<String>> = sheet
        .rows()
        .map(|cells| cells.iter().map(said).chain(std::iter::repeat(String::new())).take(10).collect())
        .collect();
    let further: String = (1..TEXTS.len()).map(|at| csv::lines(&page(at))).collect();
    let file = csv::whole(&page(0)) + &further;
    let in_file = values(file.strip_prefix(csv::MARK).unwrap().as_bytes());
    assert_eq!(in_file.len(), TEXTS.len() + 1);
    assert_eq!(in_book, in_file);
    assert!(book.worksheet_formula("rows").unwrap().used_cells().next().is_none(), "nothing is a formula");
}

#[test]
fn text_is_text_and_numbers_days_and_instants_have_their_types() {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(book(MOST_ROWS).unwrap())).unwrap();
    let sheet = book.worksheet_range("rows").unwrap();
    for (at, text) in TEXTS.iter().enumerate() {
        let cells = &sheet[at + 1];
        assert_eq!(cells[0], Data::String((*text).to_owned()));
        assert_eq!(cells[1], Data::Float(f64::from(u32::try_from(at).unwrap()) + 123_000.0));
        assert_eq!(cells[2], Data::String("3/5".into()));
        assert!(matches!(cells[3], Data::DateTime(_)) && matches!(cells[4], Data::DateTime(_)), "{cells:?}");
        assert_eq!(cells[5], Data::String("not a day".into()));
        assert_eq!(cells[8], Data::String("123456789012345678".into()), "no digit is lost");
    }
}

#[test]
fn a_part_is_never_taken_for_the_whole() {
    let most = u32::try_from(TEXTS.len()).unwrap();
    assert!(book(most).is_ok());
    assert!(matches!(book(most - 1), Err(XlsxError::Full)));
    let rows = vec![vec![Cell::text("x".repeat(32_768))]];
    let long = Table { caption: String::new(), columns: vec!["x".into()], rows, empty: String::new() };
    let refused = Writing::begin("rows", most).unwrap().add(&long).unwrap_err();
    assert_eq!((refused.reason(), XlsxError::Full.reason()), ("cell_full", "sheet_full"));
}

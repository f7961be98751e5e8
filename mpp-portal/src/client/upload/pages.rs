//! The pages and files of an upload.

use std::collections::HashMap;

use axum::http::StatusCode;
use axum::response::Response;
use mpp_core::ProductId;

use super::file::Unreadable;
use super::placing::Outcome;
use super::rows::{COLUMNS, Fault, Row, Sheet, TOLD};
use super::{Carried, LARGEST, MOST_ROWS, counts};
use crate::client::product_versions::ProductVersions;
use crate::export;
use crate::moment::{self, Moment, grouped};
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, Carry, UploadFormPage, UploadPage};
use crate::view::{Cell, Table};
use crate::words::Words;

/// How many bad rows a page shows; the file has all of them.
const SHOWN: usize = 200;

/// The form, with what was wrong with the file before.
pub(super) async fn form(signed: &Signed, problem: Option<&Unreadable>) -> Response {
    let words = signed.words;
    let versions = match ProductVersions::load(signed).await {
        Ok(versions) => versions,
        Err(error) => return signed.refused(&error),
    };
    let mut frame = signed.frame("/cases", words.get("act.upload"));
    frame.problem = problem.map(|reason| in_words(reason, words));
    let column = |name: &&'static str| (*name, words.of("csv", name));
    let page = UploadFormPage {
        frame,
        products: versions.offered(""),
        is_complete: versions.is_complete,
        columns: COLUMNS.iter().map(column).collect(),
        limit: words.with("hint.upload_limit", number(MOST_ROWS)).replacen(
            "{}",
            &moment::bytes(LARGEST.try_into().unwrap_or(u64::MAX)),
            1,
        ),
        example: format!("{}\nLOAN-1,9000000001,Asha Rao,1990-01-15,ABCDE1234F,570001,", COLUMNS.join(",")),
    };
    page.answer(if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK })
}

fn number(count: usize) -> String {
    grouped(count.try_into().unwrap_or(u64::MAX))
}

fn in_words(reason: &Unreadable, words: Words) -> String {
    let get = |name: &str| words.of("unreadable", name);
    let with = |name: &str, value: &dyn std::fmt::Display| get(name).replacen("{}", &value.to_string(), 1);
    match reason {
        Unreadable::NoProduct => get("no_product"),
        Unreadable::Empty => get("empty"),
        Unreadable::Broken => get("broken"),
        Unreadable::TooManyRows(rows) => {
            with("too_many_rows", &grouped(*rows)).replacen("{}", &number(MOST_ROWS), 1)
        }
        Unreadable::TooLarge => with("too_large", &moment::bytes(LARGEST.try_into().unwrap_or(u64::MAX))),
        Unreadable::Workbook => get("workbook"),
        Unreadable::Utf16 => get("utf16"),
        Unreadable::NotUtf8(line) => with("not_utf8", line),
        Unreadable::ColumnMissing(column) => with("column_missing", column),
        Unreadable::ColumnUnknown(at) => with("column_unknown", at).replacen("{}", &COLUMNS.join(", "), 1),
        Unreadable::ColumnTwice(column) => with("column_twice", column),
        Unreadable::NotCsv(line) => with("not_csv", line),
    }
}

/// What was found, before anything is placed.
pub(super) async fn looked_through(
    signed: &Signed,
    product: ProductId,
    sheet: &Sheet,
    text: String,
) -> Response {
    let words = signed.words;
    let (good, bad) = counts(sheet);
    let offered = match ProductVersions::load(signed).await {
        Ok(versions) => versions.offered(&product.to_string()),
        Err(error) => return signed.refused(&error),
    };
    let Some(chosen) = offered.into_iter().find(|tick| tick.ticked) else {
        return form(signed, Some(&Unreadable::NoProduct)).await;
    };
    let mut frame = signed.frame("/cases", words.get("title.looked_through"));
    if bad > 0 {
        frame.problem = Some(words.with("problem.rows_wrong", number(bad)));
    }
    let page = UploadPage {
        frame,
        lead: words.with("lead.looked_through", number(good)).replacen("{}", &chosen.label, 1),
        once: signed.portal.once(),
        product: product.to_string(),
        text: Carry(text),
        act: (good > 0).then(|| words.with("act.place_rows", number(good))),
        files: if bad > 0 { vec![("wrong", words.get("act.bad_rows").to_owned())] } else { Vec::new() },
        tables: vec![bad_table(sheet, &HashMap::new(), words, SHOWN)],
    };
    page.show()
}

/// What became of every row.
pub(super) fn placed(signed: &Signed, carried: &Carried, sheet: &Sheet, outcome: &Outcome) -> Response {
    let words = signed.words;
    let bad = sheet.rows.len().saturating_sub(outcome.placed.len());
    let mut frame = signed.frame("/cases", words.get("title.placed_rows"));
    frame.done = Some(words.with("done.placed_rows", number(outcome.placed.len())));
    if bad > 0 {
        frame.problem = Some(words.with("problem.rows_not_placed", number(bad)));
    }
    let mut files = Vec::new();
    if !outcome.placed.is_empty() {
        files.push(("links", words.get("act.links_file").to_owned()));
    }
    if bad > 0 {
        files.push(("bad", words.get("act.bad_rows").to_owned()));
    }
    let page = UploadPage {
        frame,
        lead: words.get("lead.placed_rows").to_owned(),
        once: carried.once.clone(),
        product: carried.product.clone(),
        text: Carry(carried.text.clone()),
        act: None,
        files,
        tables: vec![bad_table(sheet, &outcome.refused, words, SHOWN), good_table(outcome, words)],
    };
    page.show()
}

/// The links, for whoever sends them to the customers.
pub(super) fn links_file(signed: &Signed, outcome: &Outcome) -> Response {
    let row = |placed: &super::placing::Placed| {
        vec![
            Cell::text(placed.case_ref.to_string()),
            Cell::id(placed.started.consent_request_id),
            Cell::text(placed.started.link.as_str()),
            Cell::When(Moment::of(placed.started.expires_at, signed.words.0)),
        ]
    };
    let table = Table {
        caption: String::new(),
        columns: ["case_ref", "consent_request_id", "link", "link_until"].map(str::to_owned).to_vec(),
        rows: outcome.placed.iter().map(row).collect(),
        empty: String::new(),
    };
    export::csv_whole("consent-links", &table)
}

/// The bad rows as they came, each behind what is wrong, to be mended and sent again.
pub(super) fn bad_file(signed: &Signed, sheet: &Sheet, refused: &HashMap<u64, String>) -> Response {
    export::csv_whole("rows-to-mend", &rows_to_mend(sheet, refused, signed.words))
}

/// What is wrong stands first: a row with too few or too many cells has as many as it came with, and is refused again.
fn rows_to_mend(sheet: &Sheet, refused: &HashMap<u64, String>, words: Words) -> Table {
    let row = |row: &Row| {
        let (columns, reasons) = said(row, refused, words)?;
        let told = [row.line.to_string(), columns, reasons];
        Some(told.into_iter().chain(row.cells.iter().cloned()).map(Cell::text).collect())
    };
    let own = sheet.columns.iter().filter(|name| !TOLD.contains(name));
    Table {
        caption: String::new(),
        columns: TOLD.iter().chain(own).map(|name| (*name).to_owned()).collect(),
        rows: sheet.rows.iter().filter_map(row).collect(),
        empty: String::new(),
    }
}

/// The columns and reasons for which a row is not placed.
fn said(row: &Row, refused: &HashMap<u64, String>, words: Words) -> Option<(String, String)> {
    match &row.call {
        Ok(_) => refused.get(&row.line).map(|reason| (String::new(), reason.clone())),
        Err(faults) => {
            let columns: Vec<&str> = faults.iter().filter_map(|fault| fault.column).collect();
            let reasons: Vec<String> = faults.iter().map(|fault| fault_in_words(fault, words)).collect();
            Some((columns.join(" "), reasons.join(" ")))
        }
    }
}

fn fault_in_words(fault: &Fault, words: Words) -> String {
    let text = words.of("row", fault.what);
    fault.other.map_or_else(|| text.clone(), |line| text.replacen("{}", &line.to_string(), 1))
}

fn bad_table(sheet: &Sheet, refused: &HashMap<u64, String>, words: Words, most: usize) -> Table {
    let row = |row: &Row| {
        let (columns, reasons) = said(row, refused, words)?;
        let columns = if columns.is_empty() { Cell::Nothing } else { Cell::Tags(vec![columns]) };
        Some(vec![Cell::number(row.line), columns, Cell::text(reasons)])
    };
    Table {
        caption: words.get("caption.bad_rows").to_owned(),
        columns: ["col.line", "col.column", "col.reason"].map(|name| words.get(name).to_owned()).to_vec(),
        rows: sheet.rows.iter().filter_map(row).take(most).collect(),
        empty: words.get("empty.bad_rows").to_owned(),
    }
}

fn good_table(outcome: &Outcome, words: Words) -> Table {
    let row = |placed: &super::placing::Placed| {
        let name: String =
            url::form_urlencoded::byte_serialize(placed.case_ref.as_str().as_bytes()).collect();
        vec![
            Cell::number(placed.line),
            Cell::Link { href: format!("{PREFIX}/cases/{name}"), text: placed.case_ref.to_string() },
            Cell::when(placed.started.expires_at, words),
        ]
    };
    Table {
        caption: words.get("caption.good_rows").to_owned(),
        columns: ["col.line", "col.case_ref", "col.link_until"]
            .map(|name| words.get(name).to_owned())
            .to_vec(),
        rows: outcome.placed.iter().map(row).collect(),
        empty: words.get("empty.good_rows").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::super::rows::read;
    use super::*;
    use crate::words::Language;

    fn sheet(text: &str) -> Sheet {
        read(text, ProductId::from_random([7; 16])).unwrap()
    }

    /// The file of bad rows of a file, without the mark at its beginning, which a file that is sent loses.
    fn bad(text: &str) -> String {
        let table = rows_to_mend(&sheet(text), &HashMap::new(), Words(Language::English));
        let body = export::csv_whole("rows-to-mend", &table).into_body();
        let bytes = block_on(axum::body::to_bytes(body, LARGEST)).unwrap();
        let file = String::from_utf8(bytes.to_vec()).unwrap();
        file.strip_prefix('\u{feff}').unwrap().to_owned()
    }

    /// Why each row is bad, and what stands in it.
    fn faults(text: &str) -> Vec<(Vec<&'static str>, Vec<String>)> {
        let rows = sheet(text).rows.into_iter();
        let what = |faults: Vec<Fault>| faults.into_iter().map(|fault| fault.what).collect();
        rows.filter_map(|row| Some((what(row.call.err()?), row.cells))).collect()
    }

    const FILE: &str = "case_ref,mobile,name\n\
                        L-1,9000000001\n\
                        L-2,9000000002,Rao, Asha\n\
                        L-3,9000000003,=1+1\n\
                        L-4,9000000004,Good\n\
                        L-5,12345,Bad\n";

    #[test]
    fn bad_rows_come_back_as_they_came_and_are_refused_again() {
        let file = bad(FILE);
        assert!(file.starts_with("line,column,reason,case_ref,mobile,name\r\n2,,"), "{file}");
        let as_text = |text: String| text.replace("=1+1", "'=1+1");
        let came: Vec<_> = faults(FILE)
            .into_iter()
            .map(|(what, cells)| (what, cells.into_iter().map(as_text).collect::<Vec<_>>()))
            .collect();
        let whats: Vec<_> = came.iter().flat_map(|(what, _)| what).copied().collect();
        assert_eq!(whats, ["cells_missing", "cells_too_many", "formula", "mobile"]);
        assert_eq!(faults(&file), came);
        assert_eq!(faults(&bad(&file)), came, "however often it is sent");
    }

    #[test]
    fn mended_rows_can_be_placed() {
        let mended = bad(FILE)
            .replace("L-1,9000000001", "L-1,9000000001,")
            .replace("Rao,Asha", "\"Rao, Asha\"")
            .replace("'=1+1", "One")
            .replace("12345", "9000000005");
        let rows = sheet(&mended).rows;
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row.call.is_ok()), "{mended}");
    }

    #[test]
    fn what_is_wrong_may_stand_behind_as_in_files_of_before() {
        let of_before =
            "case_ref,mobile,line,column,reason\nL-1,9000000001,2,,Mended\nL-2,12345,3,mobile,No\n";
        assert_eq!(faults(of_before), [(vec!["mobile"], vec!["L-2".to_owned(), "12345".to_owned()])]);
    }
}

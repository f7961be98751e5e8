//! Rows as comma-separated values, sent page by page while they are read, so that the file's length costs no memory and the
//! browser shows how far it is.

use std::future::Future;

use axum::body::{Body, Bytes};
use futures::stream;
use mpp_api::ApiError;

use super::{Part, plain};
use crate::view::{Cell, Table};

/// The list. When a later page cannot be read the download breaks off, so that nobody takes a part for the whole.
///
/// # Errors
/// When the first page cannot be read.
pub(super) async fn body<F, R>(mut page: F) -> Result<Body, ApiError>
where
    F: FnMut(Option<String>) -> R + Send + 'static,
    R: Future<Output = Result<Part, ApiError>> + Send + 'static,
{
    let (first, next) = page(None).await?;
    let begun = stream::once(async move { Ok(Bytes::from(whole(&first))) });
    let rest = stream::try_unfold((page, next), |(mut page, next)| async move {
        let Some(after) = next else { return Ok::<_, ApiError>(None) };
        let (table, next) = page(Some(after)).await?;
        Ok(Some((Bytes::from(lines(&table)), (page, next))))
    });
    Ok(Body::from_stream(futures::StreamExt::chain(begun, rest)))
}

/// A table with its heading.
pub(super) fn whole(table: &Table) -> String {
    line(table.columns.iter().map(String::as_str)) + &lines(table)
}

fn lines(table: &Table) -> String {
    let row = |row: &Vec<Cell>| {
        let cells: Vec<String> = row.iter().map(plain).collect();
        line(cells.iter().map(String::as_str))
    };
    table.rows.iter().map(row).collect()
}

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.map(quoted).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell by RFC 4180. What a spreadsheet would take for a formula is made text.
fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(first: u64) -> Table {
        let rows = (first..first + 2).map(|number| vec![Cell::number(number)]).collect();
        Table { caption: String::new(), columns: vec!["No.".into()], rows, empty: String::new() }
    }

    #[tokio::test]
    async fn every_page_is_in_the_file_and_a_broken_one_breaks_it_off() {
        let three = |after: Option<String>| async move {
            let at: u64 = after.map_or(0, |text| text.parse().unwrap_or(0));
            Ok((table(at), (at < 4).then(|| (at + 2).to_string())))
        };
        let whole = body(three).await.unwrap();
        let text = axum::body::to_bytes(whole, 1000).await.unwrap();
        assert_eq!(text, "No.\r\n0\r\n1\r\n2\r\n3\r\n4\r\n5\r\n");
        let lost = || ApiError::Answer { path: "/rows".into() };
        let broken = move |after: Option<String>| async move {
            if after.is_some() { Err(lost()) } else { Ok((table(0), Some("2".to_owned()))) }
        };
        let part = body(broken).await.unwrap();
        assert!(axum::body::to_bytes(part, 1000).await.is_err());
        assert!(body(move |_| async move { Err(lost()) }).await.is_err());
    }

    #[test]
    fn cells_are_quoted_and_formulas_made_text() {
        for (text, cell) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-5", "'-5"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
        ] {
            assert_eq!(quoted(text), cell);
        }
    }
}

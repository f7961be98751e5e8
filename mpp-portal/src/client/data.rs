//! Received documents: the list, one masked, one as it is for a reason.

use axum::Form;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use mpp_api::client::{DocumentQuery, DocumentRowView, DocumentView, SealedByView, Unmask};
use mpp_core::DataItemId;
use serde::Deserialize;
use serde_json::Value;

use super::product_names::ProductNames;
use crate::export::{self, Rows};
use crate::moment::{self, grouped};
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, DocumentPage, Fact, Line, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, ROWS, ROWS_AT_ONCE, Sheet, Table};

/// From how many characters on a reference is cut short.
const LONG_REFERENCE: usize = 20;

const STATES: [&str; 3] = ["held", "purging", "purged"];

/// The list.
pub(super) async fn list(signed: Signed, Filters(query): Filters<DocumentQuery>) -> Response {
    let query = DocumentQuery { limit: ROWS, ..query };
    let read = async { Ok((signed.staff().items(&query).await?, ProductNames::load(&signed).await?)) };
    let (page, names) = match read.await {
        Ok(read) => read,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let next = page.next.map(|after| address(&query, Some(after)));
    let sheet = Sheet {
        lead: words.get("lead.data").to_owned(),
        here: "/portal/data",
        filters: filters(&signed, &query, &names),
        table: document_table(&signed, &page.items),
        next,
        export: Some(Files::of(&signed.portal, &address(&query, None))),
        views: None,
        add: Some((format!("{PREFIX}/data/calendar"), words.get("title.calendar").to_owned())),
    };
    let sheet = signed.with_views(sheet).await;
    SheetPage { frame: signed.frame("/data", words.get("nav.data")), sheet }.show()
}

fn address(query: &DocumentQuery, after: Option<String>) -> String {
    let query = DocumentQuery { after, ..query.clone() };
    let pairs = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query.pairs()).finish();
    format!("{PREFIX}/data?{pairs}")
}

/// The rows that the same filters leave, for a file; of the documents it has what the list shows.
pub(super) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    let query = export::filter_of(&query)?;
    let names = ProductNames::load(&signed).await.map_err(|error| Trouble::of(&error))?;
    let filters = filters(&signed, &query, &names);
    let page = move |after| {
        let (signed, query) = (signed.clone(), DocumentQuery { after, limit: ROWS_AT_ONCE, ..query.clone() });
        async move {
            let page = signed.staff().items(&query).await?;
            Ok((document_table(&signed, &page.items), page.next))
        }
    };
    Ok(Rows::paged("received-data", &filters, page))
}

fn filters(signed: &Signed, query: &DocumentQuery, names: &ProductNames) -> Vec<Filter> {
    let words = signed.words;
    let states = STATES.map(|state| (state.to_owned(), words.of("status", state)));
    let never = ("never".to_owned(), words.get("label.until_withdrawn").to_owned());
    let ends = match query.ends.as_deref() {
        Some("never") => Filter::choices("ends", words.get("filter.ends"), Some("never"), [never]),
        ends => Filter::day("ends", words.get("filter.ends"), ends),
    };
    let nobodys = ("none".to_owned(), words.get("label.no_product").to_owned());
    vec![
        Filter::choices("status", words.get("col.status"), query.status.as_deref(), states),
        ends,
        Filter::day("purged", words.get("filter.purged"), query.purged.as_deref()),
        names.filter(signed, query.product.as_deref(), [nobodys]),
        names.source_filter(signed, query.source.as_deref()),
    ]
}

/// Documents as a table.
pub(super) fn document_table(signed: &Signed, rows: &[DocumentRowView]) -> Table {
    let words = signed.words;
    let row = |row: &DocumentRowView| {
        let ends = match (row.purged_at, row.purge_by) {
            (Some(at), _) | (None, Some(at)) => Cell::when(at, words),
            (None, None) => Cell::text(words.get("label.until_withdrawn")),
        };
        let because = row.purged_because.as_deref();
        let held = row.status == "held";
        let label = row.label.clone().unwrap_or_else(|| row.content_type.clone());
        let href = held.then(|| format!("{PREFIX}/data/{}", row.item_id));
        let document = document_cell(&label, href);
        vec![
            Cell::when(row.received_at, words),
            document,
            Cell::Tags(vec![row.source.clone()]),
            Cell::status(&row.status, words),
            ends,
            because.map_or(Cell::Nothing, |because| Cell::text(words.of("reason", because))),
            Cell::Link {
                href: format!(
                    "{PREFIX}/cases/{}",
                    url::form_urlencoded::byte_serialize(row.case_ref.as_str().as_bytes())
                        .collect::<String>()
                ),
                text: row.case_ref.to_string(),
            },
            Cell::Number(moment::bytes(row.size_bytes)),
            sealed_by(signed, row.sealed_by.as_ref()),
            Cell::id(row.sha256),
        ]
    };
    let columns = [
        "col.received",
        "col.document",
        "col.source",
        "col.status",
        "col.purge",
        "col.reason",
        "col.case_ref",
        "col.document_size",
        "col.sealed_by",
        "col.digest",
    ];
    Table {
        caption: words.get("nav.data").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: rows.iter().map(row).collect(),
        empty: words.get("empty.data").to_owned(),
    }
}

/// Who sealed a document; nothing where nobody looked.
fn sealed_by(signed: &Signed, by: Option<&SealedByView>) -> Cell {
    by.map_or(Cell::Nothing, |by| Cell::text(signed.words.of("sealed_by", &by.who)))
}

/// What a document is called. The account's reference at the aggregator, which comes last and is long, is cut short: with it the
/// state and the end would stand beyond the right edge.
fn document_cell(label: &str, href: Option<String>) -> Cell {
    let reference = label.rsplit_once(' ').filter(|(_, last)| last.len() >= LONG_REFERENCE);
    match (reference, href) {
        (Some((name, reference)), href) => Cell::known(name, reference, href),
        (None, Some(href)) => Cell::Link { href, text: label.to_owned() },
        (None, None) => Cell::text(label),
    }
}

/// One document, masked.
pub(super) async fn masked(signed: Signed, Path(id): Path<String>) -> Response {
    let Ok(id) = id.parse::<DataItemId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.staff().masked(id).await {
        Ok(document) => page(&signed, &document, None),
        Err(error) => signed.refused(&error),
    }
}

#[derive(Deserialize)]
pub(super) struct ReasonForm {
    reason: String,
}

/// One document as it is; the reason is written down first.
pub(super) async fn unmasked(
    signed: Signed,
    Path(id): Path<String>,
    Form(form): Form<ReasonForm>,
) -> Response {
    let Ok(id) = id.parse::<DataItemId>() else { return Trouble::NotFound.answer(&signed) };
    match signed.staff().unmask(id, &Unmask { reason: form.reason }).await {
        Ok(document) => page(&signed, &document, None),
        Err(error) if error.code() == Some("invalid_request") => match signed.staff().masked(id).await {
            Ok(document) => page(&signed, &document, Some(signed.words.get("problem.reason").to_owned())),
            Err(error) => signed.refused(&error),
        },
        Err(error) => signed.refused(&error),
    }
}

fn page(signed: &Signed, document: &DocumentView, problem: Option<String>) -> Response {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let mut facts = vec![
        fact("col.source", Cell::Tags(vec![document.source.clone()])),
        fact("label.media_type", Cell::text(&document.content_type)),
        fact("col.digest", Cell::id(document.sha256)),
    ];
    if let Some(by) = &document.sealed_by {
        facts.push(fact("label.sealed_by", sealed_by(signed, Some(by))));
        facts.extend(by.kid.as_ref().map(|kid| fact("label.sender_key", Cell::id(kid))));
        facts.extend(by.verified_at.map(|at| fact("label.sender_verified", Cell::when(at, words))));
    }
    if let Some(purge_by) = document.purge_by {
        facts.push(fact("col.purge", Cell::when(purge_by, words)));
    }
    let (lines, is_whole) = lines_of(&document.document);
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut frame = signed.frame("/data", words.get("title.document"));
    frame.problem = problem;
    let page = DocumentPage {
        frame,
        facts,
        lines,
        cut: (!is_whole).then(|| words.with("label.document_cut", grouped(MOST_LINES))),
        action: format!("{PREFIX}/data/{}", document.item_id),
        masked: document.masked,
        may_unmask: signed.person.may("unmask_data"),
    };
    page.answer(status)
}

/// How many lines of a document a page shows.
const MOST_LINES: u64 = 2_000;

/// A document as lines, and whether these are all of them.
fn lines_of(document: &Value) -> (Vec<Line>, bool) {
    let most = usize::try_from(MOST_LINES).unwrap_or(usize::MAX);
    let mut lines = Vec::new();
    // one more shows that there are more
    flatten("", document, 0, &mut lines, most.saturating_add(1));
    let is_whole = lines.len() <= most;
    lines.truncate(most);
    (lines, is_whole)
}

/// At most so many lines: the name of a member, its value, and how deep it stands.
fn flatten(name: &str, value: &Value, depth: usize, lines: &mut Vec<Line>, most: usize) {
    if lines.len() >= most {
        return;
    }
    let line = |value: String| Line { name: name.to_owned(), value, depth: depth.min(9) };
    match value {
        Value::Object(members) => {
            if !name.is_empty() {
                lines.push(line(String::new()));
            }
            let deeper = if name.is_empty() { depth } else { depth.saturating_add(1) };
            members.iter().for_each(|(name, value)| flatten(name, value, deeper, lines, most));
        }
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                flatten(&format!("{name} {}", at.saturating_add(1)), value, depth, lines, most);
            }
        }
        Value::String(text) => lines.push(line(text.clone())),
        other => lines.push(line(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::plain;
    use serde_json::json;

    #[test]
    fn a_document_becomes_lines() {
        let document = json!({ "account": { "type": "deposit", "holder": [{ "name": "••••" }] } });
        let (lines, is_whole) = lines_of(&document);
        assert!(is_whole);
        let shown: Vec<_> =
            lines.iter().map(|line| (line.depth, line.name.as_str(), line.value.as_str())).collect();
        let expected = [(0, "account", ""), (1, "holder 1", ""), (2, "name", "••••"), (1, "type", "deposit")];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_document_that_is_cut_short_is_known_to_be() {
        let most = usize::try_from(MOST_LINES).unwrap();
        for (members, whole) in [(most, true), (most + 1, false), (3 * most, false)] {
            let document = json!({ "amount": vec![1; members] });
            let (lines, is_whole) = lines_of(&document);
            assert_eq!((lines.len(), is_whole), (most, whole), "{members}");
        }
    }

    #[test]
    fn a_long_reference_is_cut_short_on_the_page_and_whole_in_files() {
        let label = "deposit XXXXXXXX6489 4d30e427-bd46-4ac1-a34d-0beb3411edeb";
        let cell = document_cell(label, Some("/portal/data/1".to_owned()));
        let Cell::Known { name, full, href } = &cell else { panic!("{cell:?}") };
        assert_eq!((name.as_str(), full.len(), href.is_some()), ("deposit XXXXXXXX6489", 36, true));
        assert_eq!(plain(&cell), label);
        for short in ["application/json", "deposit XXXXXXXX6489", "deposit XXXX6489 REF-1"] {
            assert!(matches!(document_cell(short, None), Cell::Text(text) if text == short));
            assert!(matches!(document_cell(short, Some("/x".to_owned())), Cell::Link { .. }));
        }
    }
}

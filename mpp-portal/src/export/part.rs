//! What a page says of a file, which stays true while somebody looks.

use askama::Template;
use mpp_api::desk::ExportView;

use crate::moment::{bytes, grouped};
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{ExportPart, Fact};
use crate::view::{Cell, PostButton};

/// The part of the page.
pub(super) fn written(signed: &Signed, export: &ExportView) -> Option<String> {
    let words = signed.words;
    let here = format!("{PREFIX}/exports/{}", export.export_id);
    let button = |step: &str, label: &str, grave| PostButton {
        action: format!("{here}/{step}"),
        label: words.get(label).to_owned(),
        once: once_of(export),
        grave,
    };
    let (said, tone, buttons) = match export.state.as_str() {
        "working" => ("export.working", "wait", vec![button("cancel", "act.cancel_export", true)]),
        "ready" => ("export.ready", "good", vec![button("remove", "act.remove_export", true)]),
        _ => {
            let again = button("again", "act.start_again", false);
            let tone = if export.state == "stopped" { "wait" } else { "bad" };
            ("export.none", tone, vec![again, button("remove", "act.remove_export", true)])
        }
    };
    let part = ExportPart {
        words,
        said: export
            .reason
            .as_deref()
            .map_or_else(|| words.get(said).to_owned(), |reason| words.of("export_end", reason)),
        tone,
        facts: facts(signed, export),
        progress: (export.state == "working").then_some((export.rows, export.of)),
        download: (export.state == "ready").then(|| format!("{here}/file")),
        look_again: (export.state == "working").then_some(here),
        to_list: to_list(signed, export),
        buttons,
    };
    part.render().ok()
}

/// The part is only sent again when it changes, so its forms are named after what it shows.
fn once_of(export: &ExportView) -> String {
    format!("{}-{}", export.export_id, export.state)
}

fn facts(signed: &Signed, export: &ExportView) -> Vec<Fact> {
    let words = signed.words;
    let fact = |name: &str, value| Fact { label: words.get(name).to_owned(), value };
    let rows = match export.of {
        Some(of) if export.state == "working" => {
            words.with("label.rows_of", grouped(export.rows)).replacen("{}", &grouped(of), 1)
        }
        _ => grouped(export.rows),
    };
    let filter = if export.filter.is_empty() { words.get("label.no_filter") } else { &export.filter };
    vec![
        fact("col.status", state(signed, export)),
        fact("label.rows_written", Cell::Number(rows)),
        fact("col.file_size", size(export)),
        fact("col.list", Cell::text(title(signed, export))),
        fact("col.filter", Cell::text(filter)),
        fact("col.format", Cell::text(export.format.to_uppercase())),
        fact("col.begun", Cell::when(export.begun_at, words)),
        fact("col.ends", Cell::when(export.ends_at, words)),
    ]
}

/// The list with the same filter; a list without a page of its own has no way to it.
fn to_list(signed: &Signed, export: &ExportView) -> Option<String> {
    let known = signed.portal.kind.lists.iter().find(|list| list.path == export.list)?;
    let query = super::filters_anew(&export.query);
    let mark = if query.is_empty() { "" } else { "?" };
    known.has_page.then(|| format!("{PREFIX}{}{mark}{query}", known.path))
}

/// What the list is called.
pub(super) fn title(signed: &Signed, export: &ExportView) -> String {
    let known = signed.portal.kind.lists.iter().find(|list| list.path == export.list);
    known.map_or_else(|| export.file.clone(), |list| signed.words.get(list.title).to_owned())
}

pub(super) fn state(signed: &Signed, export: &ExportView) -> Cell {
    Cell::status(&export.state, signed.words)
}

pub(super) fn size(export: &ExportView) -> Cell {
    Cell::Number(if export.size_bytes == 0 { "–".to_owned() } else { bytes(export.size_bytes) })
}

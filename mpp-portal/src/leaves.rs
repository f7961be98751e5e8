//! The audit logs, as both portals show them: both servers' leaves have the same members.

use axum::response::Response;
use serde_json::Value;

use crate::moment::grouped;
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::view::{Cell, Files, Sheet, Table};

/// The page of leaves, the newest first; `before` is where it goes on, `size` how many there are.
pub(crate) fn log_page<'a>(
    signed: &Signed,
    leaves: impl Iterator<Item = (u64, &'a Value)>,
    before: Option<u64>,
    size: u64,
) -> Response {
    let words = signed.words;
    let sheet = Sheet {
        lead: words.with("lead.audit", grouped(size)),
        here: "/portal/audit",
        filters: Vec::new(),
        table: leaf_table(signed, leaves),
        next: before.map(|before| format!("{PREFIX}/audit?before={before}")),
        export: Some(Files::of(&signed.portal, "/audit")),
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/audit", words.get("nav.audit")), sheet }.show()
}

/// Leaves as a table.
pub(crate) fn leaf_table<'a>(signed: &Signed, leaves: impl Iterator<Item = (u64, &'a Value)>) -> Table {
    let words = signed.words;
    let columns = ["col.number", "col.when", "col.what", "col.who", "col.about"];
    Table {
        caption: words.get("nav.audit").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: leaves.map(|(index, entry)| leaf_row(signed, index, entry)).collect(),
        empty: words.get("empty.audit").to_owned(),
    }
}

fn leaf_row(signed: &Signed, index: u64, entry: &Value) -> Vec<Cell> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
    let at = text(entry.get("at")).parse().ok();
    let who = match entry.get("actor") {
        Some(Value::Object(actor)) => {
            let (kind, id) = (text(actor.get("type")), text(actor.get("id")));
            Cell::Named(vec![(kind, id)])
        }
        other => Cell::text(text(other)),
    };
    let shown = ["v", "at", "action", "actor"];
    let about = entry.as_object().into_iter().flatten().filter(|(name, _)| !shown.contains(&name.as_str()));
    let about = about.map(|(name, value)| match value {
        Value::String(text) => (name.clone(), text.clone()),
        other => (name.clone(), other.to_string()),
    });
    vec![
        Cell::Number(index.to_string()),
        at.map_or(Cell::Nothing, |at| Cell::when(at, signed.words)),
        Cell::text(text(entry.get("action"))),
        who,
        Cell::Named(about.collect()),
    ]
}

//! The audit log.

use axum::extract::Query;
use axum::response::Response;
use mpp_api::central::AuditLeafView;
use serde::Deserialize;
use serde_json::Value;

use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::view::{Cell, Sheet, Table};

/// Before which leaf.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Before {
    before: Option<u64>,
}

/// The page.
pub(super) async fn show(signed: Signed, Query(query): Query<Before>) -> Response {
    let page = match signed.operator().audit(query.before).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let columns = ["col.number", "col.when", "col.what", "col.who", "col.about"];
    let sheet = Sheet {
        lead: words.with("lead.audit", crate::moment::grouped(page.size)),
        here: "/portal/audit",
        filters: Vec::new(),
        table: Table {
            caption: words.get("nav.audit").to_owned(),
            columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
            rows: page.leaves.iter().map(|leaf| leaf_row(&signed, leaf)).collect(),
            empty: words.get("empty.audit").to_owned(),
        },
        next: page.before.map(|before| format!("{PREFIX}/audit?before={before}")),
        export: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/audit", words.get("nav.audit")), sheet }.show()
}

/// A leaf as a row; both servers' logs have the same members.
pub(crate) fn leaf_row(signed: &Signed, leaf: &AuditLeafView) -> Vec<Cell> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
    let at = text(leaf.entry.get("at")).parse().ok();
    let who = match leaf.entry.get("actor") {
        Some(Value::Object(actor)) => {
            let (kind, id) = (text(actor.get("type")), text(actor.get("id")));
            if id.is_empty() { kind } else { format!("{kind} {id}") }
        }
        other => text(other),
    };
    let shown = ["v", "at", "action", "actor"];
    let about =
        leaf.entry.as_object().into_iter().flatten().filter(|(name, _)| !shown.contains(&name.as_str()));
    let about = about.map(|(name, value)| match value {
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    });
    vec![
        Cell::Number(leaf.index.to_string()),
        at.map_or(Cell::Nothing, |at| Cell::when(at, signed.words)),
        Cell::text(text(leaf.entry.get("action"))),
        Cell::text(who),
        Cell::Tags(about.collect()),
    ]
}

//! The audit logs, as both portals show them: both servers' leaves have the same members.

use axum::response::Response;
use serde_json::Value;

use mpp_api::desk::CheckpointView;

use crate::moment::{Moment, grouped};
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::view::{Cell, Files, Sheet, Table};

/// What a page of a log says of the whole of it.
pub(crate) struct LogStanding<'a> {
    /// Where the page goes on.
    pub(crate) before: Option<u64>,
    /// How many leaves there are.
    pub(crate) size: u64,
    /// The newest checkpoint.
    pub(crate) checkpoint: Option<&'a CheckpointView>,
    /// What else is to be said.
    pub(crate) beside: Option<String>,
}

impl LogStanding<'_> {
    /// How many leaves were ever written and are covered by the checkpoint.
    pub(crate) fn covered(&self) -> u64 {
        covered(self.checkpoint)
    }

    fn lead(&self, signed: &Signed) -> String {
        let words = signed.words;
        let log = words.with("lead.audit", grouped(self.size));
        let checkpoint = match self.checkpoint {
            Some(newest) => words.with_all(
                "lead.audit_checkpoint",
                &[
                    &grouped(newest.size),
                    &Moment::of(newest.signed_at, words.0).shown,
                    &newest.root.to_string(),
                    newest.origin(),
                ],
            ),
            None => words.get("lead.audit_unsigned").to_owned(),
        };
        [Some(log), Some(checkpoint), self.beside.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// Which leaves a checkpoint covers: those with a lower number.
pub(crate) fn covered(checkpoint: Option<&CheckpointView>) -> u64 {
    checkpoint.map_or(0, |newest| newest.size)
}

/// The page of leaves, the newest first.
pub(crate) fn log_page<'a>(
    signed: &Signed,
    leaves: impl Iterator<Item = (u64, &'a Value)>,
    standing: &LogStanding<'_>,
) -> Response {
    let words = signed.words;
    let sheet = Sheet {
        lead: standing.lead(signed),
        here: "/portal/audit",
        filters: Vec::new(),
        table: leaf_table(signed, leaves, standing.covered()),
        next: standing.before.map(|before| format!("{PREFIX}/audit?before={before}")),
        export: Some(Files::of(&signed.portal, "/audit")),
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/audit", words.get("nav.audit")), sheet }.show()
}

/// Leaves as a table; those with a number below `covered` are in the signed tree.
pub(crate) fn leaf_table<'a>(
    signed: &Signed,
    leaves: impl Iterator<Item = (u64, &'a Value)>,
    covered: u64,
) -> Table {
    let words = signed.words;
    let columns = ["col.number", "col.when", "col.what", "col.who", "col.about", "col.covered"];
    Table {
        caption: words.get("nav.audit").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: leaves.map(|(index, entry)| leaf_row(signed, (index, index < covered), entry)).collect(),
        empty: words.get("empty.audit").to_owned(),
    }
}

fn leaf_row(signed: &Signed, (index, is_covered): (u64, bool), entry: &Value) -> Vec<Cell> {
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
        Cell::text(signed.words.get(if is_covered { "label.yes" } else { "label.not_yet" })),
    ]
}

//! Leaves of the audit logs as rows.

use serde_json::Value;

use crate::signed::Signed;
use crate::view::Cell;

/// A leaf as a row; both servers' logs have the same members.
pub(crate) fn leaf_row(signed: &Signed, index: u64, entry: &Value) -> Vec<Cell> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
    let at = text(entry.get("at")).parse().ok();
    let who = match entry.get("actor") {
        Some(Value::Object(actor)) => {
            let (kind, id) = (text(actor.get("type")), text(actor.get("id")));
            if id.is_empty() { kind } else { format!("{kind} {id}") }
        }
        other => text(other),
    };
    let shown = ["v", "at", "action", "actor"];
    let about = entry.as_object().into_iter().flatten().filter(|(name, _)| !shown.contains(&name.as_str()));
    let about = about.map(|(name, value)| match value {
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    });
    vec![
        Cell::Number(index.to_string()),
        at.map_or(Cell::Nothing, |at| Cell::when(at, signed.words)),
        Cell::text(text(entry.get("action"))),
        Cell::text(who),
        Cell::Tags(about.collect()),
    ]
}

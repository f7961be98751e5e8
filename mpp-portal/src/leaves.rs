//! The audit logs, as both portals show them: both servers' leaves have the same members, and are narrowed in the same way.

use std::future::Future;

use axum::response::Response;
use mpp_api::ApiError;
use mpp_api::desk::{AuditKindsView, AuditSearchQuery, CheckpointView};
use serde_json::Value;

use crate::export::{self, Rows};
use crate::moment::{Moment, grouped};
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Filter, ROWS, ROWS_AT_ONCE, Sheet, Table};

/// A part of a log, as either server gives it.
pub(crate) struct LogPart {
    /// The leaves with their numbers.
    pub(crate) leaves: Vec<(u64, Value)>,
    /// Where the log goes on.
    pub(crate) before: Option<u64>,
    /// How many leaves there are.
    pub(crate) size: u64,
    /// The newest checkpoint.
    pub(crate) checkpoint: Option<CheckpointView>,
    /// What can be asked for.
    pub(crate) kinds: AuditKindsView,
    /// What else is to be said.
    pub(crate) beside: Option<String>,
}

impl LogPart {
    fn lead(&self, signed: &Signed) -> String {
        let words = signed.words;
        let log = words.with("lead.audit", grouped(self.size));
        let checkpoint = match &self.checkpoint {
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

    /// The leaves as a table; those that the checkpoint covers are in the signed tree.
    fn table(&self, signed: &Signed, is_filtered: bool) -> Table {
        let words = signed.words;
        let covered = self.checkpoint.as_ref().map_or(0, |newest| newest.size);
        let columns = ["col.number", "col.when", "col.what", "col.who", "col.about", "col.covered"];
        let row = |(index, entry): &(u64, Value)| leaf_row(signed, (*index, *index < covered), entry);
        Table {
            caption: words.get("nav.audit").to_owned(),
            columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
            rows: self.leaves.iter().map(row).collect(),
            empty: words.get(if is_filtered { "empty.audit_filtered" } else { "empty.audit" }).to_owned(),
        }
    }
}

fn address(query: &AuditSearchQuery, before: Option<u64>) -> String {
    AuditSearchQuery { before, ..query.clone() }.behind(&format!("{PREFIX}/audit"))
}

/// The page of leaves, the newest first.
pub(crate) async fn log_page<R>(
    signed: Signed,
    query: AuditSearchQuery,
    read: impl FnOnce(Signed, AuditSearchQuery) -> R,
) -> Response
where
    R: Future<Output = Result<LogPart, ApiError>>,
{
    let query = AuditSearchQuery { limit: ROWS, ..query };
    let part = match read(signed.clone(), query.clone()).await {
        Ok(part) => part,
        Err(error) => return signed.refused(&error),
    };
    let filters = filters(&signed, &query, &part.kinds);
    let is_filtered = filters.iter().any(|filter| filter.in_words().is_some());
    let sheet = Sheet {
        lead: part.lead(&signed),
        here: "/portal/audit",
        table: part.table(&signed, is_filtered),
        filters,
        next: part.before.map(|before| address(&query, Some(before))),
        export: Some(Files::of(&signed.portal, &address(&query, None))),
        views: None,
        add: None,
    };
    let sheet = signed.with_views(sheet).await;
    SheetPage { frame: signed.frame("/audit", signed.words.get("nav.audit")), sheet }.show()
}

/// The leaves that the same filters leave, for a file.
pub(crate) fn log_rows<R>(
    signed: Signed,
    query: &str,
    read: impl Fn(Signed, AuditSearchQuery) -> R + Send + Clone + 'static,
) -> Result<Rows, Trouble>
where
    R: Future<Output = Result<LogPart, ApiError>> + Send + 'static,
{
    let query: AuditSearchQuery = export::filter_of(query)?;
    let chosen = |word: &Option<String>| word.iter().cloned().collect();
    let kinds = AuditKindsView { actions: chosen(&query.action), actors: chosen(&query.actor) };
    let filters = filters(&signed, &query, &kinds);
    let page = move |before: Option<String>| {
        let before = before.and_then(|before| before.parse().ok());
        let (signed, query, read) =
            (signed.clone(), AuditSearchQuery { before, limit: ROWS_AT_ONCE, ..query.clone() }, read.clone());
        async move {
            let part = read(signed.clone(), query).await?;
            Ok((part.table(&signed, true), part.before.map(|before| before.to_string())))
        }
    };
    Ok(Rows::paged("audit-log", &filters, page))
}

fn filters(signed: &Signed, query: &AuditSearchQuery, kinds: &AuditKindsView) -> Vec<Filter> {
    let words = signed.words;
    let action = |word: &String| (word.clone(), words.of("audited", word));
    let mut actions: Vec<_> = kinds.actions.iter().map(action).collect();
    actions.sort_by(|(_, one), (_, other)| one.cmp(other));
    let actors = kinds.actors.iter().map(|kind| (kind.clone(), words.of("actor", kind)));
    vec![
        Filter::choices("action", words.get("col.what"), query.action.as_deref(), actions),
        Filter::day("from", words.get("filter.from"), query.from.as_deref()),
        Filter::day("to", words.get("filter.to"), query.to.as_deref()),
        Filter::choices("actor", words.get("col.who"), query.actor.as_deref(), actors),
        Filter::text("actorId", words.get("filter.actor_id"), query.actor_id.as_deref()),
        Filter::text("about", words.get("filter.about"), query.about.as_deref()),
    ]
}

fn leaf_row(signed: &Signed, (index, is_covered): (u64, bool), entry: &Value) -> Vec<Cell> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("").to_owned();
    let (at, action) = (text(entry.get("at")).parse().ok(), text(entry.get("action")));
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
        Cell::Coded { meaning: signed.words.of("audited", &action), code: action },
        who,
        Cell::Named(about.collect()),
        Cell::text(signed.words.get(if is_covered { "label.yes" } else { "label.not_yet" })),
    ]
}

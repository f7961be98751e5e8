//! Who read which data and why, and the audit log.

use axum::response::Response;
use mpp_api::ApiError;
use mpp_api::client::{AccessView, CentralLogView};
use mpp_api::desk::AuditSearchQuery;
use serde::Deserialize;

use crate::export::Rows;
use crate::leaves::{LogPart, log_page, log_rows};
use crate::moment::{Moment, grouped};
use crate::portal::PREFIX;
use crate::signed::{Filters, Signed};
use crate::templates::{Answer, SheetPage};
use crate::trouble::Trouble;
use crate::view::{Cell, Files, Sheet, Table, for_file, shown};

/// A cursor of the list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Onward {
    after: Option<String>,
}

/// Every read of received data.
pub(super) async fn reads(signed: Signed, Filters(query): Filters<Onward>) -> Response {
    let page = match signed.staff().accesses_after(shown(query.after.as_deref())).await {
        Ok(page) => page,
        Err(error) => return signed.refused(&error),
    };
    let words = signed.words;
    let sheet = Sheet {
        lead: words.get("lead.reads").to_owned(),
        here: "/portal/reads",
        filters: Vec::new(),
        table: read_table(&signed, &page.items),
        next: page.next.map(|after| format!("{PREFIX}/reads?after={after}")),
        export: Some(Files::of(&signed.portal, "/reads")),
        views: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/reads", words.get("nav.reads")), sheet }.show()
}

/// Every read, for a file.
pub(super) async fn read_rows(signed: Signed) -> Result<Rows, Trouble> {
    let page = move |after: Option<String>| {
        let signed = signed.clone();
        async move {
            let page = signed.staff().accesses_after(for_file(after.as_deref())).await?;
            Ok((read_table(&signed, &page.items), page.next))
        }
    };
    Ok(Rows::paged("reads", &[], page))
}

fn read_table(signed: &Signed, reads: &[AccessView]) -> Table {
    let words = signed.words;
    let row = |access: &AccessView| {
        let who = access.staff.as_ref().map(ToString::to_string);
        let key = access.api_key_id.map_or(Cell::Nothing, Cell::id);
        vec![
            Cell::when(access.at, words),
            who.map_or(key, Cell::text),
            Cell::text(words.of("form", &access.form)),
            access.reason.as_ref().map_or(Cell::Nothing, Cell::text),
            Cell::id(access.item_id),
        ]
    };
    let columns = ["col.when", "col.who", "col.form", "col.reason", "col.document"];
    Table {
        caption: words.get("nav.reads").to_owned(),
        columns: columns.map(|name| words.get(name).to_owned()).to_vec(),
        rows: reads.iter().map(row).collect(),
        empty: words.get("empty.reads").to_owned(),
    }
}

/// The audit log.
pub(super) async fn audit(signed: Signed, Filters(query): Filters<AuditSearchQuery>) -> Response {
    log_page(signed, query, read_log).await
}

/// The entries of the audit log that the same filters leave, for a file, the newest first.
pub(super) async fn audit_rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    log_rows(signed, &query, read_log)
}

async fn read_log(signed: Signed, query: AuditSearchQuery) -> Result<LogPart, ApiError> {
    let page = signed.staff().search_audit(&query).await?;
    Ok(LogPart {
        leaves: page.leaves.into_iter().map(|leaf| (leaf.index, leaf.entry)).collect(),
        before: page.before,
        size: page.size,
        checkpoint: page.checkpoint,
        kinds: page.kinds,
        beside: page.central.as_ref().map(|central| central_log(&signed, central)),
    })
}

/// What this server has seen of central's log.
fn central_log(signed: &Signed, central: &CentralLogView) -> String {
    let words = signed.words;
    let checked = Moment::of(central.checked_at, words.0).shown;
    match central.findings.last() {
        None => words.with_all("lead.central_log", &[&grouped(central.size), &checked]),
        Some(found) => {
            let noticed = Moment::of(found.at, words.0).shown;
            words.with_all("lead.central_log_breached", &[&noticed, &words.of("breach", &found.kind)])
        }
    }
}

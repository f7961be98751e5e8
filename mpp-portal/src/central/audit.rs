//! The audit log.

use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;

use crate::leaves::leaf_row;
use crate::portal::PREFIX;
use crate::signed::Signed;
use crate::templates::{Answer, SheetPage};
use crate::view::{Sheet, Table};

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
            rows: page.leaves.iter().map(|leaf| leaf_row(&signed, leaf.index, &leaf.entry)).collect(),
            empty: words.get("empty.audit").to_owned(),
        },
        next: page.before.map(|before| format!("{PREFIX}/audit?before={before}")),
        export: None,
        add: None,
    };
    SheetPage { frame: signed.frame("/audit", words.get("nav.audit")), sheet }.show()
}

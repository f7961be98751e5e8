//! The audit log.

use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;

use crate::export::Rows;
use crate::leaves::{LogStanding, covered, leaf_table, log_page};
use crate::signed::Signed;
use crate::trouble::Trouble;

/// Before which leaf.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Before {
    before: Option<u64>,
}

/// The page.
pub(super) async fn show(signed: Signed, Query(query): Query<Before>) -> Response {
    match signed.operator().audit(query.before).await {
        Ok(page) => {
            let leaves = page.leaves.iter().map(|leaf| (leaf.index, &leaf.entry));
            let checkpoint = page.checkpoint.as_ref();
            let standing = LogStanding { before: page.before, size: page.size, checkpoint, beside: None };
            log_page(&signed, leaves, &standing)
        }
        Err(error) => signed.refused(&error),
    }
}

/// The log for a file, the newest first.
pub(super) async fn rows(signed: Signed) -> Result<Rows, Trouble> {
    let page = move |before: Option<String>| {
        let signed = signed.clone();
        async move {
            let page = signed.operator().audit(before.and_then(|before| before.parse().ok())).await?;
            let leaves = page.leaves.iter().map(|leaf| (leaf.index, &leaf.entry));
            let table = leaf_table(&signed, leaves, covered(page.checkpoint.as_ref()));
            Ok((table, page.before.map(|before| before.to_string())))
        }
    };
    Ok(Rows::paged("audit-log", &[], page))
}

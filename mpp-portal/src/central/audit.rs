//! The audit log.

use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;

use crate::leaves::log_page;
use crate::signed::Signed;

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
            log_page(&signed, leaves, page.before, page.size)
        }
        Err(error) => signed.refused(&error),
    }
}

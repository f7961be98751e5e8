//! The audit log.

use axum::response::Response;
use mpp_api::ApiError;
use mpp_api::desk::AuditSearchQuery;

use crate::export::Rows;
use crate::leaves::{LogPart, log_page, log_rows};
use crate::signed::{Filters, Signed};
use crate::trouble::Trouble;

/// The page.
pub(super) async fn show(signed: Signed, Filters(query): Filters<AuditSearchQuery>) -> Response {
    log_page(signed, query, read).await
}

/// The entries that the same filters leave, for a file, the newest first.
pub(super) async fn rows(signed: Signed, query: String) -> Result<Rows, Trouble> {
    log_rows(signed, &query, read)
}

async fn read(signed: Signed, query: AuditSearchQuery) -> Result<LogPart, ApiError> {
    let page = signed.operator().search_audit(&query).await?;
    Ok(LogPart {
        leaves: page.leaves.into_iter().map(|leaf| (leaf.index, leaf.entry)).collect(),
        before: page.before,
        size: page.size,
        checkpoint: page.checkpoint,
        kinds: page.kinds,
        beside: None,
    })
}

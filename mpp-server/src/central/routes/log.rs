//! Central's audit log for those who hold it to account: C2SP `tlog-tiles` below `/v1/log`, without the entries.

use axum::extract::{Path, State};
use mpp_crypto::tlog::TilePath;

use super::super::refusals::refuse;
use super::{Access, App, Group, named};
use crate::http::{Document, Octets, PlainText, Refusal};

/// Whoever has a contract may see that the log is only continued. Strangers may not: how fast it grows says how much is done.
pub(super) fn group() -> Group {
    Group::new(Access::Partner)
        .get("/v1/log/checkpoint", "The newest checkpoint of the audit log, a signed note", checkpoint)
        .get("/v1/log/tile/{level}/{*tile}", "Hashes of the audit log's tree, a tile of 256 at most", tile)
}

async fn checkpoint(State(app): State<App>) -> Result<Document<PlainText>, Refusal> {
    let newest = app.service.log_checkpoint().await.map_err(refuse)?;
    newest.map(|newest| Document::new(newest.note)).ok_or_else(Refusal::not_found)
}

async fn tile(
    State(app): State<App>,
    Path((level, tile)): Path<(String, String)>,
) -> Result<Document<Octets>, Refusal> {
    let path: TilePath = named(&format!("{level}/{tile}"))?;
    let hashes = app.service.log_tile(path).await.map_err(refuse)?;
    hashes.map(Document::new).ok_or_else(Refusal::not_found)
}

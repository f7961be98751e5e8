//! Making a data folder from a backup.

use std::path::Path;

use mpp_store::SqliteStore;
use serde::Serialize;

use super::StoreFailure;
use super::folder::{DATABASE, copy_private, make_empty, sync_folders};
use super::manifest::Manifest;
use crate::operator::output::Output;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Restored<'a> {
    data: &'a Path,
    schema: i64,
    files: usize,
    with_keys: bool,
}

/// Nothing is written before every file of the backup was looked through. What is copied is looked through again.
pub(super) async fn run(from: &Path, data: &Path, output: &mut Output<'_>) -> Result<(), StoreFailure> {
    let manifest = Manifest::verified(from)?;
    let known = SqliteStore::known_schema();
    if manifest.schema > known {
        return Err(mpp_store::StoreError::NewerSchema { version: manifest.schema }.into());
    }
    make_empty(data)?;
    for file in &manifest.files {
        let (source, target) = (file.below(from)?, file.below(data)?);
        let written = copy_private(&source, &target).map_err(StoreFailure::file(&target))?;
        if written != (file.bytes, file.sha256) {
            return Err(StoreFailure::Backup {
                path: file.path.clone(),
                fault: "changed while it was restored",
            });
        }
    }
    sync_folders(data)?;
    let database = data.join(DATABASE);
    let inspected = SqliteStore::inspect(&database).await?;
    if let Some(fault) = inspected.faults.first() {
        return Err(StoreFailure::Damaged { path: database, fault: fault.clone() });
    }
    let with_keys = manifest.with_keys;
    let keys = if with_keys { "restored" } else { "not in the backup: put keys/ in place before the start" };
    let lines = [
        ("data", data.display().to_string()),
        ("schema", inspected.schema.to_string()),
        ("files", manifest.files.len().to_string()),
        ("keys", keys.to_owned()),
    ];
    let answer = Restored { data, schema: inspected.schema, files: manifest.files.len(), with_keys };
    output.one(&answer, &lines).map_err(StoreFailure::output)
}

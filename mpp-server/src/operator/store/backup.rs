//! Copying a data folder while its server runs.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mpp_core::Timestamp;
use mpp_store::SqliteStore;
use serde::Serialize;

use super::StoreFailure;
use super::folder::{DATABASE, KEYS, PARCELS, copy_private, digest, files_below, make_empty, sync_folders};
use super::manifest::{BackedUpFile, Manifest};
use super::place::Place;
use crate::operator::output::Output;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackedUp<'a> {
    to: &'a Path,
    schema: i64,
    files: usize,
    bytes: u64,
    with_keys: bool,
    with_parcels: bool,
}

/// The database first: whatever it says is here, was here before. A parcel that is erased meanwhile is missing from the copy,
/// as it should be; one that comes meanwhile is in it without a record, and goes with the restored server's first sweep.
pub(super) async fn run(
    place: &Place,
    to: &Path,
    with_keys: bool,
    made_at: Timestamp,
    output: &mut Output<'_>,
) -> Result<(), StoreFailure> {
    if !place.has_sqlite() {
        return Err(StoreFailure::NoBackup);
    }
    let (data, with_parcels) = (place.data(), place.has_parcels());
    let store = data.open_current().await?;
    make_empty(to)?;
    let database = to.join(DATABASE);
    let backed_up = store.back_up_to(&database).await;
    store.close().await;
    backed_up?;
    let (bytes, sha256) = digest(&database).map_err(StoreFailure::file(&database))?;
    let mut files = vec![BackedUpFile { path: DATABASE.to_owned(), bytes, sha256 }];
    let folders = [(PARCELS, with_parcels), (KEYS, with_keys)];
    for (folder, _) in folders.iter().filter(|(_, wanted)| *wanted) {
        for file in files_below(&data.path().join(folder))? {
            files.extend(copied(data.path(), file, to)?);
        }
    }
    let schema = SqliteStore::inspect(&database).await?.schema;
    let bytes = files.iter().map(|file| file.bytes).sum();
    let answer = BackedUp { to, schema, files: files.len(), bytes, with_keys, with_parcels };
    Manifest::new(made_at, schema, with_keys, files).write(to)?;
    sync_folders(to)?;
    let keys = if with_keys { "in the backup" } else { "not in the backup: keep a copy of keys/ apart" };
    let parcels =
        if with_parcels { "in the backup" } else { "not in the backup: they are in object storage" };
    let lines = [
        ("backup", to.display().to_string()),
        ("schema", schema.to_string()),
        ("files", answer.files.to_string()),
        ("bytes", bytes.to_string()),
        ("parcels", parcels.to_owned()),
        ("keys", keys.to_owned()),
    ];
    output.one(&answer, &lines).map_err(StoreFailure::output)
}

/// A file of the backup; `None` when it was erased, or is being written, at this moment.
fn copied(data: &Path, file: PathBuf, to: &Path) -> Result<Option<BackedUpFile>, StoreFailure> {
    let below = file.strip_prefix(data).unwrap_or(&file);
    let Some(path) = below.to_str().filter(|path| !path.contains('#') && !path.ends_with(".new")) else {
        return Ok(None);
    };
    match copy_private(&file, &to.join(below)) {
        Ok((bytes, sha256)) => Ok(Some(BackedUpFile { path: path.to_owned(), bytes, sha256 })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreFailure::file(&file)(error)),
    }
}

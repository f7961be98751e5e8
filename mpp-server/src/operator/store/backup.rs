//! Copying what a server keeps while it runs.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use mpp_core::Timestamp;
use mpp_store::{SnapshotFile, SqliteStore};
use serde::Serialize;

use super::StoreFailure;
use super::folder::{
    DATABASE, KEYS, PARCELS, SNAPSHOT, copy_private, digest, files_below, make_empty, sync_folders,
};
use super::manifest::{BackedUpFile, Manifest};
use super::parcels;
use super::place::{Place, Records};
use crate::operator::output::Output;

/// What shall be in a backup besides the records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) with_keys: bool,
    pub(super) with_parcels: bool,
    /// Records in the form that every backend reads.
    pub(super) portable: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BackedUp<'a> {
    to: &'a Path,
    schema: i64,
    /// Whether every backend reads the records, or SQLite alone.
    portable: bool,
    files: usize,
    bytes: u64,
    with_keys: bool,
    with_parcels: bool,
}

/// The records first: whatever they say is here, was here before. A parcel that is erased meanwhile is missing from the copy,
/// as it should be; one that comes meanwhile is in it without a record, and goes with the restored server's first sweep.
pub(super) async fn run(
    place: &Place,
    to: &Path,
    wish: Wish,
    made_at: Timestamp,
    output: &mut Output<'_>,
) -> Result<(), StoreFailure> {
    let records = place.records().await?;
    make_empty(to)?;
    let portable = wish.portable || !place.has_sqlite();
    let copied = copied_records(&records, to, portable).await;
    records.close().await;
    let (file, schema) = copied?;
    let mut files = vec![file];
    if wish.with_parcels {
        files.extend(copied_parcels(place, to).await?);
    }
    if wish.with_keys {
        files.extend(copied_folder(place, KEYS, to)?);
    }
    let bytes = files.iter().map(|file| file.bytes).sum();
    let Wish { with_keys, with_parcels, .. } = wish;
    let answer = BackedUp { to, schema, portable, files: files.len(), bytes, with_keys, with_parcels };
    Manifest::new(made_at, schema, with_keys, files).write(to)?;
    sync_folders(to)?;
    output.one(&answer, &answer.lines()).map_err(StoreFailure::output)
}

impl BackedUp<'_> {
    fn lines(&self) -> [(&'static str, String); 7] {
        let keys =
            if self.with_keys { "in the backup" } else { "not in the backup: keep a copy of keys/ apart" };
        let parcels = if self.with_parcels { "in the backup" } else { "not in the backup" };
        let records = if self.portable { "for every backend" } else { "for SQLite" };
        [
            ("backup", self.to.display().to_string()),
            ("records", records.to_owned()),
            ("schema", self.schema.to_string()),
            ("files", self.files.to_string()),
            ("bytes", self.bytes.to_string()),
            ("parcels", parcels.to_owned()),
            ("keys", keys.to_owned()),
        ]
    }
}

/// The file with the records, and the schema they had.
async fn copied_records(
    records: &Records,
    to: &Path,
    portable: bool,
) -> Result<(BackedUpFile, i64), StoreFailure> {
    let (name, schema) = match records {
        Records::Sqlite(store) if !portable => {
            let database = to.join(DATABASE);
            store.back_up_to(&database).await?;
            (DATABASE, SqliteStore::inspect(&database).await?.schema)
        }
        records => {
            SnapshotFile::at(to.join(SNAPSHOT)).take_of(records.snapshots()).await?;
            (SNAPSHOT, records.known_schema())
        }
    };
    let file = to.join(name);
    let (bytes, sha256) = digest(&file).map_err(StoreFailure::file(&file))?;
    Ok((BackedUpFile { path: name.to_owned(), bytes, sha256 }, schema))
}

async fn copied_parcels(place: &Place, to: &Path) -> Result<Vec<BackedUpFile>, StoreFailure> {
    if place.has_parcels() {
        copied_folder(place, PARCELS, to)
    } else {
        parcels::copied(&place.parcels()?, to).await
    }
}

fn copied_folder(place: &Place, folder: &str, to: &Path) -> Result<Vec<BackedUpFile>, StoreFailure> {
    let data = place.data();
    let mut files = Vec::new();
    for file in files_below(&data.path().join(folder))? {
        files.extend(copied(data.path(), file, to)?);
    }
    Ok(files)
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

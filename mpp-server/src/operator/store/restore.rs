//! Filling an empty place from a backup.

use std::path::Path;

use mpp_store::{SnapshotError, SnapshotFile, SqliteStore, StoreError};
use serde::Serialize;

use super::StoreFailure;
use super::folder::{DATABASE, RESTORING, SNAPSHOT, copy_private, make_ready, sync_folders};
use super::manifest::{BackedUpFile, Manifest};
use super::parcels;
use super::place::Place;
use crate::operator::output::Output;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Restored<'a> {
    data: &'a Path,
    schema: i64,
    files: usize,
    with_keys: bool,
    with_parcels: bool,
}

/// Nothing is written before every file of the backup was looked through. What is copied is looked through again. The records
/// come last: a place that has them has all of the backup.
pub(super) async fn run(
    from: &Path,
    place: &Place,
    with_parcels: bool,
    output: &mut Output<'_>,
) -> Result<(), StoreFailure> {
    let manifest = Manifest::verified(from)?;
    check_records(&manifest, from, place).await?;
    let data = place.data();
    make_ready(data.path(), manifest.with_keys)?;
    if place.has_database() {
        check_unused(place).await?;
    }
    let files = manifest.files.iter().filter(|file| with_parcels || !file.is_parcel());
    let files: Vec<&BackedUpFile> = files.collect();
    put_back_files(&files, from, place).await?;
    let schema = restored_records(&manifest, from, place).await?;
    sync_folders(data.path())?;
    let with_keys = manifest.with_keys;
    let keys = if with_keys { "restored" } else { "not in the backup: put keys/ in place before the start" };
    let lines = [
        ("data", data.path().display().to_string()),
        ("schema", schema.to_string()),
        ("files", files.len().to_string()),
        ("keys", keys.to_owned()),
    ];
    let answer = Restored { data: data.path(), schema, files: files.len(), with_keys, with_parcels };
    output.one(&answer, &lines).map_err(StoreFailure::output)
}

/// Whether the records of the backup can be restored there at all.
async fn check_records(manifest: &Manifest, from: &Path, place: &Place) -> Result<(), StoreFailure> {
    if !manifest.has_sqlite() {
        SnapshotFile::at(from.join(SNAPSHOT)).verify().await?;
        return Ok(());
    }
    if manifest.schema > SqliteStore::known_schema() {
        return Err(StoreError::NewerSchema { version: manifest.schema }.into());
    }
    if place.has_sqlite() { Ok(()) } else { Err(StoreFailure::OnlySqlite) }
}

/// Records in a database that somebody works with are noticed before parcels are copied. Tables are made where there are none.
async fn check_unused(place: &Place) -> Result<(), StoreFailure> {
    let records = place.new_records().await?;
    let found = async {
        let store = records.store();
        Ok::<_, StoreError>(store.mentions("").await? || store.size().await? > 0)
    };
    let found = found.await;
    records.close().await;
    if found? { Err(SnapshotError::NotEmpty.into()) } else { Ok(()) }
}

/// Parcels to wherever they belong, keys into the data folder.
async fn put_back_files(files: &[&BackedUpFile], from: &Path, place: &Place) -> Result<(), StoreFailure> {
    let elsewhere = if place.has_parcels() { None } else { Some(place.parcels()?) };
    if elsewhere.is_some() && files.iter().any(|file| file.is_parcel()) {
        let there = place.parcel_files().await?;
        if !there.stored.is_empty() {
            return Err(StoreFailure::Occupied { what: "parcels in the object storage" });
        }
    }
    for file in files.iter().filter(|file| !file.is_records()) {
        let is_whole = match &elsewhere {
            Some(elsewhere) if file.is_parcel() => parcels::put_back(file, from, elsewhere).await?,
            _ => copied(file, from, place.data().path())?,
        };
        if !is_whole {
            return Err(changed(&file.path));
        }
    }
    Ok(())
}

fn copied(file: &BackedUpFile, from: &Path, to: &Path) -> Result<bool, StoreFailure> {
    let (source, target) = (file.below(from)?, file.below(to)?);
    let written = copy_private(&source, &target).map_err(StoreFailure::file(&target))?;
    Ok(written == (file.bytes, file.sha256))
}

/// All records or none: what there is of them after a failure would be taken for those of a new server.
async fn restored_records(manifest: &Manifest, from: &Path, place: &Place) -> Result<i64, StoreFailure> {
    let restored = if manifest.has_sqlite() {
        restored_database(manifest, from, place).await
    } else {
        restored_snapshot(from, place).await
    };
    if restored.is_err() {
        place.data().take_back_records();
    }
    restored
}

/// The file takes its name once it was looked through.
async fn restored_database(manifest: &Manifest, from: &Path, place: &Place) -> Result<i64, StoreFailure> {
    let database = place.data().database();
    let unnamed = place.data().path().join(RESTORING);
    copy_private(&from.join(DATABASE), &unnamed).map_err(StoreFailure::file(&unnamed))?;
    let inspected = SqliteStore::inspect(&unnamed).await?;
    if let Some(fault) = inspected.faults.first() {
        return Err(StoreFailure::Damaged { path: unnamed, fault: fault.clone() });
    }
    if inspected.schema != manifest.schema {
        return Err(StoreFailure::Backup {
            path: DATABASE.to_owned(),
            fault: "has another schema than the manifest says",
        });
    }
    std::fs::rename(&unnamed, &database).map_err(StoreFailure::file(&database))?;
    Ok(inspected.schema)
}

async fn restored_snapshot(from: &Path, place: &Place) -> Result<i64, StoreFailure> {
    let records = place.new_records().await?;
    let restored = SnapshotFile::at(from.join(SNAPSHOT)).restore_into(records.snapshots()).await;
    let schema = records.known_schema();
    records.close().await;
    restored?;
    Ok(schema)
}

fn changed(path: &str) -> StoreFailure {
    StoreFailure::Backup { path: path.to_owned(), fault: "changed while it was restored" }
}

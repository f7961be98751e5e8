//! Whether anything is left of what was erased.

use std::path::{Path, PathBuf};

use mpp_core::ParcelId;
use serde::Serialize;

use super::StoreFailure;
use super::place::Place;
use super::stored::{Standing, standings};
use crate::operator::output::Output;

/// What `purge-check` found.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PurgeChecked {
    /// How many parcels and documents the records call erased.
    erased: usize,
    /// Of these, what still has a key: nothing but time keeps it from being read.
    keys_left: Vec<ParcelId>,
    /// Of these, what still has bytes.
    bytes_left: Vec<ParcelId>,
    /// Keys of parcels that no record speaks of.
    keys_without_record: Vec<ParcelId>,
    /// Bytes that no record speaks of.
    bytes_without_record: Vec<ParcelId>,
    /// Files that killed writers left.
    unfinished: Vec<PathBuf>,
    /// Files, links and the like that no server puts beside parcels and keys: copies, perhaps.
    strange: Vec<PathBuf>,
}

impl PurgeChecked {
    fn lists(&self) -> [(&'static str, &Vec<ParcelId>); 4] {
        [
            ("KEY LEFT", &self.keys_left),
            ("BYTES LEFT", &self.bytes_left),
            ("KEY WITHOUT RECORD", &self.keys_without_record),
            ("BYTES WITHOUT RECORD", &self.bytes_without_record),
        ]
    }

    fn lines(&self) -> Vec<(&str, String)> {
        let mut lines = vec![("erased", self.erased.to_string())];
        for (name, parcels) in self.lists() {
            lines.extend(parcels.iter().map(|parcel| (name, parcel.to_string())));
        }
        for (name, files) in [("UNFINISHED", &self.unfinished), ("STRANGE", &self.strange)] {
            lines.extend(files.iter().map(|file| (name, file.display().to_string())));
        }
        lines
    }

    /// How much was found that should not be there.
    fn left(&self) -> usize {
        let parcels: usize = self.lists().iter().map(|(_, list)| list.len()).sum();
        parcels.saturating_add(self.unfinished.len()).saturating_add(self.strange.len())
    }
}

pub(super) async fn run(place: &Place, output: &mut Output<'_>) -> Result<(), StoreFailure> {
    let data = place.data();
    let (files, keys) = (place.parcel_files().await?, data.key_files()?);
    let records = place.records().await?;
    let standings = standings(records.store()).await;
    records.close().await;
    let standings = standings?;
    let is_erased = |id: &&ParcelId| standings.get(id) == Some(&Standing::Erased);
    let is_unknown = |id: &&ParcelId| !standings.contains_key(id);
    let below = |files: Vec<PathBuf>| files.into_iter().map(|file| below(data.path(), &file));
    let found = PurgeChecked {
        erased: standings.values().filter(|standing| **standing == Standing::Erased).count(),
        keys_left: keys.items.keys().filter(is_erased).copied().collect(),
        bytes_left: files.stored.iter().filter(is_erased).copied().collect(),
        keys_without_record: keys.items.keys().filter(is_unknown).copied().collect(),
        bytes_without_record: files.stored.iter().filter(is_unknown).copied().collect(),
        unfinished: below(files.unfinished).chain(below(keys.unfinished)).collect(),
        strange: below(files.strange).chain(below(keys.strange)).collect(),
    };
    output.one(&found, &found.lines()).map_err(StoreFailure::output)?;
    match found.left() {
        0 => Ok(()),
        left => Err(StoreFailure::Found { found: format!("{left} remains") }),
    }
}

fn below(data: &Path, file: &Path) -> PathBuf {
    file.strip_prefix(data).unwrap_or(file).to_owned()
}

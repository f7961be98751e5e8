//! The list of a backup's files: written last, checked first.

use std::collections::BTreeSet;
use std::fs::{File, Metadata, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use mpp_core::{Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use super::StoreFailure;
use super::folder::{DATABASE, KEYS, PARCELS, SNAPSHOT, digest, files_below};

pub(super) const MANIFEST: &str = "manifest.json";
const FORM: u32 = 1;

/// What a backup consists of. It says whether a copy is whole, not who made it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) form: u32,
    pub(super) made_at: Timestamp,
    /// The last migration of the database that was copied.
    pub(super) schema: i64,
    pub(super) with_keys: bool,
    pub(super) files: Vec<BackedUpFile>,
}

/// A file of a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BackedUpFile {
    /// Below the folder, with `/` between.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: Sha256Digest,
}

impl Manifest {
    pub(super) fn new(made_at: Timestamp, schema: i64, with_keys: bool, files: Vec<BackedUpFile>) -> Self {
        Self { form: FORM, made_at, schema, with_keys, files }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), StoreFailure> {
        let path = folder.join(MANIFEST);
        let write = || {
            let text = serde_json::to_vec_pretty(self)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(&text)?;
            file.sync_all()
        };
        write().map_err(StoreFailure::file(&path))
    }

    /// The manifest of a backup of which every file is there and as it was written, and no other one.
    pub(super) fn verified(folder: &Path) -> Result<Self, StoreFailure> {
        let path = folder.join(MANIFEST);
        let file = File::open(&path).map_err(StoreFailure::file(&path))?;
        let manifest: Self = serde_json::from_reader(std::io::BufReader::new(file))
            .map_err(|_| faulty(MANIFEST, "is no manifest of this program"))?;
        if manifest.form != FORM {
            return Err(faulty(MANIFEST, "is a manifest of another form"));
        }
        let mut listed = BTreeSet::from([path]);
        for file in &manifest.files {
            let found = file.below(folder)?;
            if !manifest.with_keys && Path::new(&file.path).starts_with(KEYS) {
                return Err(faulty(&file.path, "is a key, and the manifest says that there are none"));
            }
            if !is_plain_file(folder, &found) {
                return Err(faulty(&file.path, "is missing, or no plain file"));
            }
            match digest(&found) {
                Err(_) => return Err(faulty(&file.path, "cannot be read")),
                Ok(content) if content != (file.bytes, file.sha256) => {
                    return Err(faulty(&file.path, "is not what was backed up"));
                }
                Ok(_) => {}
            }
            if !listed.insert(found) {
                return Err(faulty(&file.path, "is listed twice"));
            }
        }
        match files_below(folder)?.into_iter().find(|file| !listed.contains(file)) {
            Some(file) => Err(faulty(&file.to_string_lossy(), "is not in the manifest")),
            None if manifest.has(DATABASE) == manifest.has(SNAPSHOT) => {
                Err(faulty(DATABASE, "is missing, or not the only file with records"))
            }
            None => Ok(manifest),
        }
    }

    /// Whether the records are a copy of SQLite's file, and not a snapshot.
    pub(super) fn has_sqlite(&self) -> bool {
        self.has(DATABASE)
    }

    fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }
}

impl BackedUpFile {
    /// Where the file lies below a folder: never outside it, and only where a backup has files.
    pub(super) fn below(&self, folder: &Path) -> Result<PathBuf, StoreFailure> {
        let path = Path::new(&self.path);
        let is_plain = path.components().all(|component| matches!(component, Component::Normal(_)));
        let is_known = self.is_records() || self.is_parcel() || path.starts_with(KEYS);
        if is_plain && is_known {
            Ok(folder.join(path))
        } else {
            Err(faulty(&self.path, "has no place in a data folder"))
        }
    }
}

impl BackedUpFile {
    /// Whether it holds the records.
    pub(super) fn is_records(&self) -> bool {
        self.path == DATABASE || self.path == SNAPSHOT
    }

    /// Whether it is a part of a parcel.
    pub(super) fn is_parcel(&self) -> bool {
        Path::new(&self.path).starts_with(PARCELS)
    }
}

/// Whether a file lies in a folder as it is written, with no link to another place on the way.
fn is_plain_file(folder: &Path, file: &Path) -> bool {
    let within = file.ancestors().skip(1).take_while(|above| above.starts_with(folder) && *above != folder);
    let is =
        |path: &Path, kind: fn(&Metadata) -> bool| path.symlink_metadata().is_ok_and(|found| kind(&found));
    is(file, Metadata::is_file) && within.into_iter().all(|above| is(above, Metadata::is_dir))
}

fn faulty(path: &str, fault: &'static str) -> StoreFailure {
    StoreFailure::Backup { path: path.to_owned(), fault }
}

//! The data folder, as `runtime::storage` lays it out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use mpp_core::{ParcelId, Sha256Digest};
use mpp_crypto::Sha256;
use mpp_store::SqliteStore;

use super::StoreFailure;
use crate::runtime::{ParcelsSection, RecordsSection};

pub(super) const DATABASE: &str = RecordsSection::SQLITE_FILE;
/// The file of SQLite while it is being restored.
pub(super) const RESTORING: &str = "records.restoring";
/// The records of any backend, in a backup.
pub(super) const SNAPSHOT: &str = "records.snapshot";
pub(super) const PARCELS: &str = ParcelsSection::FOLDER;
pub(super) const KEYS: &str = "keys";
/// The keys of parcels and documents, within the folder of keys.
const ITEMS: &str = "items";
/// How the name of a key ends while it is written.
const UNFINISHED_KEY: &str = ".new";

/// A data folder.
#[derive(Debug)]
pub(super) struct DataFolder(PathBuf);

/// Files of parcels.
#[derive(Debug, Default)]
pub(super) struct ParcelFiles {
    /// Parcels that have at least one part.
    pub(super) stored: BTreeSet<ParcelId>,
    /// What killed writers left.
    pub(super) unfinished: Vec<PathBuf>,
    /// What no server puts there.
    pub(super) strange: Vec<PathBuf>,
}

/// Files of keys that are destroyed when their time is over.
#[derive(Debug, Default)]
pub(super) struct KeyFiles {
    /// The key of each parcel or document.
    pub(super) items: BTreeMap<ParcelId, PathBuf>,
    /// What killed writers left.
    pub(super) unfinished: Vec<PathBuf>,
    /// What no server puts there. It may be the copy of a key, and then what was sealed under it is not erased.
    pub(super) strange: Vec<PathBuf>,
}

impl DataFolder {
    pub(super) const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The file of SQLite.
    pub(super) fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    /// Removes what a restore that failed has made of records, in a folder that had none before.
    pub(super) fn take_back_records(&self) {
        for name in [DATABASE, RESTORING] {
            for suffix in ["", "-wal", "-shm"] {
                // most of them are not there, and why the restore failed is the error that counts
                let _ = fs::remove_file(self.0.join(format!("{name}{suffix}")));
            }
        }
        let _ = fs::remove_dir_all(self.0.join(RecordsSection::SLED_FOLDER));
    }

    /// The store in that file, whose tables must be those this program knows.
    pub(super) async fn open_current(&self) -> Result<SqliteStore, StoreFailure> {
        let found = self.whole_schema().await?;
        let known = SqliteStore::known_schema();
        if found < known {
            return Err(StoreFailure::OldSchema { found, known });
        }
        Ok(SqliteStore::open(self.database()).await?)
    }

    /// The same though records or leaves in it may be lost: for who says so in words of its own.
    pub(super) async fn open_current_however_whole(&self) -> Result<SqliteStore, StoreFailure> {
        let path = self.database();
        let looked = SqliteStore::inspect(&path).await?;
        let (found, known) = (looked.schema, SqliteStore::known_schema());
        match looked.faults.into_iter().next() {
            // what is so damaged that its schema cannot be read
            Some(fault) if found == 0 => Err(StoreFailure::Damaged { path, fault }),
            _ if found < known => Err(StoreFailure::OldSchema { found, known }),
            _ => Ok(SqliteStore::open(path).await?),
        }
    }

    /// Brings the tables in that file up to date; their schema before and after.
    pub(super) async fn migrate(&self) -> Result<(i64, i64), StoreFailure> {
        let database = self.database();
        if SqliteStore::is_in_use(&database).await? {
            return Err(StoreFailure::InUse { path: database });
        }
        let before = self.whole_schema().await?;
        SqliteStore::open(&database).await?.close().await;
        Ok((before, SqliteStore::inspect(&database).await?.schema))
    }

    /// The schema of the file, if it is whole.
    async fn whole_schema(&self) -> Result<i64, StoreFailure> {
        let path = self.database();
        let found = SqliteStore::inspect(&path).await?;
        match found.faults.into_iter().next() {
            Some(fault) => Err(StoreFailure::Damaged { path, fault }),
            None => Ok(found.schema),
        }
    }

    /// The parcels whose bytes lie here.
    pub(super) fn parcel_files(&self) -> Result<ParcelFiles, StoreFailure> {
        let folder = self.0.join(PARCELS);
        let below = Below::of(&folder)?;
        let mut found = ParcelFiles { strange: below.others, ..ParcelFiles::default() };
        for file in below.files {
            match part_of(&folder, &file) {
                Some((parcel, Part::Whole)) => drop(found.stored.insert(parcel)),
                Some((_, Part::Unfinished)) => found.unfinished.push(file),
                None => found.strange.push(file),
            }
        }
        Ok(found)
    }

    /// The key files of parcels, and others that lie beside them or beside the epoch keys.
    pub(super) fn key_files(&self) -> Result<KeyFiles, StoreFailure> {
        let keys = self.0.join(KEYS);
        let below = Below::of(&keys.join(ITEMS))?;
        let mut found = KeyFiles { strange: below.others, ..KeyFiles::default() };
        for file in below.files {
            match item_of(&file) {
                Some(parcel) => drop(found.items.insert(parcel, file)),
                None if name_of(&file).ends_with(UNFINISHED_KEY) => found.unfinished.push(file),
                None => found.strange.push(file),
            }
        }
        let entries = entries_of(&keys)?.into_iter().map(|entry| entry.path());
        found.strange.extend(entries.filter(|path| is_like_an_epoch_key(name_of(path))));
        Ok(found)
    }
}

enum Part {
    Whole,
    Unfinished,
}

/// Whose part a file is, where a server puts parts: `<parcel>/<ten digits>`, with `#` and a number behind while it is written.
fn part_of(parcels: &Path, file: &Path) -> Option<(ParcelId, Part)> {
    let mut names = file.strip_prefix(parcels).ok()?.iter();
    let (folder, part) = (names.next()?.to_str()?, names.next()?.to_str()?);
    let parcel: ParcelId = folder.parse().ok()?;
    if names.next().is_some() || parcel.to_string() != folder {
        return None;
    }
    match part.split_once('#') {
        Some(_) => Some((parcel, Part::Unfinished)),
        None if has_digits(part, 10) => Some((parcel, Part::Whole)),
        None => None,
    }
}

fn item_of(file: &Path) -> Option<ParcelId> {
    let named = name_of(file).strip_prefix("parcel-")?.strip_suffix(".key")?;
    named.parse().ok().filter(|parcel: &ParcelId| parcel.to_string() == named)
}

/// Whether it is called like the key of an epoch and is none that a server knows: a copy, most likely.
fn is_like_an_epoch_key(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("epoch-") else { return false };
    let is_one = rest.strip_suffix(".key").is_some_and(|number| has_digits(number, 8));
    !is_one && !name.ends_with(UNFINISHED_KEY)
}

fn has_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|letter| letter.is_ascii_digit())
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// What is below a folder, in the order of paths; nothing when it is not there.
#[derive(Debug, Default)]
struct Below {
    files: Vec<PathBuf>,
    /// Neither file nor folder: links, which are not followed, pipes and the like.
    others: Vec<PathBuf>,
}

impl Below {
    fn of(folder: &Path) -> Result<Self, StoreFailure> {
        let mut below = Self::default();
        for entry in entries_of(folder)? {
            let path = entry.path();
            let kind = entry.file_type().map_err(StoreFailure::file(&path))?;
            if kind.is_dir() {
                let deeper = Self::of(&path)?;
                below.files.extend(deeper.files);
                below.others.extend(deeper.others);
            } else if kind.is_file() {
                below.files.push(path);
            } else {
                below.others.push(path);
            }
        }
        below.files.sort();
        Ok(below)
    }
}

fn entries_of(folder: &Path) -> Result<Vec<fs::DirEntry>, StoreFailure> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect::<Result<_, _>>().map_err(StoreFailure::file(folder)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(StoreFailure::file(folder)(error)),
    }
}

/// All files below a folder, in the order of their paths; none when it is not there.
pub(super) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, StoreFailure> {
    Ok(Below::of(folder)?.files)
}

/// Makes a folder that must not hold anything yet, for its owner only.
pub(super) fn make_empty(folder: &Path) -> Result<(), StoreFailure> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(StoreFailure::file(folder))?;
    match fs::read_dir(folder).map_err(StoreFailure::file(folder))?.next() {
        Some(_) => Err(StoreFailure::NotEmpty { path: folder.to_owned() }),
        None => Ok(()),
    }
}

/// Makes a folder, or takes one that has nothing of what will be written there: nothing at all, but for keys that were put in
/// place before.
pub(super) fn make_ready(folder: &Path, has_keys_of_its_own: bool) -> Result<(), StoreFailure> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(StoreFailure::file(folder))?;
    for entry in fs::read_dir(folder).map_err(StoreFailure::file(folder))? {
        let entry = entry.map_err(StoreFailure::file(folder))?;
        if has_keys_of_its_own || entry.file_name() != KEYS {
            return Err(StoreFailure::NotEmpty { path: folder.to_owned() });
        }
    }
    Ok(())
}

/// Writes a new file that only its owner may read, makes it durable, and takes its digest.
pub(super) fn write_private(to: &Path, content: &[u8]) -> io::Result<(u64, Sha256Digest)> {
    if let Some(folder) = to.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let mut source = content;
    let digested = pump(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(digested)
}

/// Copies a file to a new one that only its owner may read, makes it durable, and takes its digest on the way.
pub(super) fn copy_private(from: &Path, to: &Path) -> io::Result<(u64, Sha256Digest)> {
    if let Some(folder) = to.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut source = File::open(from)?;
    let mut target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let digested = pump(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(digested)
}

/// Length and digest of a file.
pub(super) fn digest(file: &Path) -> io::Result<(u64, Sha256Digest)> {
    pump(&mut File::open(file)?, &mut io::sink())
}

fn pump(from: &mut impl Read, to: &mut impl Write) -> io::Result<(u64, Sha256Digest)> {
    let (mut hasher, mut length) = (Sha256::new(), 0_u64);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes);
        to.write_all(bytes)?;
        length = length.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    Ok((length, hasher.finish()))
}

/// Makes the names of all files below a folder durable.
pub(super) fn sync_folders(folder: &Path) -> Result<(), StoreFailure> {
    for entry in fs::read_dir(folder).map_err(StoreFailure::file(folder))? {
        let path = entry.map_err(StoreFailure::file(folder))?.path();
        if path.is_dir() {
            sync_folders(&path)?;
        }
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreFailure::file(folder))
}

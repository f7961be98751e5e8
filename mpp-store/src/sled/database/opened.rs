//! sled's database, and what makes a change of several entries whole and lasting.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::sled::{Db, Tree};

use crate::StoreError;
use crate::error::Inconsistency;
use crate::private_file::sync_folder;

use super::super::draft::Changes;
use super::super::keys;
use super::super::rows::Counters;
use super::super::values::{Reader, Writer};
use super::super::{damaged, from_sled};
use super::patience;
use super::witness::Witness;

const DATA_FOLDER: &str = "data";
const INTENT: &[u8] = b"last";
/// There while the folder is being filled.
const FILLING: &[u8] = b"filling";
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// Eight times sled's own. What is longer than a quarter of it goes to a file of its own, and sled cannot go on when such a
/// file finds no space.
const SEGMENT_BYTES: usize = 4 * 1024 * 1024;

/// sled holds a lock on its file, and threads of an earlier opening may hold it a moment longer than the opening lives.
const LOCK_PAUSE: Duration = Duration::from_millis(10);
const LOCK_TRIES: u32 = 500;

/// sled's database.
pub(in crate::sled) struct Opened {
    stored: Tree,
    /// One entry: the changes that are being written, or were written last.
    intent: Tree,
    file: File,
    witness: Witness,
    large_values: PathBuf,
    /// Large values up to this one are on the disk.
    large_settled: u64,
    // after the trees
    db: Db,
}

/// Whether a folder holds a database.
pub(super) fn is_there(folder: &Path) -> bool {
    folder.join(DATA_FOLDER).exists()
}

impl Opened {
    /// Opens the database and carries out again what was being written last.
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        let data = folder.join(DATA_FOLDER);
        let db = open_when_free(&data)?;
        let (stored, intent) =
            (db.open_tree("store").map_err(from_sled)?, db.open_tree("intent").map_err(from_sled)?);
        let file = File::open(data.join("db")).map_err(StoreError::unavailable)?;
        let witness = Witness::open(folder)?;
        let large_values = data.join("blobs");
        let mut opened = Self { stored, intent, file, witness, large_values, large_settled: 0, db };
        opened.take_back_filling()?;
        if let Some(sealed) = opened.intent.get(INTENT).map_err(from_sled)? {
            opened.change(&read_intent(&sealed).map_err(|_| damaged("intent"))?)?;
        }
        if Counters::of(&opened.stored)?.changes < opened.witness.last() {
            return Err(damaged("log"));
        }
        opened.settle()?;
        for folder in [&data, folder] {
            sync_folder(folder).map_err(StoreError::unavailable)?;
        }
        Ok(opened)
    }

    /// What is stored.
    pub(in crate::sled) const fn stored(&self) -> &Tree {
        &self.stored
    }

    /// Writes the changes: as a whole to the log, then one by one. Opening does the second part again, so that a change cut
    /// off in it is finished. Nothing is on the disk for certain before [`Opened::settle`].
    pub(super) fn write(&self, changes: &Changes) -> Result<(), StoreError> {
        self.intent.insert(INTENT, seal_intent(changes)).map_err(from_sled)?;
        self.change(changes)
    }

    /// Only the first part of [`Opened::write`] and some of the second.
    #[cfg(test)]
    pub(super) fn write_partly(&self, changes: &Changes, keys: usize) {
        self.intent.insert(INTENT, seal_intent(changes)).unwrap();
        self.change(&changes.iter().take(keys).map(|(k, v)| (k.clone(), v.clone())).collect()).unwrap();
        self.db.flush().unwrap();
    }

    /// Marks the folder, which is empty, as being filled: until the end of it, opening takes everything away.
    pub(in crate::sled) fn begin_filling(&mut self) -> Result<(), StoreError> {
        self.intent.insert(FILLING, &[]).map_err(from_sled)?;
        self.settle()
    }

    /// Writes a part of what the folder is filled with.
    pub(in crate::sled) fn fill(&self, changes: &Changes) -> Result<(), StoreError> {
        self.change(changes)
    }

    /// Everything is here: from now on the folder is as any other. The counters come last, since the witness holds the store to
    /// them.
    pub(in crate::sled) fn end_filling(&mut self, counters: Counters) -> Result<(), StoreError> {
        self.settle()?;
        self.stored.insert(keys::counters().bytes(), counters.seal()).map_err(from_sled)?;
        self.intent.remove(FILLING).map_err(from_sled)?;
        self.settle()
    }

    /// Takes away what a filling left that was cut short.
    fn take_back_filling(&mut self) -> Result<(), StoreError> {
        if self.intent.get(FILLING).map_err(from_sled)?.is_none() {
            return Ok(());
        }
        self.stored.clear().map_err(from_sled)?;
        // the witness may know of changes before the filling, though they left nothing
        let counters = Counters { changes: self.witness.last(), ..Counters::default() };
        self.stored.insert(keys::counters().bytes(), counters.seal()).map_err(from_sled)?;
        self.settle()?;
        self.intent.remove(FILLING).map_err(from_sled)?;
        self.settle()
    }

    fn change(&self, changes: &Changes) -> Result<(), StoreError> {
        for (key, value) in changes {
            match value {
                Some(value) => self.stored.insert(key, value.as_slice()),
                None => self.stored.remove(key),
            }
            .map_err(from_sled)?;
        }
        Ok(())
    }

    /// Puts everything written on the disk. On Linux sled's flush ends with `sync_file_range`, which neither empties the
    /// disk's own cache nor writes the file's length, and it never syncs the files of large values.
    pub(super) fn settle(&mut self) -> Result<(), StoreError> {
        // first what the log points to
        self.settle_large_values().map_err(StoreError::unavailable)?;
        patience::flush(&self.db)?;
        self.file.sync_data().map_err(StoreError::unavailable)?;
        self.witness.saw(Counters::of(&self.stored)?.changes).map_err(StoreError::unavailable)
    }

    /// Syncs the large values written since the last time; sled gives each a file named by a number that grows.
    fn settle_large_values(&mut self) -> std::io::Result<()> {
        let mut settled = self.large_settled;
        for entry in std::fs::read_dir(&self.large_values)? {
            let entry = entry?;
            let number = entry.file_name().to_str().and_then(|name| name.parse::<u64>().ok());
            let Some(number) = number.filter(|number| *number > self.large_settled) else { continue };
            match File::open(entry.path()) {
                Ok(file) => file.sync_all()?,
                // sled's own thread has removed it: nothing needs it any more
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            }
            settled = settled.max(number);
        }
        if settled > self.large_settled {
            sync_folder(&self.large_values)?;
            self.large_settled = settled;
        }
        Ok(())
    }
}

fn open_when_free(data: &Path) -> Result<Db, StoreError> {
    let config = ::sled::Config::default().path(data).cache_capacity(CACHE_BYTES).segment_size(SEGMENT_BYTES);
    let mut tries = 0;
    loop {
        match config.open() {
            Err(::sled::Error::Io(error)) if is_locked(&error) && tries < LOCK_TRIES => {
                tries += 1;
                std::thread::sleep(LOCK_PAUSE);
            }
            opened => return opened.map_err(from_sled),
        }
    }
}

/// sled says so by the text alone.
fn is_locked(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::Other && error.to_string().contains("could not acquire lock")
}

fn seal_intent(changes: &Changes) -> Vec<u8> {
    let mut written = Writer::default().number(u64::try_from(changes.len()).unwrap_or(u64::MAX));
    for (key, value) in changes {
        written = written.bytes(key).optional(value.as_deref(), Writer::bytes);
    }
    written.seal(INTENT)
}

fn read_intent(sealed: &[u8]) -> Result<Changes, Inconsistency> {
    let mut reader = Reader::open(INTENT, sealed)?;
    let changes = reader.several("intent", |reader| {
        let key = reader.bytes("intent")?.to_vec();
        let value = reader.optional("intent", |reader| reader.bytes("intent").map(<[u8]>::to_vec))?;
        Ok((key, value))
    })?;
    Ok(changes.into_iter().collect())
}

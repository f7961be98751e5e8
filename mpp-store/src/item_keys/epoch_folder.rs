//! The folder with the epoch keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mpp_core::Entropy;
use mpp_crypto::at_rest::{EpochKey, EpochKeyId, EpochKeys};
use zeroize::Zeroizing;

use super::ItemKeyError;
use crate::FenceError;
use crate::private_file::{self, Creation, Turn};

/// A folder with one file per epoch key, `epoch-00000001.key` and so on, each 64 hexadecimal digits. The key of
/// the highest number seals, all of them open. It lies outside the database, and its backups are kept apart from
/// the database's. Its methods block. Processes may share it where the file system shows all of them the same at the same
/// time.
#[derive(Debug, Clone)]
pub struct EpochKeyFolder {
    folder: PathBuf,
}

/// Holds the name of the database that the keys are for.
const DATABASE: &str = "database.id";

/// The keys of a folder with their numbers.
#[derive(Debug)]
pub(crate) struct LoadedEpochs {
    pub(crate) keys: EpochKeys,
    /// The number of the one that seals.
    pub(crate) newest: u32,
    /// All their names.
    pub(crate) names: BTreeMap<u32, EpochKeyId>,
}

impl EpochKeyFolder {
    /// This folder; it need not be there yet.
    #[must_use]
    pub fn new(folder: impl AsRef<Path>) -> Self {
        Self { folder: folder.as_ref().to_path_buf() }
    }

    /// The keys in the folder; a folder without any gets a first one.
    ///
    /// # Errors
    /// [`ItemKeyError::MalformedEpochKey`] and [`ItemKeyError::ExposedEpochKey`] when a key file is not as it
    /// should be, [`ItemKeyError::Unavailable`].
    pub fn load_or_create(&self, entropy: &dyn Entropy) -> Result<EpochKeys, ItemKeyError> {
        self.load_or_begin(entropy).map(|loaded| loaded.keys)
    }

    pub(crate) fn load_or_begin(&self, entropy: &dyn Entropy) -> Result<LoadedEpochs, ItemKeyError> {
        private_file::create_folder(&self.folder)?;
        if self.numbers()?.is_empty() {
            self.write(1, entropy)?;
        }
        self.load_numbered()
    }

    /// Begins a new epoch: a fresh key, which seals from the next [`EpochKeyFolder::load_or_create`] on.
    ///
    /// # Errors
    /// [`ItemKeyError::Unavailable`].
    pub fn begin_epoch(&self, entropy: &dyn Entropy) -> Result<(), ItemKeyError> {
        private_file::create_folder(&self.folder)?;
        let latest = self.numbers()?.into_iter().max().unwrap_or(0);
        self.write(latest.saturating_add(1), entropy)
    }

    /// Ends every epoch but the current one: their keys are overwritten and removed, and whatever is still sealed or
    /// wrapped under them can never be opened again. What is to be kept must be sealed anew before. Gives back how many
    /// ended; may be repeated. Servers that run still hold the keys in memory until they load the folder again.
    ///
    /// # Errors
    /// [`ItemKeyError::Unavailable`]: some may be left, try again.
    pub fn end_older_epochs(&self) -> Result<u32, ItemKeyError> {
        let newest = self.numbers()?.into_iter().max().unwrap_or(0);
        self.end_epochs_before(newest)
    }

    /// Ends the epochs before this one, oldest first.
    pub(crate) fn end_epochs_before(&self, number: u32) -> Result<u32, ItemKeyError> {
        let mut older = self.numbers()?;
        older.retain(|found| *found < number);
        older.sort_unstable();
        let mut ended: u32 = 0;
        for number in older {
            private_file::destroy(&self.folder, &file_name(number))?;
            ended = ended.saturating_add(1);
        }
        Ok(ended)
    }

    /// The keys that are there. A file that goes away meanwhile belonged to an epoch that ended.
    pub(crate) fn load_numbered(&self) -> Result<LoadedEpochs, ItemKeyError> {
        let (current, newest, numbers) = self.newest()?;
        let mut names = BTreeMap::from([(newest, current.id())]);
        let mut older = Vec::new();
        for number in numbers.into_iter().rev() {
            if let Some(key) = self.read(number)? {
                names.insert(number, key.id());
                older.push(key);
            }
        }
        Ok(LoadedEpochs { keys: EpochKeys::new(current, older), newest, names })
    }

    /// The key that seals, its number, and the numbers before it.
    fn newest(&self) -> Result<(EpochKey, u32, Vec<u32>), ItemKeyError> {
        // the second look is for the one who comes while epochs begin and end
        for _ in 0..2 {
            let mut numbers = self.numbers()?;
            numbers.sort_unstable();
            if let Some(newest) = numbers.pop()
                && let Some(key) = self.read(newest)?
            {
                return Ok((key, newest, numbers));
            }
        }
        Err(ItemKeyError::MalformedEpochKey {
            file: file_name(self.numbers()?.into_iter().max().unwrap_or(1)),
        })
    }

    /// Whether no epoch was begun after this one. Epochs end oldest first: when the next one has ended, so has this one.
    pub(crate) fn is_newest(&self, number: u32) -> Result<bool, ItemKeyError> {
        let is_there = |number: u32| self.folder.join(file_name(number)).try_exists();
        Ok(is_there(number)? && !is_there(number.saturating_add(1))?)
    }

    /// The turn at beginning and ending epochs here; `None` when another process has it.
    pub(crate) fn turn(&self) -> Result<Option<Turn>, ItemKeyError> {
        Ok(Turn::take(&self.folder.join("rotation.lock"))?)
    }

    /// Notes which database the keys are for. A folder that belongs to none is taken.
    pub(crate) fn bind_to(&self, database: &str) -> Result<(), FenceError> {
        let limit = u64::try_from(database.len()).unwrap_or(u64::MAX).saturating_add(1);
        let bound = || private_file::read(&self.folder, DATABASE, limit).map_err(ItemKeyError::from);
        if bound()?.is_none() {
            private_file::create(&self.folder, DATABASE, database.as_bytes()).map_err(ItemKeyError::from)?;
        }
        match bound()? {
            Some(found) if found == database.as_bytes() => Ok(()),
            _ => Err(FenceError::AnotherDatabase { file: self.folder.join(DATABASE).display().to_string() }),
        }
    }

    /// Forgets which database the keys are for.
    pub(crate) fn unbind(&self) -> Result<(), ItemKeyError> {
        Ok(private_file::destroy(&self.folder, DATABASE)?)
    }

    fn numbers(&self) -> Result<Vec<u32>, ItemKeyError> {
        let mut numbers = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let name = name.to_str().and_then(|name| name.strip_prefix("epoch-")?.strip_suffix(".key"));
            numbers.extend(name.and_then(|number| number.parse::<u32>().ok()));
        }
        Ok(numbers)
    }

    fn write(&self, number: u32, entropy: &dyn Entropy) -> Result<(), ItemKeyError> {
        let secret = EpochKey::generate(entropy).to_bytes();
        let mut text = Zeroizing::new([0; 64]);
        // The buffer is twice as long as the key, so there is nothing that could go wrong.
        let _ = hex::encode_to_slice(secret.as_slice(), text.as_mut_slice());
        match private_file::create(&self.folder, &file_name(number), text.as_slice())? {
            // Another process began the epoch at the same moment: its key is as good.
            Creation::Created | Creation::AlreadyThere => Ok(()),
        }
    }

    /// `None` when the file is gone, or holds what is left of a key that is being destroyed, or was when the machine
    /// stopped.
    fn read(&self, number: u32) -> Result<Option<EpochKey>, ItemKeyError> {
        let file = file_name(number);
        let Some(text) = private_file::read(&self.folder, &file, 66)?.map(Zeroizing::new) else {
            return Ok(None);
        };
        if text.contains(&0) {
            return Ok(None);
        }
        if private_file::is_exposed(&self.folder.join(&file))? {
            return Err(ItemKeyError::ExposedEpochKey { file });
        }
        let mut secret = Box::new(Zeroizing::new([0; 32]));
        match hex::decode_to_slice(text.trim_ascii_end(), secret.as_mut_slice()) {
            Ok(()) => Ok(Some(EpochKey::from_boxed(secret))),
            Err(_) => Err(ItemKeyError::MalformedEpochKey { file }),
        }
    }
}

fn file_name(number: u32) -> String {
    format!("epoch-{number:08}.key")
}

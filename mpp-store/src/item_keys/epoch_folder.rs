//! The folder with the epoch keys.

use std::path::{Path, PathBuf};

use mpp_core::Entropy;
use mpp_crypto::at_rest::{EpochKey, EpochKeys};
use zeroize::Zeroizing;

use super::ItemKeyError;
use crate::private_file::{self, Creation};

/// A folder with one file per epoch key, `epoch-00000001.key` and so on, each 64 hexadecimal digits. The key of
/// the highest number seals, all of them open. It lies outside the database, and its backups are kept apart from
/// the database's. Used when a server starts; its methods block.
#[derive(Debug, Clone)]
pub struct EpochKeyFolder {
    folder: PathBuf,
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
        private_file::create_folder(&self.folder)?;
        if self.numbers()?.is_empty() {
            self.write(1, entropy)?;
        }
        self.load()
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
        let mut numbers = self.numbers()?;
        numbers.sort_unstable();
        numbers.pop();
        let mut ended: u32 = 0;
        for number in numbers {
            private_file::destroy(&self.folder, &file_name(number))?;
            ended = ended.saturating_add(1);
        }
        Ok(ended)
    }

    fn load(&self) -> Result<EpochKeys, ItemKeyError> {
        let mut numbers = self.numbers()?;
        numbers.sort_unstable();
        let latest = numbers.pop().unwrap_or(1);
        let current = self.read(latest)?;
        let older = numbers.into_iter().rev().map(|number| self.read(number));
        Ok(EpochKeys::new(current, older.collect::<Result<_, _>>()?))
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

    fn read(&self, number: u32) -> Result<EpochKey, ItemKeyError> {
        let file = file_name(number);
        if private_file::is_exposed(&self.folder.join(&file))? {
            return Err(ItemKeyError::ExposedEpochKey { file });
        }
        let text = Zeroizing::new(private_file::read(&self.folder, &file, 66)?.unwrap_or_default());
        let mut secret = Box::new(Zeroizing::new([0; 32]));
        match hex::decode_to_slice(text.trim_ascii_end(), secret.as_mut_slice()) {
            Ok(()) => Ok(EpochKey::from_boxed(secret)),
            Err(_) => Err(ItemKeyError::MalformedEpochKey { file }),
        }
    }
}

fn file_name(number: u32) -> String {
    format!("epoch-{number:08}.key")
}

//! Item keys in a folder, each wrapped under an epoch key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use mpp_core::Entropy;
use mpp_crypto::at_rest::{AtRestError, EpochKeyId, EpochKeys, ItemKey, WrappedItemKey};

use super::{ItemKeyError, ItemKeys, ItemName, LiveEpochs};
use crate::private_file::{self, Creation, Turn};

/// Longer than any wrapped key.
const MAX_WRAPPED_BYTES: u64 = 1024;

/// Item keys in a folder outside the database: one file per item, readable by its owner only, holding the key
/// wrapped under an epoch key. A file appears whole or not at all, and is overwritten before it is removed.
///
/// Overwriting reaches the bytes on file systems that write in place. On others (copy on write, wear levelling) an
/// old wrapped copy may linger on the medium; it is worth nothing without its epoch key, which is why epochs end.
#[derive(Debug, Clone)]
pub struct FileItemKeys(Arc<Keys>);

#[derive(Debug)]
struct Keys {
    folder: PathBuf,
    /// Who destroys a key, or puts a newly wrapped one in its place, does so in turn.
    turn: PathBuf,
    epochs: LiveEpochs,
    entropy: Arc<dyn Entropy>,
}

/// What wrapping the key of an item anew came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rewrapped {
    /// It is under the current epoch key now.
    Anew,
    /// There was nothing to do: it is under the current epoch key, or gone.
    Nothing,
    /// It is under an epoch key that nobody has, and nobody can read it.
    Unreadable,
}

impl FileItemKeys {
    /// Uses this folder, making it when it is not there. Blocks; used when a server starts.
    ///
    /// # Errors
    /// [`ItemKeyError::Unavailable`].
    pub fn open(
        folder: impl AsRef<Path>,
        epochs: impl Into<LiveEpochs>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, ItemKeyError> {
        let folder = folder.as_ref().to_path_buf();
        private_file::create_folder(&folder)?;
        let turn = folder.with_extension("lock");
        Ok(Self(Arc::new(Keys { folder, turn, epochs: epochs.into(), entropy })))
    }

    /// The names of all items that have a key. Blocks.
    pub(crate) fn items(&self) -> Result<Vec<ItemName>, ItemKeyError> {
        let mut items = Vec::new();
        for entry in std::fs::read_dir(&self.0.folder)? {
            let name = entry?.file_name();
            items.extend(name.to_str().and_then(|name| name.strip_suffix(".key")).map(ItemName::of_file));
        }
        Ok(items)
    }

    /// Wraps the keys of these items anew, as far as they are under an older epoch key. When it returns, what it did is
    /// durable. Gives back what each came to.
    pub(crate) async fn rewrap(&self, items: Vec<ItemName>) -> Result<Vec<Rewrapped>, ItemKeyError> {
        let keys = Arc::clone(&self.0);
        blocking(move || {
            let rewrapped = items.iter().map(|item| keys.rewrap(item)).collect::<Result<Vec<_>, _>>()?;
            private_file::sync_folder(&keys.folder)?;
            Ok(rewrapped)
        })
        .await
    }
}

impl Keys {
    /// The key is under the newest epoch when this returns: an epoch that begins while the file is written is seen
    /// behind it, and whoever began it sees the file.
    fn create(&self, item: &ItemName) -> Result<ItemKey, ItemKeyError> {
        let (epochs, number) = self.epochs.sealing();
        let key = ItemKey::generate(&*self.entropy);
        let wrapped = self.wrap(&epochs, item, &key)?;
        match private_file::create(&self.folder, &file_name(item), &wrapped)? {
            Creation::Created => {}
            Creation::AlreadyThere => return Err(ItemKeyError::AlreadyThere { item: item.clone() }),
        }
        if !self.epochs.is_newest(number)? {
            self.follow(item, &wrapped, &key)?;
        }
        Ok(key)
    }

    /// Wraps a key that was just made anew, until no epoch has begun meanwhile.
    fn follow(&self, item: &ItemName, written: &[u8], key: &ItemKey) -> Result<(), ItemKeyError> {
        let mut written = written.to_vec();
        loop {
            self.epochs.reload()?;
            let (epochs, number) = self.epochs.sealing();
            let wrapped = self.wrap(&epochs, item, key)?;
            // somebody else may have wrapped it anew already
            if self.replace(item, &written, &wrapped)? {
                private_file::sync_folder(&self.folder)?;
            }
            let under = self.when_whole(item, |stored| Ok((stored.to_vec(), epoch_of(item, stored)?)))?;
            let Some((found, epoch)) = under else { return Ok(()) };
            if self.epochs.is_newest(number)? && epoch == epochs.current().id() {
                return Ok(());
            }
            written = found;
        }
    }

    fn load(&self, item: &ItemName) -> Result<Option<ItemKey>, ItemKeyError> {
        match self.load_once(item) {
            Err(ItemKeyError::Unreadable { source: AtRestError::UnknownEpoch { .. }, .. }) => {
                self.epochs.reload()?;
                self.load_once(item)
            }
            loaded => loaded,
        }
    }

    fn load_once(&self, item: &ItemName) -> Result<Option<ItemKey>, ItemKeyError> {
        self.when_whole(item, |stored| self.unwrap(item, stored))
    }

    fn rewrap(&self, item: &ItemName) -> Result<Rewrapped, ItemKeyError> {
        let epochs = self.epochs.keys();
        let anew = |stored: &[u8]| {
            if epoch_of(item, stored)? == epochs.current().id() {
                return Ok(None);
            }
            let key = self.unwrap(item, stored)?;
            Ok(Some((stored.to_vec(), self.wrap(&epochs, item, &key)?)))
        };
        match self.when_whole(item, anew) {
            Ok(Some(Some((stored, wrapped)))) if self.replace(item, &stored, &wrapped)? => {
                Ok(Rewrapped::Anew)
            }
            Ok(_) => Ok(Rewrapped::Nothing),
            Err(ItemKeyError::Unreadable { source: AtRestError::UnknownEpoch { .. }, .. }) => {
                Ok(Rewrapped::Unreadable)
            }
            Err(error) => Err(error),
        }
    }

    fn destroy(&self, item: &ItemName) -> Result<(), ItemKeyError> {
        let _turn = Turn::wait(&self.turn)?;
        Ok(private_file::destroy(&self.folder, &file_name(item))?)
    }

    fn replace(&self, item: &ItemName, expected: &[u8], wrapped: &[u8]) -> Result<bool, ItemKeyError> {
        let turn = || Turn::wait(&self.turn);
        Ok(private_file::replace(&self.folder, &file_name(item), expected, wrapped, turn)?)
    }

    /// What `use_it` makes of the wrapped key, `None` when there is none. Bytes read while another overwrites them may be
    /// half of the key and half zeros: what cannot be used is read again in turn, when nobody is destroying.
    fn when_whole<T>(
        &self,
        item: &ItemName,
        use_it: impl Fn(&[u8]) -> Result<T, ItemKeyError>,
    ) -> Result<Option<T>, ItemKeyError> {
        let Some(stored) = self.read(item)? else { return Ok(None) };
        match use_it(&stored) {
            Err(ItemKeyError::Unreadable { .. }) => {
                let stored = {
                    let _turn = Turn::wait(&self.turn)?;
                    self.read(item)?
                };
                stored.map(|stored| use_it(&stored)).transpose()
            }
            used => used.map(Some),
        }
    }

    /// The wrapped key. Zeros are a key that is being destroyed at this moment, or was when the machine stopped.
    fn read(&self, item: &ItemName) -> Result<Option<Vec<u8>>, ItemKeyError> {
        let stored = private_file::read(&self.folder, &file_name(item), MAX_WRAPPED_BYTES)?;
        Ok(stored.filter(|bytes| bytes.is_empty() || bytes.iter().any(|byte| *byte != 0)))
    }

    fn wrap(&self, epochs: &EpochKeys, item: &ItemName, key: &ItemKey) -> Result<Vec<u8>, ItemKeyError> {
        let wrapped = key.wrap(epochs, item.as_str(), &*self.entropy);
        wrapped.map(|wrapped| wrapped.to_bytes()).map_err(unreadable(item))
    }

    fn unwrap(&self, item: &ItemName, stored: &[u8]) -> Result<ItemKey, ItemKeyError> {
        let wrapped = WrappedItemKey::from_bytes(stored).map_err(unreadable(item))?;
        ItemKey::unwrap_from(&self.epochs.keys(), item.as_str(), &wrapped).map_err(unreadable(item))
    }
}

fn epoch_of(item: &ItemName, stored: &[u8]) -> Result<EpochKeyId, ItemKeyError> {
    WrappedItemKey::from_bytes(stored).map(|wrapped| wrapped.epoch()).map_err(unreadable(item))
}

#[async_trait]
impl ItemKeys for FileItemKeys {
    async fn create(&self, item: &ItemName) -> Result<ItemKey, ItemKeyError> {
        let (keys, item) = (Arc::clone(&self.0), item.clone());
        blocking(move || keys.create(&item)).await
    }

    async fn load(&self, item: &ItemName) -> Result<Option<ItemKey>, ItemKeyError> {
        let (keys, item) = (Arc::clone(&self.0), item.clone());
        blocking(move || keys.load(&item)).await
    }

    async fn destroy(&self, item: &ItemName) -> Result<(), ItemKeyError> {
        let (keys, item) = (Arc::clone(&self.0), item.clone());
        blocking(move || keys.destroy(&item)).await
    }
}

fn file_name(item: &ItemName) -> String {
    format!("{item}.key")
}

fn unreadable(item: &ItemName) -> impl FnOnce(AtRestError) -> ItemKeyError {
    let item = item.clone();
    |source| ItemKeyError::Unreadable { item, source }
}

/// Runs file work, which waits for the disk, where it holds up nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ItemKeyError> + Send + 'static,
) -> Result<T, ItemKeyError> {
    tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
}

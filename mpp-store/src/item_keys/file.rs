//! Item keys in a folder, each wrapped under an epoch key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use mpp_core::Entropy;
use mpp_crypto::at_rest::{EpochKeys, ItemKey, WrappedItemKey};

use super::{ItemKeyError, ItemKeys, ItemName};
use crate::private_file::{self, Creation};

/// Longer than any wrapped key.
const MAX_WRAPPED_BYTES: u64 = 1024;

/// Item keys in a folder outside the database: one file per item, readable by its owner only, holding the key
/// wrapped under an epoch key. A file appears whole or not at all, and is overwritten before it is removed.
///
/// Overwriting reaches the bytes on file systems that write in place. On others (copy on write, wear levelling) an
/// old wrapped copy may linger on the medium; it is worth nothing without its epoch key, which is why epochs end.
#[derive(Debug)]
pub struct FileItemKeys {
    folder: PathBuf,
    epochs: Arc<EpochKeys>,
    entropy: Arc<dyn Entropy>,
}

impl FileItemKeys {
    /// Uses this folder, making it when it is not there. Blocks; used when a server starts.
    ///
    /// # Errors
    /// [`ItemKeyError::Unavailable`].
    pub fn open(
        folder: impl AsRef<Path>,
        epochs: Arc<EpochKeys>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, ItemKeyError> {
        let folder = folder.as_ref().to_path_buf();
        private_file::create_folder(&folder)?;
        Ok(Self { folder, epochs, entropy })
    }
}

#[async_trait]
impl ItemKeys for FileItemKeys {
    async fn create(&self, item: &ItemName) -> Result<ItemKey, ItemKeyError> {
        let key = ItemKey::generate(&*self.entropy);
        let wrapped = key.wrap(&self.epochs, item.as_str(), &*self.entropy);
        let wrapped = wrapped.map_err(|source| ItemKeyError::Unreadable { item: item.clone(), source })?;
        let (folder, name) = (self.folder.clone(), file_name(item));
        let created = blocking(move || private_file::create(&folder, &name, &wrapped.to_bytes())).await?;
        match created {
            Creation::Created => Ok(key),
            Creation::AlreadyThere => Err(ItemKeyError::AlreadyThere { item: item.clone() }),
        }
    }

    async fn load(&self, item: &ItemName) -> Result<Option<ItemKey>, ItemKeyError> {
        let (folder, name) = (self.folder.clone(), file_name(item));
        let stored = blocking(move || private_file::read(&folder, &name, MAX_WRAPPED_BYTES)).await?;
        // zeros are a key that is being destroyed at this moment, or was when the machine stopped
        let stored = stored.filter(|bytes| bytes.is_empty() || bytes.iter().any(|byte| *byte != 0));
        let unwrap = |bytes: Vec<u8>| {
            let wrapped = WrappedItemKey::from_bytes(&bytes)?;
            ItemKey::unwrap_from(&self.epochs, item.as_str(), &wrapped)
        };
        let unreadable = |source| ItemKeyError::Unreadable { item: item.clone(), source };
        stored.map(unwrap).transpose().map_err(unreadable)
    }

    async fn destroy(&self, item: &ItemName) -> Result<(), ItemKeyError> {
        let (folder, name) = (self.folder.clone(), file_name(item));
        blocking(move || private_file::destroy(&folder, &name)).await
    }
}

fn file_name(item: &ItemName) -> String {
    format!("{item}.key")
}

/// Runs file work, which waits for the disk, where it holds up nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ItemKeyError> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(std::io::Error::other)??)
}

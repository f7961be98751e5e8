//! A folder in memory, for tests.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{DeviceFolder, FileName, FileReader, FolderError, PendingFile};

type Files = Arc<Mutex<BTreeMap<FileName, Vec<u8>>>>;

/// A folder that lives as long as its clones do; tests look into it.
#[derive(Clone)]
pub struct MemoryFolder {
    files: Files,
    /// How many more writes there is room for.
    room: Arc<AtomicU64>,
}

impl Default for MemoryFolder {
    fn default() -> Self {
        Self { files: Files::default(), room: Arc::new(AtomicU64::new(u64::MAX)) }
    }
}

impl MemoryFolder {
    /// Every file's bytes, one after the other, for canary searches.
    #[must_use]
    pub fn all_bytes(&self) -> Vec<u8> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).values().flatten().copied().collect()
    }

    /// From now on the device has no storage left (or has again).
    pub fn set_full(&self, full: bool) {
        self.room.store(if full { 0 } else { u64::MAX }, Ordering::SeqCst);
    }

    /// The device has storage left for so many more writes.
    pub fn set_full_after(&self, writes: u64) {
        self.room.store(writes, Ordering::SeqCst);
    }

    fn check_space(&self) -> Result<(), FolderError> {
        let take = |room: u64| room.checked_sub(if room == u64::MAX { 0 } else { 1 });
        match self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(_) => Ok(()),
            Err(_) => Err(FolderError { step: "write", source: std::io::ErrorKind::StorageFull.into() }),
        }
    }
}

impl std::fmt::Debug for MemoryFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryFolder(..)")
    }
}

#[derive(Debug)]
struct MemoryFile {
    folder: MemoryFolder,
    name: FileName,
    bytes: Vec<u8>,
}

#[async_trait]
impl PendingFile for MemoryFile {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        self.folder.check_space()?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), FolderError> {
        self.folder.check_space()?;
        let mut files = self.folder.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(self.name, self.bytes);
        Ok(())
    }
}

#[async_trait]
impl DeviceFolder for MemoryFolder {
    async fn create(&self, name: &FileName) -> Result<Box<dyn PendingFile>, FolderError> {
        self.check_space()?;
        Ok(Box::new(MemoryFile { folder: self.clone(), name: name.clone(), bytes: Vec::new() }))
    }

    async fn open(&self, name: &FileName) -> Result<Option<FileReader>, FolderError> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(files.get(name).map(|bytes| -> FileReader { Box::new(Cursor::new(bytes.clone())) }))
    }

    async fn remove(&self, name: &FileName) -> Result<(), FolderError> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<FileName>, FolderError> {
        Ok(self.files.lock().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect())
    }
}

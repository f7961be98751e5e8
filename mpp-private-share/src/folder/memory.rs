//! A folder in memory, for tests.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{DeviceFolder, FileName, FileReader, FolderError, PendingFile};

type Files = Arc<Mutex<BTreeMap<FileName, Vec<u8>>>>;

/// A folder that lives as long as its clones do; tests look into it.
#[derive(Clone, Default)]
pub struct MemoryFolder {
    files: Files,
    full: Arc<std::sync::atomic::AtomicBool>,
}

impl MemoryFolder {
    /// Every file's bytes, one after the other, for canary searches.
    #[must_use]
    pub fn all_bytes(&self) -> Vec<u8> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).values().flatten().copied().collect()
    }

    /// From now on the device has no storage left (or has again).
    pub fn set_full(&self, full: bool) {
        self.full.store(full, std::sync::atomic::Ordering::SeqCst);
    }

    fn check_space(&self) -> Result<(), FolderError> {
        if self.full.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(FolderError { step: "write", source: std::io::ErrorKind::StorageFull.into() });
        }
        Ok(())
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

//! A folder of the filesystem.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::{DeviceFolder, FileName, FileReader, FolderError, PendingFile};

/// What names of unfinished files begin with; no [`FileName`] does.
const UNFINISHED: &str = "_unfinished-";

/// A folder of the filesystem, readable for its owner only (mode 0700, files 0600 where the system has modes).
#[derive(Debug)]
pub struct FilesystemFolder {
    path: Arc<Path>,
    counter: AtomicU64,
}

impl FilesystemFolder {
    /// Opens the folder, makes it where it is missing, and removes what an earlier run left unfinished.
    /// One folder belongs to one running app.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, FolderError> {
        let path: PathBuf = path.into();
        fs::create_dir_all(&path).await.map_err(writing)?;
        private_directory(&path).await.map_err(writing)?;
        let folder = Self { path: path.into(), counter: AtomicU64::new(0) };
        folder.remove_unfinished().await?;
        Ok(folder)
    }

    async fn remove_unfinished(&self) -> Result<(), FolderError> {
        let mut entries = fs::read_dir(&self.path).await.map_err(listing)?;
        while let Some(entry) = entries.next_entry().await.map_err(listing)? {
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED)) {
                fs::remove_file(entry.path()).await.map_err(removing)?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl DeviceFolder for FilesystemFolder {
    async fn create(&self, name: &FileName) -> Result<Box<dyn PendingFile>, FolderError> {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.path.join(format!("{UNFINISHED}{number}"));
        let file = private_file().open(&unfinished).await.map_err(writing)?;
        let target = self.path.join(name.as_str());
        Ok(Box::new(UnfinishedFile { file, unfinished: Unfinished(Some(unfinished)), target }))
    }

    async fn open(&self, name: &FileName) -> Result<Option<FileReader>, FolderError> {
        match File::open(self.path.join(name.as_str())).await {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FolderError { step: "read", source: error }),
        }
    }

    async fn remove(&self, name: &FileName) -> Result<(), FolderError> {
        match fs::remove_file(self.path.join(name.as_str())).await {
            Ok(()) => sync_directory(&self.path).await.map_err(removing),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(removing(error)),
        }
    }

    async fn list(&self) -> Result<Vec<FileName>, FolderError> {
        let mut entries = fs::read_dir(&self.path).await.map_err(listing)?;
        let mut names = Vec::new();
        while let Some(entry) = entries.next_entry().await.map_err(listing)? {
            names.extend(entry.file_name().to_str().and_then(|name| name.parse::<FileName>().ok()));
        }
        names.sort();
        Ok(names)
    }
}

/// The path of an unfinished file; removed on drop.
#[derive(Debug)]
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // what cannot be removed now is removed when the folder is opened next
            let _ = std::fs::remove_file(path);
        }
    }
}

#[derive(Debug)]
struct UnfinishedFile {
    file: File,
    unfinished: Unfinished,
    target: PathBuf,
}

#[async_trait]
impl PendingFile for UnfinishedFile {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), FolderError> {
        self.file.write_all(bytes).await.map_err(writing)
    }

    async fn commit(mut self: Box<Self>) -> Result<(), FolderError> {
        self.file.flush().await.map_err(writing)?;
        self.file.sync_all().await.map_err(writing)?;
        if let Some(path) = &self.unfinished.0 {
            fs::rename(path, &self.target).await.map_err(writing)?;
        }
        self.unfinished.0 = None;
        match self.target.parent() {
            Some(folder) => sync_directory(folder).await.map_err(writing),
            None => Ok(()),
        }
    }
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    options
}

#[cfg(unix)]
async fn private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).await
}

#[cfg(not(unix))]
async fn private_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes names durable; elsewhere than on Unix, renaming already does.
async fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path).await?.sync_all().await } else { Ok(()) }
}

fn writing(source: io::Error) -> FolderError {
    FolderError { step: "write", source }
}

fn removing(source: io::Error) -> FolderError {
    FolderError { step: "remove", source }
}

fn listing(source: io::Error) -> FolderError {
    FolderError { step: "list", source }
}

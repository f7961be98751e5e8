//! The app-private folder on the device: a port, and its filesystem implementation.
//!
//! The contract, for every implementation:
//!
//! 1. A file appears under its name whole or not at all, also when the device loses power: [`PendingFile::commit`]
//!    returns once bytes and name are on stable storage.
//! 2. Committing replaces an earlier file of the name.
//! 3. An uncommitted file leaves nothing behind once the folder is opened anew.
//! 4. Removing what is not there succeeds.
//! 5. Nobody but the app can read the folder. (Still only sealed bytes are ever written to it.)

mod filesystem;
#[cfg(any(test, feature = "testing"))]
mod memory;

use std::fmt::{self, Debug};
use std::str::FromStr;

use async_trait::async_trait;
use mpp_core::{Fault, InvalidId, Persistence};
use tokio::io::AsyncRead;

pub use filesystem::FilesystemFolder;
#[cfg(any(test, feature = "testing"))]
pub use memory::MemoryFolder;

/// The name of a file in the folder: 1 to 96 of `a` to `z`, digits, `-` and `.`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

impl FileName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileName {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let sign_holds = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
        let holds = text.len() <= 96
            && text.starts_with(|sign: char| sign.is_ascii_lowercase())
            && text.bytes().all(sign_holds);
        if holds { Ok(Self(text.to_owned())) } else { Err(InvalidId { kind: "FileName" }) }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The folder could not do what it should.
#[derive(Debug, thiserror::Error)]
#[error("the app's private folder could not {step} a file")]
pub struct FolderError {
    /// What was being done: `list`, `read`, `write`, `remove`.
    pub step: &'static str,
    /// What the operating system said.
    #[source]
    pub source: std::io::Error,
}

impl FolderError {
    /// Whether the same call may succeed later: storage may become free again.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self.source.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                Persistence::Permanent
            }
            _ => Persistence::Temporary,
        }
    }

    /// The device failed.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Ourselves
    }
}

/// The bytes of a file as they are read.
pub type FileReader = Box<dyn AsyncRead + Send + Unpin>;

/// A file being written; dropped without [`PendingFile::commit`] it never appears.
#[async_trait]
pub trait PendingFile: Debug + Send {
    /// Appends bytes.
    ///
    /// # Errors
    /// When the device cannot write.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), FolderError>;

    /// Puts the file under its name, on stable storage.
    ///
    /// # Errors
    /// When the device cannot write; the file then does not appear.
    async fn commit(self: Box<Self>) -> Result<(), FolderError>;
}

/// The app-private folder; held as `Arc<dyn DeviceFolder>`. See the module for the contract.
#[async_trait]
pub trait DeviceFolder: Debug + Send + Sync {
    /// Begins a file.
    ///
    /// # Errors
    /// When the device cannot write.
    async fn create(&self, name: &FileName) -> Result<Box<dyn PendingFile>, FolderError>;

    /// Opens a file for reading; `None` when there is none.
    ///
    /// # Errors
    /// When the device cannot read.
    async fn open(&self, name: &FileName) -> Result<Option<FileReader>, FolderError>;

    /// Removes a file.
    ///
    /// # Errors
    /// When the device cannot remove it.
    async fn remove(&self, name: &FileName) -> Result<(), FolderError>;

    /// The names of all committed files, in order.
    ///
    /// # Errors
    /// When the device cannot list them.
    async fn list(&self) -> Result<Vec<FileName>, FolderError>;
}

#[cfg(test)]
mod tests;

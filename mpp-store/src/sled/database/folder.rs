//! The folder before sled sees it: one holder, one format.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::StoreError;
use crate::private_file::{self, create_folder};

use super::super::damaged;

/// The format this program writes. It covers keys and values; sled's own is in its files.
pub(super) const FORMAT: i64 = 1;

const FORMAT_FILE: &str = "format";

/// The folder is held by us; the operating system lets go when the process ends in whatever way.
pub(super) struct FolderLock(#[expect(dead_code, reason = "held, not used")] File);

impl FolderLock {
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        create_folder(folder).map_err(StoreError::unavailable)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(folder.join("lock")).map_err(StoreError::unavailable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::OpenElsewhere),
            Err(TryLockError::Error(error)) => Err(StoreError::unavailable(error)),
        }
    }
}

/// Refuses what a newer program wrote, and marks a new folder as ours.
pub(super) fn check_format(folder: &Path) -> Result<(), StoreError> {
    let found = private_file::read(folder, FORMAT_FILE, 100).map_err(StoreError::unavailable)?;
    let Some(found) = found else {
        if super::opened::is_there(folder) {
            return Err(damaged("format"));
        }
        private_file::create(folder, FORMAT_FILE, format!("{FORMAT}\n").as_bytes())
            .map_err(StoreError::unavailable)?;
        return Ok(());
    };
    let number = std::str::from_utf8(&found).ok().and_then(|text| text.trim_end().parse::<i64>().ok());
    match number {
        Some(FORMAT) => Ok(()),
        Some(version) if version > FORMAT => Err(StoreError::NewerSchema { version }),
        Some(_) | None => Err(damaged("format")),
    }
}

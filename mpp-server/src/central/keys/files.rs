//! Changes to the files of keys that are there.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Overwrites what stands in a file, for good, and leaves the file; one that is not there is no error.
pub(super) fn overwrite(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    io::copy(&mut io::Read::take(io::repeat(0), length), &mut file)?;
    file.sync_all()
}

/// Waits for the turn at what the file of this path stands for; over when it is dropped or its process dies.
pub(super) fn wait_for_turn(path: &Path) -> io::Result<File> {
    let locked = lock_file(path)?;
    locked.lock()?;
    Ok(locked)
}

/// The turn, `None` when somebody else has it.
pub(super) fn take_turn(path: &Path) -> io::Result<Option<File>> {
    let locked = lock_file(path)?;
    match locked.try_lock() {
        Ok(()) => Ok(Some(locked)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overwriting_what_is_not_there_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        overwrite(&folder.path().join("key")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

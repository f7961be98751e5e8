//! The file on its disk: who may read it, who writes, and that it is always either the old state or the new.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use super::format::MAX_FILE;
use crate::key_ring::KeyRingError;

/// Read, write and execute for group and others.
const OTHERS: u32 = 0o077;
/// Writing for group and others.
const OTHERS_WRITE: u32 = 0o022;
/// In such a directory everybody renames only what is theirs.
const STICKY: u32 = 0o1000;

/// Where a ring is.
#[derive(Debug)]
pub(super) struct RingFile {
    path: PathBuf,
    directory: PathBuf,
}

/// Which state of the file was seen: every write makes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    file: (u64, u64, u64),
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Nobody else changes the ring while this is held.
#[derive(Debug)]
pub(super) struct WriteLock(#[expect(dead_code, reason = "holds the lock until it is dropped")] File);

impl RingFile {
    /// The file of an existing ring; links are followed once and for all.
    pub(super) fn existing(path: &Path) -> Result<Self, KeyRingError> {
        let path = fs::canonicalize(path).map_err(|error| failed(path, &error))?;
        Self::at(path)
    }

    /// The file of a ring that is about to be made.
    pub(super) fn new(path: &Path) -> Result<Self, KeyRingError> {
        let name = path.file_name().ok_or_else(|| failed(path, &ErrorKind::InvalidInput.into()))?;
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let directory = fs::canonicalize(directory).map_err(|error| failed(directory, &error))?;
        Self::at(directory.join(name))
    }

    fn at(path: PathBuf) -> Result<Self, KeyRingError> {
        let directory = path.parent().ok_or_else(|| failed(&path, &ErrorKind::InvalidInput.into()))?;
        Ok(Self { directory: directory.to_owned(), path })
    }

    /// Takes the right to write, without waiting.
    pub(super) fn lock(&self) -> Result<WriteLock, KeyRingError> {
        self.check_directory()?;
        let path = self.beside(".lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(|error| failed(&path, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(WriteLock(file)),
            Err(TryLockError::WouldBlock) => Err(KeyRingError::Locked),
            Err(TryLockError::Error(error)) => Err(failed(&path, &error)),
        }
    }

    /// Whether there is anything under the file's name.
    pub(super) fn exists(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok()
    }

    /// Which state the file is in.
    pub(super) fn stamp(&self) -> Result<Stamp, KeyRingError> {
        fs::metadata(&self.path).map(|metadata| Stamp::of(&metadata)).map_err(|error| self.failed(&error))
    }

    /// The file's bytes, if nobody but its owner can read or replace them.
    pub(super) fn read(&self) -> Result<(Vec<u8>, Stamp), KeyRingError> {
        self.check_directory()?;
        let file = File::open(&self.path).map_err(|error| self.failed(&error))?;
        let metadata = file.metadata().map_err(|error| self.failed(&error))?;
        if !metadata.is_file() {
            return Err(KeyRingError::NotAKeyRing);
        }
        refuse_bits(&self.path, &metadata, OTHERS)?;
        let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes).map_err(|error| self.failed(&error))?;
        Ok((bytes, Stamp::of(&metadata)))
    }

    /// Puts the file into its next state: after a crash there is the old one or the new, whole.
    pub(super) fn write(&self, bytes: &[u8], _lock: &WriteLock) -> Result<Stamp, KeyRingError> {
        let next = self.beside(".new");
        let file = self.write_next(&next, bytes).map_err(|error| failed(&next, &error))?;
        fs::rename(&next, &self.path).map_err(|error| self.failed(&error))?;
        let directory = File::open(&self.directory).map_err(|error| failed(&self.directory, &error))?;
        directory.sync_all().map_err(|error| failed(&self.directory, &error))?;
        file.metadata().map(|metadata| Stamp::of(&metadata)).map_err(|error| self.failed(&error))
    }

    /// What lies there under the lock is left over from a crash.
    fn write_next(&self, next: &Path, bytes: &[u8]) -> io::Result<File> {
        match fs::remove_file(next) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(next)?;
        self.keep_owner(&file)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(file)
    }

    /// A server must still be able to read its ring after root changed it.
    fn keep_owner(&self, file: &File) -> io::Result<()> {
        let Ok(before) = fs::metadata(&self.path) else { return Ok(()) };
        let now = file.metadata()?;
        if (before.uid(), before.gid()) == (now.uid(), now.gid()) {
            return Ok(());
        }
        fchown(file, Some(before.uid()), Some(before.gid()))
    }

    /// Whoever may write to the directory may put another file in the ring's place.
    fn check_directory(&self) -> Result<(), KeyRingError> {
        let metadata = fs::metadata(&self.directory).map_err(|error| failed(&self.directory, &error))?;
        if metadata.mode() & STICKY != 0 {
            return Ok(());
        }
        refuse_bits(&self.directory, &metadata, OTHERS_WRITE)
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name: OsString = self.path.clone().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    }

    fn failed(&self, error: &io::Error) -> KeyRingError {
        failed(&self.path, error)
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino(), metadata.len()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

fn refuse_bits(path: &Path, metadata: &Metadata, bits: u32) -> Result<(), KeyRingError> {
    let mode = metadata.mode() & 0o7777;
    if mode & bits == 0 { Ok(()) } else { Err(KeyRingError::TooOpen { path: path.to_owned(), mode }) }
}

fn failed(path: &Path, error: &io::Error) -> KeyRingError {
    KeyRingError::File { path: path.to_owned(), kind: error.kind() }
}

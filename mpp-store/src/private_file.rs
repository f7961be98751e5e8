//! Files that only their owner may read, written whole or not at all and destroyed by overwriting.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whether a file came into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Creation {
    Created,
    AlreadyThere,
}

/// Makes a folder (and its parents) that only its owner may enter; one that is there is left as it is.
pub(crate) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Writes a new file: a temporary file, synced, takes the name in one step, then the folder is synced.
///
/// The name is taken by a hard link, not by renaming, because a link refuses a name that is there. A crash in
/// between leaves a `.new` file with another name for the very same bytes, so that [`destroy`] reaches them too.
pub(crate) fn create(folder: &Path, name: &str, content: &[u8]) -> io::Result<Creation> {
    let temporary = folder.join(format!("{name}.{}.new", writing()));
    write_synced(&temporary, content)?;
    let linked = std::fs::hard_link(&temporary, folder.join(name));
    std::fs::remove_file(&temporary)?;
    match linked {
        Ok(()) => sync_folder(folder).map(|()| Creation::Created),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Creation::AlreadyThere),
        Err(error) => Err(error),
    }
}

/// Puts new content into the place of a file in one step, if it still holds `expected`; else it is left as it is, and the
/// answer is `false`. Lasting only once the folder is synced ([`sync_folder`]). The caller holds the [`Turn`] of the folder,
/// as whoever destroys files in it does: a file that was destroyed must not come back.
pub(crate) fn replace(
    folder: &Path,
    name: &str,
    expected: &[u8],
    content: &[u8],
    turn: impl FnOnce() -> io::Result<Turn>,
) -> io::Result<bool> {
    let temporary = folder.join(format!("{name}.{}.new", writing()));
    write_synced(&temporary, content)?;
    let replaced = || {
        let _turn = turn()?;
        let limit = u64::try_from(expected.len()).unwrap_or(u64::MAX).saturating_add(1);
        let unchanged = read(folder, name, limit)?.is_some_and(|found| found == expected);
        if unchanged {
            std::fs::rename(&temporary, folder.join(name))?;
        }
        Ok(unchanged)
    };
    let replaced = replaced();
    if !matches!(replaced, Ok(true)) {
        std::fs::remove_file(&temporary)?;
    }
    replaced
}

/// A name for a writing that no other writing has at the same time.
fn writing() -> String {
    static WRITINGS: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), WRITINGS.fetch_add(1, Ordering::Relaxed))
}

/// A turn at something that one process does at a time; over when it is dropped, or its process dies.
#[derive(Debug)]
pub(crate) struct Turn {
    _locked: File,
}

impl Turn {
    /// Waits for the turn. The file of this path, which holds nothing, stands for what is done.
    pub(crate) fn wait(path: &Path) -> io::Result<Self> {
        let locked = lock_file(path)?;
        locked.lock()?;
        Ok(Self { _locked: locked })
    }

    /// The turn, `None` when somebody else has it.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Self>> {
        let locked = lock_file(path)?;
        match locked.try_lock() {
            Ok(()) => Ok(Some(Self { _locked: locked })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

fn lock_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The content of a file, `None` when there is none. At most `limit` bytes are read.
pub(crate) fn read(folder: &Path, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(folder.join(name)) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut content = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, limit), &mut content)?;
    Ok(Some(content))
}

/// Overwrites a file, syncs it, removes its name and syncs the folder; a file that is gone is no error, but the
/// folder is synced again, because an earlier try may have stopped just before.
pub(crate) fn destroy(folder: &Path, name: &str) -> io::Result<()> {
    let path = folder.join(name);
    match OpenOptions::new().write(true).open(&path) {
        Ok(mut file) => {
            let length = file.metadata()?.len();
            io::copy(&mut io::Read::take(io::repeat(0), length), &mut file)?;
            file.sync_all()?;
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return sync_folder(folder),
        Err(error) => return Err(error),
    }
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => sync_folder(folder),
    }
}

/// Whether others than its owner may read the file.
#[cfg(unix)]
pub(crate) fn is_exposed(path: &Path) -> io::Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(path)?) & 0o077 != 0)
}

/// Whether others than its owner may read the file: not known on this system.
#[cfg(not(unix))]
pub(crate) fn is_exposed(_: &Path) -> io::Result<bool> {
    Ok(false)
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A new or removed name is lasting only when its folder is synced; other systems do it by themselves.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_once_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(create(folder.path(), "a", b"first").unwrap(), Creation::Created);
        assert_eq!(create(folder.path(), "a", b"second").unwrap(), Creation::AlreadyThere);
        assert_eq!(read(folder.path(), "a", 100).unwrap().unwrap(), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(!is_exposed(&folder.path().join("a")).unwrap());
    }

    #[test]
    fn only_what_is_as_expected_is_replaced_and_what_was_destroyed_stays_so() {
        let folder = tempfile::tempdir().unwrap();
        let turn = || Turn::wait(&folder.path().join("turn"));
        create(folder.path(), "a", b"first").unwrap();
        assert!(!replace(folder.path(), "a", b"firs", b"second", turn).unwrap());
        assert!(replace(folder.path(), "a", b"first", b"second", turn).unwrap());
        assert_eq!(read(folder.path(), "a", 100).unwrap().unwrap(), b"second");
        destroy(folder.path(), "a").unwrap();
        assert!(!replace(folder.path(), "a", b"second", b"third", turn).unwrap());
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["turn"]);
    }

    #[test]
    fn a_turn_is_one_process_s_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("turn");
        let turn = Turn::wait(&path).unwrap();
        assert!(Turn::take(&path).unwrap().is_none());
        drop(turn);
        assert!(Turn::take(&path).unwrap().is_some());
    }

    #[test]
    fn destroying_wipes_the_bytes_under_every_name() {
        let folder = tempfile::tempdir().unwrap();
        create(folder.path(), "a", b"secret").unwrap();
        std::fs::hard_link(folder.path().join("a"), folder.path().join("left-by-a-crash")).unwrap();
        destroy(folder.path(), "a").unwrap();
        destroy(folder.path(), "a").unwrap();
        assert_eq!(read(folder.path(), "a", 100).unwrap(), None);
        assert_eq!(read(folder.path(), "left-by-a-crash", 100).unwrap().unwrap(), [0; 6]);
    }
}

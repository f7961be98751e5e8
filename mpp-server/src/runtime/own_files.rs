//! Small files only the server's user may read, written whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use zeroize::Zeroizing;

/// Whether a file came into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Creation {
    Created,
    AlreadyThere,
}

/// What stands in a file; `None` when there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<Zeroizing<String>>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes a file that is not there yet. Of several processes that try at once one succeeds. The name is taken by a hard link, which
/// refuses one that is there.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<Creation> {
    let unfinished = write_aside(path, text)?;
    let linked = std::fs::hard_link(&unfinished, path);
    std::fs::remove_file(&unfinished)?;
    match linked {
        Ok(()) => sync_folder(path).map(|()| Creation::Created),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Creation::AlreadyThere),
        Err(error) => Err(error),
    }
}

/// Writes a file, in the place of the one that is there.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    rename(&write_aside(path, text)?, path)
}

/// Gives a file the name of another, which is gone then.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    sync_folder(to)
}

/// Writes a file beside the one of this path, which is to take its place; where it is.
fn write_aside(path: &Path, text: &str) -> io::Result<PathBuf> {
    static WRITINGS: AtomicU64 = AtomicU64::new(0);
    let number = WRITINGS.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.new", std::process::id()));
    let aside = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(aside)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_that_make_a_file_one_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made: Vec<Creation> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|number| {
                    let path = &path;
                    scope.spawn(move || create(path, &number.to_string()).unwrap())
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        assert_eq!(made.iter().filter(|made| **made == Creation::Created).count(), 1);
        let winner = made.iter().position(|made| *made == Creation::Created).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().as_str(), winner.to_string());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}

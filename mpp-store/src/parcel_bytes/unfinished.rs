//! What killed writers leave in a folder: a part is written to `<part>#<number>` and takes its name when it is whole.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::UNIX_EPOCH;

use mpp_core::{ParcelId, Timestamp};

/// Removes what was last written before this instant and never took its name.
pub(super) fn discard(folder: &Path, before: Timestamp) -> io::Result<u64> {
    let mut discarded = 0;
    for parcel in fs::read_dir(folder)? {
        let parcel = parcel?;
        let is_parcel = parcel.file_name().to_str().is_some_and(|name| name.parse::<ParcelId>().is_ok());
        if !is_parcel {
            continue;
        }
        for file in entries_of(&parcel.path())? {
            let file = file?;
            if is_unfinished(&file) && is_older(&file, before)? && remove(&file.path())? {
                discarded += 1;
            }
        }
        // Only an empty folder goes; one that somebody writes to at this moment does not.
        let _ = fs::remove_dir(parcel.path());
    }
    Ok(discarded)
}

/// A parcel that is removed at this moment has no entries.
fn entries_of(folder: &Path) -> io::Result<Vec<io::Result<fs::DirEntry>>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn is_unfinished(file: &fs::DirEntry) -> bool {
    let name = file.file_name();
    let parts = name.to_str().and_then(|name| name.split_once('#'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    parts.is_some_and(|(part, number)| is_number(part) && is_number(number))
}

fn is_older(file: &fs::DirEntry, before: Timestamp) -> io::Result<bool> {
    let written = match file.metadata() {
        Ok(metadata) => metadata.modified()?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let millis = written.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Ok(i64::try_from(millis).unwrap_or(i64::MAX) < before.as_unix_millis())
}

fn remove(file: &Path) -> io::Result<bool> {
    match fs::remove_file(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

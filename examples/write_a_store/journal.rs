//! The file: one line for each commit, `<SHA-256 of the rest> <changes as JSON>`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use mpp::crypto::sha256;
use mpp::store::{Inconsistency, RecordKey, RecordKind, StoreError};

use super::rows::Change;
use super::state::State;

/// What a damaged line is named by in errors.
const LINE: RecordKind = RecordKind::new("journal-line");

pub(super) struct Journal {
    file: File,
    /// After a failed write nobody knows what the file holds: nothing is read or written until it is opened anew.
    broken: bool,
    /// Held while the store is open: a second process would write over the first.
    _lock: File,
}

impl Journal {
    /// Replays the journal in `folder` and writes it anew, without what was deleted and replaced since.
    pub(super) fn open(folder: &Path) -> Result<(Self, State), StoreError> {
        fs::create_dir_all(folder).map_err(StoreError::unavailable)?;
        let lock = File::create(folder.join("lock")).map_err(StoreError::unavailable)?;
        lock.try_lock().map_err(StoreError::unavailable)?;
        let path = folder.join("journal.jsonl");
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(StoreError::unavailable)?,
        };
        let state = replay(&bytes)?;
        let file = rewrite(folder, &path, &state).map_err(StoreError::unavailable)?;
        Ok((Self { file, broken: false, _lock: lock }, state))
    }

    /// Returns once the changes are on stable storage.
    pub(super) fn append(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.usable()?;
        let line = line(changes).map_err(StoreError::unavailable)?;
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        self.broken = written.is_err();
        written.map_err(StoreError::unavailable)
    }

    pub(super) fn usable(&self) -> Result<(), StoreError> {
        if self.broken { Err(StoreError::unavailable("an earlier write failed")) } else { Ok(()) }
    }
}

fn line(changes: &[Change]) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(changes)?;
    Ok(format!("{} {text}\n", sha256(text.as_bytes())))
}

/// Adds the lines up. A last line that does not hold was cut off by a crash: its commit never returned. Any other one
/// was damaged later.
fn replay(bytes: &[u8]) -> Result<State, StoreError> {
    let mut state = State::default();
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        match read(line) {
            Ok(changes) => changes.into_iter().for_each(|change| drop(state.apply(change))),
            Err(_) if lines.peek().is_none() => break,
            Err(cause) => {
                return Err(StoreError::Inconsistent { kind: LINE, key: RecordKey::new(number), cause });
            }
        }
    }
    Ok(state)
}

fn read(line: &[u8]) -> Result<Vec<Change>, Inconsistency> {
    const DAMAGED: Inconsistency = Inconsistency::ImpossibleColumn { column: "digest" };
    let line = line.strip_suffix(b"\n").ok_or(DAMAGED)?;
    let line = std::str::from_utf8(line).map_err(|_| DAMAGED)?;
    let (digest, text) = line.split_once(' ').ok_or(DAMAGED)?;
    if sha256(text.as_bytes()).to_string() != digest {
        return Err(DAMAGED);
    }
    serde_json::from_str(text).map_err(|error| Inconsistency::Unreadable((&error).into()))
}

/// Puts a journal with the live rows alone in the place of the old one, whole or not at all.
fn rewrite(folder: &Path, path: &Path, state: &State) -> io::Result<File> {
    let fresh = folder.join("journal.new");
    let mut file = io::BufWriter::new(File::create(&fresh)?);
    for change in state.changes() {
        file.write_all(line(&[change])?.as_bytes())?;
    }
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}

//! How many changes were on the disk, written beside sled's log. Where sled finds a part of its log damaged it takes
//! everything from there on for never written and goes on without a word; this number tells that it was there.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

use crate::StoreError;
use crate::private_file;

use super::super::damaged;
use super::super::values::{Reader, Writer};

const FILE: &str = "witness";
/// A number and its checksum.
const SLOT_BYTES: usize = 12;
const SECOND_SLOT: u64 = 12;

/// The file with two slots, written in turns, so that a torn write spoils one of them only.
pub(super) struct Witness {
    file: File,
    last: u64,
}

impl Witness {
    /// Reads the number.
    ///
    /// # Errors
    /// When both slots are damaged.
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        let new = [slot(0), slot(0)].concat();
        private_file::create(folder, FILE, &new).map_err(StoreError::unavailable)?;
        let opened = OpenOptions::new().read(true).write(true).open(folder.join(FILE));
        let mut file = opened.map_err(StoreError::unavailable)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(StoreError::unavailable)?;
        let slots = content.chunks(SLOT_BYTES).filter_map(|slot| {
            Reader::open(FILE.as_bytes(), slot).and_then(|mut reader| reader.number("changes")).ok()
        });
        let last = slots.max().ok_or_else(|| damaged("witness"))?;
        Ok(Self { file, last })
    }

    /// The number of changes that were on the disk, or some less after a power failure.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// Notes that so many are. Not synced: the system does so in time, and an earlier number accuses nobody wrongly.
    pub(super) fn saw(&mut self, changes: u64) -> io::Result<()> {
        if changes != self.last {
            let place = if changes.is_multiple_of(2) { 0 } else { SECOND_SLOT };
            write_at(&self.file, &slot(changes), place)?;
            self.last = changes;
        }
        Ok(())
    }
}

fn slot(changes: u64) -> Vec<u8> {
    Writer::default().number(changes).seal(FILE.as_bytes())
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], place: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, place)
}

#[cfg(not(unix))]
fn write_at(mut file: &File, bytes: &[u8], place: u64) -> io::Result<()> {
    io::Seek::seek(&mut file, io::SeekFrom::Start(place))?;
    io::Write::write_all(&mut file, bytes)
}

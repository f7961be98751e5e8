//! Reading a file: once to look through it, once more to hand its entries on.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use mpp_crypto::Sha256;

use super::file::{MAGIC, MOST_ENTRY_BYTES, SnapshotSummary, VERSION, counts, summary};
use super::order::Order;
use super::{SnapshotEntry, SnapshotError, form};
use crate::Inconsistency;

/// Reads all of a file and hands on its entries as long as they are as they must be. That the digest stands is known at the
/// end only: whoever takes entries keeps nothing of them when this fails.
pub(super) fn read(
    path: &Path,
    mut each: impl FnMut(SnapshotEntry) -> Result<(), SnapshotError>,
) -> Result<SnapshotSummary, SnapshotError> {
    let file = File::open(path).map_err(SnapshotError::File)?;
    let mut source = Source { file: BufReader::with_capacity(1 << 16, file), hasher: Sha256::new() };
    source.begin()?;
    let (mut order, mut number, mut fault) = (Order::default(), 0_u64, None);
    loop {
        let (tag, bytes) = source.frame()?;
        if tag == form::END {
            source.end()?;
            let expected = form::written_end(counts(&order));
            return finish(&order, number, fault, bytes == expected);
        }
        // what is wrong is told once the digest says whether it was written so
        if fault.is_none() {
            match form::read(tag, &bytes).and_then(|entry| order.note(&entry).map(|()| entry)) {
                Ok(entry) => each(entry)?,
                Err(cause) => fault = Some((number, cause)),
            }
        }
        number = number.saturating_add(1);
    }
}

fn finish(
    order: &Order,
    number: u64,
    fault: Option<(u64, Inconsistency)>,
    is_complete: bool,
) -> Result<SnapshotSummary, SnapshotError> {
    if let Some((entry, cause)) = fault {
        return Err(SnapshotError::Malformed { entry, cause });
    }
    let malformed = |cause| SnapshotError::Malformed { entry: number, cause };
    let counters = order.end().map_err(malformed)?;
    if is_complete {
        Ok(summary(counters, order))
    } else {
        Err(malformed(Inconsistency::ImpossibleColumn { column: "counts" }))
    }
}

/// The file, and the digest of what was read of it.
struct Source {
    file: BufReader<File>,
    hasher: Sha256,
}

impl Source {
    fn begin(&mut self) -> Result<(), SnapshotError> {
        let mut magic = [0; MAGIC.len()];
        match self.exact(&mut magic) {
            Ok(()) if magic == *MAGIC => {}
            Ok(()) | Err(SnapshotError::CutShort) => return Err(SnapshotError::NotASnapshot),
            Err(error) => return Err(error),
        }
        let mut version = [0; 4];
        self.exact(&mut version)?;
        match u32::from_be_bytes(version) {
            VERSION => Ok(()),
            found => Err(SnapshotError::UnknownVersion { found, known: VERSION }),
        }
    }

    /// The tag of the next frame and what follows it. A length is believed only as far as there are bytes.
    fn frame(&mut self) -> Result<(u8, Vec<u8>), SnapshotError> {
        let (mut length, mut tag) = ([0; 4], [0; 1]);
        self.exact(&mut length)?;
        self.exact(&mut tag)?;
        let length = u32::from_be_bytes(length);
        if length >= MOST_ENTRY_BYTES {
            return Err(SnapshotError::Altered);
        }
        let mut bytes = Vec::new();
        let read = self.file.by_ref().take(u64::from(length)).read_to_end(&mut bytes);
        read.map_err(SnapshotError::File)?;
        if u32::try_from(bytes.len()).is_ok_and(|read| read == length) {
            self.hasher.update(&bytes);
            let [tag] = tag;
            Ok((tag, bytes))
        } else {
            Err(SnapshotError::CutShort)
        }
    }

    /// The digest, with nothing behind it.
    fn end(&mut self) -> Result<(), SnapshotError> {
        let hasher = std::mem::replace(&mut self.hasher, Sha256::new());
        let mut digest = [0; 32];
        self.exact(&mut digest)?;
        let mut behind = [0; 1];
        let is_last = self.file.read(&mut behind).map_err(SnapshotError::File)? == 0;
        if is_last && digest == *hasher.finish().as_bytes() { Ok(()) } else { Err(SnapshotError::Altered) }
    }

    fn exact(&mut self, bytes: &mut [u8]) -> Result<(), SnapshotError> {
        match self.file.read_exact(bytes) {
            Ok(()) => {
                self.hasher.update(bytes);
                Ok(())
            }
            Err(error) => Err(if_cut_short(error)),
        }
    }
}

fn if_cut_short(error: io::Error) -> SnapshotError {
    if error.kind() == ErrorKind::UnexpectedEof {
        SnapshotError::CutShort
    } else {
        SnapshotError::File(error)
    }
}

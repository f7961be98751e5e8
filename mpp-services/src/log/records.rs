//! What a log keeps in the store beside its leaves.

use std::fmt;

use mpp_core::{Sha256Digest, Timestamp};
use mpp_crypto::tlog::{Tile, TileName};
use mpp_store::{Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

/// How far the tree reaches, and the checkpoint of it. There is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogHeadRecord {
    /// How many leaves are in the tree.
    pub(crate) size: u64,
    /// Its root.
    pub(crate) root: Sha256Digest,
    /// Leaves before this place were removed before there was a tree, and stand in it as empty ones.
    pub(crate) begins_at: u64,
    /// How often the log was found set back; part of its name.
    pub(crate) line: u32,
    /// When the checkpoint was signed.
    pub(crate) signed_at: Timestamp,
    /// The checkpoint, a signed note. Empty between a set-back and the next one.
    pub(crate) note: String,
}

impl LogHeadRecord {
    pub(crate) fn the_only() -> RecordKey {
        RecordKey::from("head")
    }
}

impl Record for LogHeadRecord {
    const KIND: RecordKind = RecordKind::new("log-head");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::the_only()
    }
}

/// A tile of the tree, full or not.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogTileRecord {
    level: u8,
    index: u64,
    /// The hashes one after the other, in base64.
    hashes: String,
}

impl LogTileRecord {
    pub(crate) fn of(tile: &Tile) -> Self {
        Self { level: tile.name.level, index: tile.name.index, hashes: tile.to_base64() }
    }

    pub(crate) fn key_of(name: TileName) -> RecordKey {
        RecordKey::new(format_args!("{}/{}", name.level, name.index))
    }

    pub(crate) const fn name(&self) -> TileName {
        TileName { level: self.level, index: self.index }
    }

    /// The tile; `None` when the text is none.
    pub(crate) fn tile(&self) -> Option<Tile> {
        Tile::from_base64(self.name(), &self.hashes)
    }
}

impl fmt::Debug for LogTileRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogTileRecord").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Record for LogTileRecord {
    const KIND: RecordKind = RecordKind::new("log-tile");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.name())
    }
}

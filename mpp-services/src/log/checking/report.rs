//! What a check of a log says.

use std::fmt;

use mpp_core::Sha256Digest;
use mpp_crypto::tlog::TileName;

/// How many findings are named; the others are counted.
const MOST_NAMED: usize = 100;

/// Something in a log that is not as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFinding {
    /// The leaf at this place is another one than was signed.
    LeafChanged(u64),
    /// The leaf at this place is not there, though the log says it is kept.
    LeafMissing(u64),
    /// The log ends before the tree does, after so many leaves.
    TooShort(u64),
    /// The tile is not there, or cannot be read.
    TileMissing(TileName),
    /// The tile is another one than was signed; what is below it is as it was.
    TileChanged(TileName),
    /// Leaf and tile contradict each other here, and neither gives what was signed.
    Unclear(u64),
    /// There are more tiles than the tree has; this many.
    TooManyTiles(u64),
    /// The tiles, each sound, do not give the root of the checkpoint.
    RootDiffers,
    /// The checkpoint is not signed by the log's key.
    CheckpointUnsigned,
    /// The checkpoint is signed, but of another size or root than is kept beside it.
    CheckpointDiffers,
    /// The mark beside the keys, or the checkpoint that was kept, is not signed by the log's key.
    MarkUnsigned,
    /// The mark names a larger tree than there are leaves: so many.
    MarkAhead(u64),
    /// The mark names another tree than the log has at that size.
    MarkDiffers(u64),
}

impl fmt::Display for LogFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeafChanged(place) => write!(f, "leaf {place} is not the one that was signed"),
            Self::LeafMissing(place) => write!(f, "leaf {place} is missing"),
            Self::TooShort(size) => write!(f, "the log ends after {size} leaves, before its tree does"),
            Self::TileMissing(tile) => {
                write!(f, "tile {} of level {} is missing or unreadable", tile.index, tile.level)
            }
            Self::TileChanged(tile) => {
                write!(f, "tile {} of level {} is not the one that was signed", tile.index, tile.level)
            }
            Self::Unclear(place) => {
                write!(f, "leaf {place} and its tile contradict each other, and neither was signed")
            }
            Self::TooManyTiles(number) => write!(f, "{number} tiles do not belong to the tree"),
            Self::RootDiffers => f.write_str("the tiles do not give the root of the checkpoint"),
            Self::CheckpointUnsigned => f.write_str("the checkpoint is not signed by the log's key"),
            Self::CheckpointDiffers => f.write_str("the checkpoint is of another tree than is kept"),
            Self::MarkUnsigned => {
                f.write_str("the checkpoint kept outside the store is not signed by the log's key")
            }
            Self::MarkAhead(size) => {
                write!(f, "a checkpoint of {size} leaves was signed, and the log does not have as many")
            }
            Self::MarkDiffers(size) => {
                write!(f, "another tree of {size} leaves was signed than the log has")
            }
        }
    }
}

/// What a check saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogReport {
    /// The place of the first leaf that is kept.
    pub first: u64,
    /// How many leaves were ever written.
    pub size: u64,
    /// How many of them are in the tree.
    pub covered: u64,
    /// The root of the tree.
    pub root: Option<Sha256Digest>,
    /// The name the checkpoint is signed under.
    pub origin: Option<String>,
    /// How many leaves were held against the tree.
    pub leaves_checked: u64,
    /// What is not as it was signed, in the order of places; at most a hundred of it.
    pub findings: Vec<LogFinding>,
    /// How many more there are.
    pub more: u64,
}

impl LogReport {
    /// Whether all is as it was signed.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn add(&mut self, finding: LogFinding) {
        if self.findings.len() < MOST_NAMED {
            self.findings.push(finding);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }
}

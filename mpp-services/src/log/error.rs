//! Why a log cannot be carried on.

use mpp_core::Persistence;
use mpp_crypto::tlog::{EdgeError, MissingTile, TileName};
use mpp_store::StoreError;

use super::MarkFault;

/// Why a log cannot be carried on, or read. But for the first two it stays so until somebody sets the store right: nothing is signed
/// over damage.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The mark beside the keys cannot be read or written.
    #[error("the mark of the newest checkpoint cannot be used")]
    Mark(#[source] MarkFault),
    /// The mark is no checkpoint of this log's key.
    #[error("the mark of the newest checkpoint is not signed by this log's key")]
    ForeignMark,
    /// A leaf is not there.
    #[error("leaf {0} of the audit log is missing")]
    LeafMissing(u64),
    /// A tile is not there, or not as it was written.
    #[error("tile {} of level {} of the audit log is missing or damaged", .0.index, .0.level)]
    Tile(TileName),
    /// The tiles do not give the root of the newest checkpoint.
    #[error("the tiles of the audit log do not give the root of its checkpoint of {0} leaves")]
    Root(u64),
    /// The key signs something else.
    #[error("checkpoints are signed with an Ed25519 key")]
    Key,
}

impl LogError {
    /// Whether trying again makes sense.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            Self::Store(error) => error.persistence(),
            Self::Mark(_) => Persistence::Temporary,
            Self::ForeignMark | Self::LeafMissing(_) | Self::Tile(_) | Self::Root(_) | Self::Key => {
                Persistence::Permanent
            }
        }
    }
}

impl From<EdgeError> for LogError {
    fn from(EdgeError(tile): EdgeError) -> Self {
        Self::Tile(tile)
    }
}

impl From<MissingTile> for LogError {
    fn from(MissingTile(tile): MissingTile) -> Self {
        Self::Tile(tile)
    }
}

//! What others read of a log.

use std::collections::BTreeSet;

use mpp_core::{Sha256Digest, Timestamp};
use mpp_crypto::tlog::{Tile, TileName, TilePath, Tiles};
use mpp_store::{RecordKey, RecordReaderExt, Store, Versioned};

use super::{LogError, LogHeadRecord, LogTileRecord};

/// The newest checkpoint of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewestCheckpoint {
    /// How many leaves it covers, from the first ever written on.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Sha256Digest,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// The signed note.
    pub note: String,
}

/// The newest checkpoint; `None` before the first one, and between a set-back and the next one.
///
/// # Errors
/// When the store does not answer.
pub async fn newest_checkpoint(store: &dyn Store) -> Result<Option<NewestCheckpoint>, LogError> {
    let head = store.get::<LogHeadRecord>(&LogHeadRecord::the_only()).await?;
    let head = head.map(|read| read.record).filter(|head| !head.note.is_empty());
    Ok(head.map(|head| NewestCheckpoint {
        size: head.size,
        root: head.root,
        signed_at: head.signed_at,
        note: head.note,
    }))
}

/// The hashes of a tile one after the other; `None` where the newest checkpoint does not reach. Partial tiles of every earlier width
/// are there, too: they are the beginning of what is kept.
///
/// # Errors
/// When the store does not answer, or the tile is missing or damaged.
pub async fn tile_bytes(store: &dyn Store, path: TilePath) -> Result<Option<Vec<u8>>, LogError> {
    let Some(newest) = newest_checkpoint(store).await? else { return Ok(None) };
    if path.name.width_at(newest.size) < path.width {
        return Ok(None);
    }
    let read = tile(store, path.name).await?.ok_or(LogError::Tile(path.name))?;
    let hashes = read.record.hashes.get(..usize::from(path.width)).ok_or(LogError::Tile(path.name))?;
    Ok(Some(Tile { name: path.name, hashes: hashes.to_vec() }.to_bytes()))
}

/// A tile as it is kept.
pub(super) async fn tile(store: &dyn Store, name: TileName) -> Result<Option<Versioned<Tile>>, LogError> {
    let Some(read) = store.get::<LogTileRecord>(&LogTileRecord::key_of(name)).await? else { return Ok(None) };
    let record = read.record.tile().ok_or(LogError::Tile(name))?;
    Ok(Some(Versioned { version: read.version, record }))
}

/// The tiles of these names.
pub(super) async fn tiles(store: &dyn Store, names: &BTreeSet<TileName>) -> Result<Tiles, LogError> {
    let names: Vec<TileName> = names.iter().copied().collect();
    let keys: Vec<RecordKey> = names.iter().map(|name| LogTileRecord::key_of(*name)).collect();
    let mut tiles = Tiles::new();
    for (name, found) in names.into_iter().zip(store.get_many::<LogTileRecord>(&keys).await?) {
        let tile = found.and_then(|read| read.record.tile());
        tiles.insert(tile.ok_or(LogError::Tile(name))?);
    }
    Ok(tiles)
}

//! Holding a log against itself: leaves against tiles, tiles against each other, all of it against the signed checkpoint and the mark.

mod report;

use mpp_crypto::VerifyingKey;
use mpp_crypto::tlog::{RightEdge, TILE_WIDTH, Tile, TileName, Tiles, TreeHash, leaf_hash, tiles_of_size};
use mpp_store::{LeafIndex, Record, RecordReaderExt, Store, StoreError};

use super::keeping::{FoundMark, open_mark, open_note};
use super::reading::{tile, tiles};
pub use report::{LogFinding, LogReport};

use super::{LogError, LogHeadRecord, LogTileRecord};

/// Holds a log that is signed with this key against itself and, where they are given, the text of its mark and a checkpoint that
/// somebody kept. The log may grow meanwhile.
///
/// # Errors
/// When the store does not answer. What is wrong with the log is a finding.
pub async fn check_log(
    store: &dyn Store,
    key: &VerifyingKey,
    (mark, kept): (Option<&str>, Option<&str>),
) -> Result<LogReport, StoreError> {
    let head = match store.get::<LogHeadRecord>(&LogHeadRecord::the_only()).await {
        Ok(head) => head.map(|read| read.record),
        Err(error @ StoreError::Unavailable { .. }) => return Err(error),
        Err(_) => None,
    };
    let (first, size) = (store.first().await?.0, store.size().await?);
    let covered = head.as_ref().map_or(0, |head| head.size);
    let root = head.as_ref().map(|head| head.root);
    let mut report = LogReport {
        first,
        size,
        covered,
        root,
        origin: None,
        leaves_checked: 0,
        findings: Vec::new(),
        more: 0,
    };
    if let Some(head) = &head {
        check_note(&mut report, head, key);
        let roots = check_lowest(store, head, &mut report).await?;
        check_upper(store, head, roots, &mut report).await?;
        check_number(store, head, &mut report).await?;
    }
    if let Some(mark) = mark {
        check_mark(store, open_mark(key, mark), &mut report).await?;
    }
    if let Some(note) = kept {
        let opened = open_note(key, note);
        let kept = opened.map(|(checkpoint, line)| FoundMark {
            line,
            signed_line: line,
            checkpoint,
            note: note.to_owned(),
        });
        check_mark(store, kept, &mut report).await?;
    }
    Ok(report)
}

fn check_note(report: &mut LogReport, head: &LogHeadRecord, key: &VerifyingKey) {
    match open_note(key, &head.note) {
        // nothing was signed yet
        _ if head.note.is_empty() && head.size == 0 => {}
        None => report.add(LogFinding::CheckpointUnsigned),
        Some((signed, line)) => {
            if (signed.size, signed.root, line) != (head.size, head.root, head.line) {
                report.add(LogFinding::CheckpointDiffers);
            }
            report.origin = Some(signed.origin.to_string());
        }
    }
}

/// Holds leaves and tiles of the lowest level against each other; gives what the full tiles add to the level above.
async fn check_lowest(
    store: &dyn Store,
    head: &LogHeadRecord,
    report: &mut LogReport,
) -> Result<Vec<Option<TreeHash>>, StoreError> {
    let mut roots = Vec::new();
    let width = u64::from(TILE_WIDTH);
    for index in 0..head.size.div_ceil(width) {
        let name = TileName { level: 0, index };
        let range =
            (index.saturating_mul(width), index.saturating_add(1).saturating_mul(width).min(head.size));
        let leaves = leaves_of(store, head, range, report).await?;
        let kept = kept_tile(store, name, head.size).await?;
        let is_full = name.width_at(head.size) == TILE_WIDTH;
        let Some(kept) = kept else {
            report.add(LogFinding::TileMissing(name));
            if is_full {
                roots.push(of_leaves(name, &leaves, None).and_then(|tile| tile.root()));
            }
            continue;
        };
        let differ = leaves.iter().zip(&kept.hashes).zip(range.0..);
        let differ = differ.filter(|((leaf, hash), _)| leaf.as_ref().is_some_and(|leaf| leaf != *hash));
        let places: Vec<u64> = differ.map(|(_, place)| place).collect();
        if places.is_empty() {
            if is_full {
                roots.push(kept.root());
            }
            continue;
        }
        let rebuilt = of_leaves(name, &leaves, Some(&kept));
        let verdict = judge(store, head, (kept, rebuilt)).await?;
        match verdict {
            Verdict::TileStands => {
                places.into_iter().for_each(|place| report.add(LogFinding::LeafChanged(place)))
            }
            Verdict::LeavesStand => report.add(LogFinding::TileChanged(name)),
            Verdict::Neither => places.into_iter().for_each(|place| report.add(LogFinding::Unclear(place))),
        }
        if is_full {
            // what the level above has is what was found to stand, or not: said already
            roots.push(None);
        }
    }
    Ok(roots)
}

/// The hashes of the leaves in a range; `None` for those that were removed or are missing.
async fn leaves_of(
    store: &dyn Store,
    head: &LogHeadRecord,
    (from, to): (u64, u64),
    report: &mut LogReport,
) -> Result<Vec<Option<TreeHash>>, StoreError> {
    let wanted = u32::try_from(to.saturating_sub(from)).unwrap_or(u32::from(TILE_WIDTH));
    // after the leaves: what was removed meanwhile is not missing
    let mut found = store.leaves(LeafIndex(from), wanted).await?.into_iter().peekable();
    let first = store.first().await?.0;
    let mut hashes = Vec::new();
    for place in from..to {
        hashes.push(match found.next_if(|numbered| numbered.index.0 == place) {
            Some(numbered) => {
                report.leaves_checked = report.leaves_checked.saturating_add(1);
                Some(leaf_hash(numbered.leaf.bytes()))
            }
            None if place < head.begins_at => Some(leaf_hash(&[])),
            None if place < first => None,
            None if place >= report.size => {
                if place == report.size {
                    report.add(LogFinding::TooShort(report.size));
                }
                None
            }
            None => {
                report.add(LogFinding::LeafMissing(place));
                None
            }
        });
    }
    Ok(hashes)
}

/// The tile as wide as the tree says; `None` when it is not there or narrower.
async fn kept_tile(store: &dyn Store, name: TileName, size: u64) -> Result<Option<Tile>, StoreError> {
    let width = usize::from(name.width_at(size));
    match tile(store, name).await {
        Ok(read) => Ok(read.and_then(|read| {
            let hashes = read.record.hashes.get(..width)?.to_vec();
            Some(Tile { name, hashes })
        })),
        Err(LogError::Store(error @ StoreError::Unavailable { .. })) => Err(error),
        Err(_) => Ok(None),
    }
}

/// The tile the leaves make; where one is gone, with the hash of the tile that is kept. `None` when that is not there either.
fn of_leaves(name: TileName, leaves: &[Option<TreeHash>], kept: Option<&Tile>) -> Option<Tile> {
    let hash = |(at, leaf): (usize, &Option<TreeHash>)| {
        leaf.or_else(|| kept.and_then(|kept| kept.hashes.get(at)).copied())
    };
    let hashes = leaves.iter().enumerate().map(hash).collect::<Option<Vec<_>>>()?;
    Some(Tile { name, hashes })
}

enum Verdict {
    TileStands,
    LeavesStand,
    Neither,
}

/// Which of the two was signed: the tile that is kept, or the one the leaves make.
async fn judge(
    store: &dyn Store,
    head: &LogHeadRecord,
    (kept, rebuilt): (Tile, Option<Tile>),
) -> Result<Verdict, StoreError> {
    let signed = match kept.root() {
        Some(root) => {
            (above(store, head, kept.name).await?, Some(root), rebuilt.and_then(|tile| tile.root()))
        }
        None => {
            let with_kept = root_with(store, head, kept).await?;
            let with_rebuilt = match rebuilt {
                Some(rebuilt) => root_with(store, head, rebuilt).await?,
                None => None,
            };
            (Some(head.root), with_kept, with_rebuilt)
        }
    };
    let (signed, with_kept, with_rebuilt) = signed;
    Ok(match signed {
        None => Verdict::Neither,
        signed if signed == with_kept => Verdict::TileStands,
        signed if signed == with_rebuilt => Verdict::LeavesStand,
        Some(_) => Verdict::Neither,
    })
}

/// What the level above has for a full tile.
async fn above(
    store: &dyn Store,
    head: &LogHeadRecord,
    name: TileName,
) -> Result<Option<TreeHash>, StoreError> {
    let width = u64::from(TILE_WIDTH);
    let parent = TileName { level: name.level.saturating_add(1), index: name.index / width };
    let at = usize::try_from(name.index % width).unwrap_or(usize::MAX);
    let parent = kept_tile(store, parent, head.size).await?;
    Ok(parent.and_then(|tile| tile.hashes.get(at).copied()))
}

/// The root of the tree with this tile of its right edge in place of the one that is kept.
async fn root_with(
    store: &dyn Store,
    head: &LogHeadRecord,
    changed: Tile,
) -> Result<Option<TreeHash>, StoreError> {
    let mut edge = Vec::new();
    for (name, _) in tiles_of_size(head.size) {
        if name == changed.name {
            edge.push(changed.clone());
        } else {
            edge.extend(kept_tile(store, name, head.size).await?);
        }
    }
    Ok(RightEdge::new(head.size, &edge).ok().map(|edge| edge.root()))
}

/// Holds every level against the one below it, and the root against the checkpoint.
async fn check_upper(
    store: &dyn Store,
    head: &LogHeadRecord,
    mut below: Vec<Option<TreeHash>>,
    report: &mut LogReport,
) -> Result<(), StoreError> {
    let mut level = 1_u8;
    while !below.is_empty() {
        let mut roots = Vec::new();
        for (index, children) in (0_u64..).zip(below.chunks(usize::from(TILE_WIDTH))) {
            let name = TileName { level, index };
            let Some(kept) = kept_tile(store, name, head.size).await? else {
                report.add(LogFinding::TileMissing(name));
                roots.push(None);
                continue;
            };
            let mut pairs = children.iter().zip(&kept.hashes);
            if pairs.any(|(child, hash)| child.as_ref().is_some_and(|child| child != hash)) {
                report.add(LogFinding::TileChanged(name));
            }
            if kept.hashes.len() == usize::from(TILE_WIDTH) {
                roots.push(kept.root());
            }
        }
        roots.truncate(below.len() / usize::from(TILE_WIDTH));
        below = roots;
        level = level.saturating_add(1);
    }
    let mut edge = Vec::new();
    for (name, _) in tiles_of_size(head.size) {
        edge.extend(kept_tile(store, name, head.size).await?);
    }
    let root = RightEdge::new(head.size, &edge).ok().map(|edge| edge.root());
    if root.is_some_and(|root| root != head.root) && report.is_sound() {
        report.add(LogFinding::RootDiffers);
    }
    Ok(())
}

/// Tiles that nothing points at.
async fn check_number(
    store: &dyn Store,
    head: &LogHeadRecord,
    report: &mut LogReport,
) -> Result<(), StoreError> {
    let expected = |size: u64| {
        let levels = (0_u8..8).map(|level| {
            let hashes = size.checked_shr(8_u32.saturating_mul(level.into())).unwrap_or_default();
            hashes.div_ceil(TILE_WIDTH.into())
        });
        levels.sum::<u64>()
    };
    let found = store.count(LogTileRecord::KIND, None).await?;
    // the log may have grown meanwhile
    let now = super::tree_size(store).await?.unwrap_or(head.size);
    match found.saturating_sub(expected(now.max(head.size))) {
        0 => {}
        more => report.add(LogFinding::TooManyTiles(more)),
    }
    Ok(())
}

async fn check_mark(
    store: &dyn Store,
    mark: Option<FoundMark>,
    report: &mut LogReport,
) -> Result<(), StoreError> {
    let Some(mark) = mark else {
        report.add(LogFinding::MarkUnsigned);
        return Ok(());
    };
    let signed = mark.checkpoint;
    if mark.signed_line < mark.line {
        return Ok(());
    }
    let head = store.get::<LogHeadRecord>(&LogHeadRecord::the_only()).await?.map(|read| read.record);
    if head.as_ref().map_or(0, |head| head.line) != mark.line || signed.size > store.size().await? {
        report.add(LogFinding::MarkAhead(signed.size));
        return Ok(());
    }
    let root = match head {
        // the next pass sees whether it grows to that
        None => return Ok(()),
        Some(head) if signed.size > head.size => return Ok(()),
        // whether the tiles give it is found above
        Some(head) if signed.size == head.size => Some(head.root),
        Some(_) => root_at(store, signed.size).await?,
    };
    if root != Some(signed.root) {
        report.add(LogFinding::MarkDiffers(signed.size));
    }
    Ok(())
}

/// The root of the first leaves, by the tiles that are kept.
async fn root_at(store: &dyn Store, size: u64) -> Result<Option<TreeHash>, StoreError> {
    match tiles(store, &Tiles::for_root(size)).await {
        Ok(tiles) => Ok(tiles.root(size).ok()),
        Err(LogError::Store(error @ StoreError::Unavailable { .. })) => Err(error),
        Err(_) => Ok(None),
    }
}

//! The pass that brings leaves into the tree and signs what it is then.
//!
//! One step reads some leaves, works out the tiles, signs the checkpoint, writes the mark and commits, in this order. Killed at any of
//! them it leaves the tree as it was; the same leaves give the same tree again, and Ed25519 the same signature. Of nodes that meet
//! only one gets its commit through.

use mpp_core::Timestamp;
use mpp_crypto::tlog::{RightEdge, Tile, Tiles, TreeHash, leaf_hash, tiles_of_size};
use mpp_store::{
    AuditLeaf, LeafIndex, MAX_PAGE, RecordReaderExt, Store, StoreError, Version, Versioned, WriteBatch,
};
use serde::Serialize;

use super::keeping::FoundMark;
use super::reading::{tile, tiles};
use super::{LogError, LogHeadRecord, LogKeeping, LogTileRecord};

/// How many leaves one commit brings in at most: 64 tiles of half a megabyte.
const LEAVES_AT_ONCE: u64 = 64 * 256;

/// What a pass did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grown {
    /// How many leaves came into the tree.
    pub leaves: u64,
    /// What the mark named and the store does not have.
    pub set_back: Option<SetBack>,
    /// Whether leaves may be left because another node was at it.
    pub raced: bool,
}

/// A checkpoint that was signed, and that the store is no continuation of: it was set back to an earlier state, or rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetBack {
    /// How many leaves that checkpoint covered.
    pub signed_size: u64,
    /// Its root.
    pub signed_root: TreeHash,
    /// How many leaves the log has now.
    pub size: u64,
    /// How often the log was set back by now.
    pub line: u32,
}

enum Step {
    /// All leaves are in.
    Done,
    /// So many leaves came in; there may be more.
    Took(u64),
    /// The log was found set back, and says so now.
    SetBack(SetBack),
    /// Another node was faster.
    Raced,
}

/// Brings all leaves that are there into the tree.
pub(super) async fn grow(store: &dyn Store, keeping: &LogKeeping, now: Timestamp) -> Result<Grown, LogError> {
    let mut grown = Grown { leaves: 0, set_back: None, raced: false };
    loop {
        match step(store, keeping, now).await? {
            Step::Done => return Ok(grown),
            Step::Took(leaves) => grown.leaves = grown.leaves.saturating_add(leaves),
            Step::SetBack(set_back) => grown.set_back = Some(set_back),
            Step::Raced => {
                grown.raced = true;
                return Ok(grown);
            }
        }
    }
}

/// How many leaves are in the tree; `None` where there is none.
pub(crate) async fn tree_size(store: &dyn Store) -> Result<Option<u64>, StoreError> {
    let head = store.get::<LogHeadRecord>(&LogHeadRecord::the_only()).await?;
    Ok(head.map(|read| read.record.size))
}

async fn step(store: &dyn Store, keeping: &LogKeeping, now: Timestamp) -> Result<Step, LogError> {
    // in this order: what a mark names was in the store before it was written
    let mark = keeping.read_mark().await?;
    let tree = Tree::read(store, now).await?;
    let leaves = store.size().await?;
    if leaves < tree.head.size {
        return Err(LogError::LeafMissing(leaves));
    }
    if let Some(mark) = &mark {
        let pending = mark.signed_line < mark.line;
        if pending && tree.head.line < mark.line {
            return set_back(store, keeping, &tree, mark, (mark.line, leaves, now)).await;
        }
        let same_line = tree.head.line == mark.line;
        let stands = same_line && (pending || stands(store, &tree, mark, leaves).await?);
        if !stands {
            let line = mark.line.max(tree.head.line).saturating_add(1);
            keeping.write_mark(line, &mark.note).await?;
            return set_back(store, keeping, &tree, mark, (line, leaves, now)).await;
        }
    }
    let marked = mark.as_ref().filter(|mark| mark.signed_line == tree.head.line);
    let marked = marked.map(|mark| mark.checkpoint.size);
    if leaves == tree.head.size {
        // a mark that was lost, or that a slower node put back
        if marked != Some(leaves) && !tree.head.note.is_empty() {
            keeping.write_mark(tree.head.line, &tree.head.note).await?;
        }
        if !tree.head.note.is_empty() || leaves == 0 {
            return Ok(Step::Done);
        }
    }
    let mut end = leaves.min(tree.head.size.saturating_add(LEAVES_AT_ONCE));
    // the root there is to be compared
    if let Some(marked) = marked.filter(|marked| *marked > tree.head.size) {
        end = end.min(marked);
    }
    let version = tree.version;
    match extend(store, keeping, tree, (end, marked_root(mark.as_ref(), end)), now).await {
        // head and tiles were read one after the other: those of two different commits do not fit
        Err(LogError::Tile(_) | LogError::Root(_)) if is_overtaken(store, version).await? => Ok(Step::Raced),
        settled => settled,
    }
}

/// Whether another node has written the head since it was read.
async fn is_overtaken(store: &dyn Store, version: Option<Version>) -> Result<bool, LogError> {
    let now = store.get::<LogHeadRecord>(&LogHeadRecord::the_only()).await?;
    Ok(now.map(|read| read.version) != version)
}

/// What the mark says the root of a tree of this size is.
fn marked_root(mark: Option<&FoundMark>, size: u64) -> Option<TreeHash> {
    let mark = mark.filter(|mark| mark.signed_line == mark.line && mark.checkpoint.size == size)?;
    Some(mark.checkpoint.root)
}

/// Whether the log can be what the mark of the same line names. A mark ahead of the tree is compared when the tree is there.
async fn stands(store: &dyn Store, tree: &Tree, mark: &FoundMark, leaves: u64) -> Result<bool, LogError> {
    let signed = &mark.checkpoint;
    if signed.size > leaves {
        return Ok(false);
    }
    if signed.size > tree.head.size {
        return Ok(true);
    }
    if signed.size == tree.head.size {
        return Ok(signed.root == tree.head.root);
    }
    let tiles = tiles(store, &Tiles::for_root(signed.size)).await?;
    Ok(tiles.root(signed.size)? == signed.root)
}

/// The tree as the store has it: its head and its right edge.
struct Tree {
    head: LogHeadRecord,
    version: Option<Version>,
}

impl Tree {
    async fn read(store: &dyn Store, now: Timestamp) -> Result<Self, LogError> {
        if let Some(read) = store.get::<LogHeadRecord>(&LogHeadRecord::the_only()).await? {
            return Ok(Self { head: read.record, version: Some(read.version) });
        }
        let edge = RightEdge::default();
        let head = LogHeadRecord {
            size: 0,
            root: edge.root(),
            begins_at: store.first().await?.0,
            line: 0,
            signed_at: now,
            note: String::new(),
        };
        Ok(Self { head, version: None })
    }

    /// The batch with the head as it is to be.
    fn write(&self, batch: &mut WriteBatch, head: &LogHeadRecord) {
        match self.version {
            Some(version) => batch.update(version, head),
            None => batch.insert(head),
        };
    }
}

async fn extend(
    store: &dyn Store,
    keeping: &LogKeeping,
    tree: Tree,
    (end, expected_root): (u64, Option<TreeHash>),
    now: Timestamp,
) -> Result<Step, LogError> {
    let old = &tree.head;
    let kept = edge_tiles(store, old.size).await?;
    let kept_tiles: Vec<Tile> = kept.iter().map(|read| read.record.clone()).collect();
    let mut edge = RightEdge::new(old.size, &kept_tiles)?;
    if edge.root() != old.root {
        return Err(LogError::Root(old.size));
    }
    let mut filled = Vec::new();
    for hash in leaf_hashes(store, old, end).await? {
        edge.push(hash, &mut filled);
    }
    if expected_root.is_some_and(|root| root != edge.root()) {
        // the tree of this size that was signed is another one: the next step finds the mark and the head at odds
        return rewritten(store, keeping, &tree, now).await;
    }
    let head = LogHeadRecord {
        size: edge.size(),
        root: edge.root(),
        signed_at: now,
        note: keeping.sign(old.line, edge.size(), edge.root())?,
        ..old.clone()
    };
    keeping.write_mark(head.line, &head.note).await?;
    let mut batch = WriteBatch::new();
    tree.write(&mut batch, &head);
    for tile in filled.iter().chain(&edge.tiles()) {
        write_tile(&mut batch, &kept, tile);
    }
    match store.commit(batch).await {
        Ok(_) => Ok(Step::Took(head.size.saturating_sub(old.size))),
        Err(StoreError::Conflict { .. }) => Ok(Step::Raced),
        Err(error) => Err(error.into()),
    }
}

fn write_tile(batch: &mut WriteBatch, kept: &[Versioned<Tile>], tile: &Tile) {
    let record = LogTileRecord::of(tile);
    match kept.iter().find(|read| read.record.name == tile.name) {
        Some(read) if read.record.hashes == tile.hashes => {}
        Some(read) => {
            batch.update(read.version, &record);
        }
        None => {
            batch.insert(&record);
        }
    }
}

/// The tiles of the right edge with their versions.
async fn edge_tiles(store: &dyn Store, size: u64) -> Result<Vec<Versioned<Tile>>, LogError> {
    let mut found = Vec::new();
    for (name, _) in tiles_of_size(size) {
        found.push(tile(store, name).await?.ok_or(LogError::Tile(name))?);
    }
    Ok(found)
}

/// The hashes of the leaves from the end of the tree to before `end`.
async fn leaf_hashes(store: &dyn Store, head: &LogHeadRecord, end: u64) -> Result<Vec<TreeHash>, LogError> {
    let mut hashes = Vec::new();
    let mut next = head.size;
    while next < head.begins_at.min(end) {
        hashes.push(leaf_hash(&[]));
        next = next.saturating_add(1);
    }
    while next < end {
        let most = u32::try_from(end.saturating_sub(next)).unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let page = store.leaves(LeafIndex(next), most).await?;
        if page.is_empty() {
            return Err(LogError::LeafMissing(next));
        }
        for numbered in page {
            if numbered.index.0 != next {
                return Err(LogError::LeafMissing(next));
            }
            hashes.push(leaf_hash(numbered.leaf.bytes()));
            next = next.saturating_add(1);
        }
    }
    Ok(hashes)
}

/// The log has other leaves than those that were signed, though as many.
async fn rewritten(
    store: &dyn Store,
    keeping: &LogKeeping,
    tree: &Tree,
    now: Timestamp,
) -> Result<Step, LogError> {
    let Some(mark) = keeping.read_mark().await? else { return Ok(Step::Raced) };
    let line = mark.line.max(tree.head.line).saturating_add(1);
    keeping.write_mark(line, &mark.note).await?;
    set_back(store, keeping, tree, &mark, (line, store.size().await?, now)).await
}

/// Goes on from what the store has, under a new name, and says so in the log itself. The tree up to here is signed again under that
/// name with the leaf in it: what is signed under the old name is never contradicted.
async fn set_back(
    store: &dyn Store,
    keeping: &LogKeeping,
    tree: &Tree,
    mark: &FoundMark,
    (line, leaves, now): (u32, u64, Timestamp),
) -> Result<Step, LogError> {
    let found =
        SetBack { signed_size: mark.checkpoint.size, signed_root: mark.checkpoint.root, size: leaves, line };
    let head = LogHeadRecord { line, note: String::new(), ..tree.head.clone() };
    let mut batch = WriteBatch::new();
    tree.write(&mut batch, &head);
    batch.audit(leaf(keeping.role().actor(), &found, now));
    match store.commit(batch).await {
        Ok(_) => Ok(Step::SetBack(found)),
        Err(StoreError::Conflict { .. }) => Ok(Step::Raced),
        Err(error) => Err(error.into()),
    }
}

#[derive(Serialize)]
struct Said<'a> {
    v: u8,
    at: Timestamp,
    action: &'static str,
    actor: Actor,
    evidence: &'a TreeHash,
    reason: String,
}

#[derive(Serialize)]
struct Actor {
    r#type: &'static str,
}

fn leaf(actor: &'static str, found: &SetBack, at: Timestamp) -> AuditLeaf {
    let said = Said {
        v: 1,
        at,
        action: "log.set_back",
        actor: Actor { r#type: actor },
        evidence: &found.signed_root,
        reason: format!("signed_size_{}", found.signed_size),
    };
    // plain structs of texts and numbers always have a JSON form
    AuditLeaf::new(serde_json::to_vec(&said).unwrap_or_default())
}

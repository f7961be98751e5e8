//! What a check finds, and that it names the place.

use std::sync::Arc;

use mpp_crypto::tlog::{Tile, TileName, leaf_hash};
use mpp_store::{
    AuditLeaf, LeafIndex, ListQuery, MemoryStore, Record, RecordKey, RecordKind, Store, StoredRecord,
    WriteBatch,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::world::World;

/// A record of a log with whatever content.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Raw<const IS_TILE: bool>(Value);

impl<const IS_TILE: bool> Record for Raw<IS_TILE> {
    const KIND: RecordKind = RecordKind::new(if IS_TILE { "log-tile" } else { "log-head" });
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        if IS_TILE {
            RecordKey::new(format_args!("{}/{}", self.0["level"], self.0["index"]))
        } else {
            RecordKey::from("head")
        }
    }
}

/// Writes a record of a log as somebody would who can write to the store.
pub(crate) async fn put(store: &dyn Store, read: &StoredRecord, data: &str) {
    let data: Value = serde_json::from_str(data).unwrap();
    let mut batch = WriteBatch::new();
    match read.kind.as_str() {
        "log-tile" => batch.update(read.version, &Raw::<true>(data)),
        _ => batch.update(read.version, &Raw::<false>(data)),
    };
    store.commit(batch).await.unwrap();
}

/// The same log with other leaves beside the same tiles and checkpoint.
async fn with_leaves(world: &World, change: impl FnOnce(&mut Vec<AuditLeaf>)) -> World {
    let mut leaves = Vec::new();
    let size = world.store.size().await.unwrap();
    while (leaves.len() as u64) < size {
        let page = world.store.leaves(LeafIndex(leaves.len() as u64), 1000).await.unwrap();
        leaves.extend(page.into_iter().map(|numbered| numbered.leaf));
    }
    change(&mut leaves);
    let store = MemoryStore::new();
    let mut batch = WriteBatch::new();
    for leaf in leaves {
        batch.audit(leaf);
    }
    for stored in
        world.store.list(ListQuery::of(RecordKind::new("log-tile")).limit(1000)).await.unwrap().items
    {
        batch.insert(&Raw::<true>(serde_json::from_str(&stored.data).unwrap()));
    }
    batch.insert(&Raw::<false>(serde_json::from_str(&world.record("log-head", "head").await.data).unwrap()));
    mpp_store::Commit::commit(&store, batch).await.unwrap();
    world.restored(Arc::new(store))
}

/// A tile's JSON with one hash another.
pub(crate) fn with_hash_changed(data: &str, at: usize) -> String {
    let mut value: Value = serde_json::from_str(data).unwrap();
    let name = TileName {
        level: value["level"].as_u64().unwrap().try_into().unwrap(),
        index: value["index"].as_u64().unwrap(),
    };
    let mut tile = Tile::from_base64(name, value["hashes"].as_str().unwrap()).unwrap();
    tile.hashes[at] = leaf_hash(b"another");
    value["hashes"] = tile.to_base64().into();
    value.to_string()
}

async fn log_of(size: u64) -> World {
    let world = World::new();
    world.write(0, size).await;
    world.grow().await;
    assert_eq!(world.findings().await, [""; 0]);
    world
}

#[tokio::test]
async fn a_changed_leaf_is_named_in_full_and_partial_tiles() {
    let world = log_of(600).await;
    let changed = with_leaves(&world, |leaves| {
        leaves[17] = AuditLeaf::new("another");
        leaves[599] = AuditLeaf::new("another");
    });
    assert_eq!(
        changed.await.findings().await,
        ["leaf 17 is not the one that was signed", "leaf 599 is not the one that was signed"]
    );
}

#[tokio::test]
async fn exchanged_leaves_are_both_named() {
    let world = log_of(300).await;
    let exchanged = with_leaves(&world, |leaves| leaves.swap(3, 280)).await;
    assert_eq!(
        exchanged.findings().await,
        ["leaf 3 is not the one that was signed", "leaf 280 is not the one that was signed"]
    );
}

#[tokio::test]
async fn a_removed_leaf_is_found_from_its_place_on() {
    let world = log_of(600).await;
    let removed = with_leaves(&world, |leaves| drop(leaves.remove(590))).await;
    let findings = removed.findings().await;
    assert_eq!(findings[0], "the log ends after 599 leaves, before its tree does");
    assert_eq!(findings[1], "leaf 590 is not the one that was signed");
    assert_eq!(findings[9], "leaf 598 is not the one that was signed");
    assert_eq!(findings[10], "a checkpoint of 600 leaves was signed, and the log does not have as many");
    assert_eq!(findings.len(), 11);
}

#[tokio::test]
async fn an_inserted_leaf_is_found_from_its_place_on_and_many_findings_are_counted() {
    let world = log_of(600).await;
    let inserted = with_leaves(&world, |leaves| leaves.insert(300, AuditLeaf::new("new"))).await;
    let report = inserted.check().await;
    assert_eq!(report.findings[0].to_string(), "leaf 300 is not the one that was signed");
    assert_eq!((report.findings.len() as u64, report.more), (100, 200));
}

#[tokio::test]
async fn a_changed_tile_is_told_from_changed_leaves() {
    for (key, at, expected) in [
        ("0/0", 9, "tile 0 of level 0 is not the one that was signed"),
        ("0/2", 9, "tile 2 of level 0 is not the one that was signed"),
    ] {
        let world = log_of(600).await;
        let tile = world.record("log-tile", key).await;
        put(&*world.store, &tile, &with_hash_changed(&tile.data, at)).await;
        assert_eq!(world.findings().await, [expected], "{key}");
    }
    let world = log_of(600).await;
    let tile = world.record("log-tile", "1/0").await;
    put(&*world.store, &tile, &with_hash_changed(&tile.data, 1)).await;
    assert_eq!(world.findings().await, ["tile 0 of level 1 is not the one that was signed"]);
}

#[tokio::test]
async fn leaf_and_tile_changed_together_are_found_above() {
    let world = log_of(600).await;
    let changed = with_leaves(&world, |leaves| leaves[5] = AuditLeaf::new("another")).await;
    let tile = changed.record("log-tile", "0/0").await;
    let mut value: Value = serde_json::from_str(&tile.data).unwrap();
    let name = TileName { level: 0, index: 0 };
    let mut hashes = Tile::from_base64(name, value["hashes"].as_str().unwrap()).unwrap();
    hashes.hashes[5] = leaf_hash(b"another");
    value["hashes"] = hashes.to_base64().into();
    put(&*changed.store, &tile, &value.to_string()).await;
    assert_eq!(changed.findings().await, ["tile 0 of level 1 is not the one that was signed"]);
}

#[tokio::test]
async fn tiles_that_are_missing_unreadable_or_too_many_are_named() {
    let world = log_of(600).await;
    let tile = world.record("log-tile", "0/1").await;
    let mut batch = WriteBatch::new();
    batch.delete::<Raw<true>>(&RecordKey::from("0/1"), tile.version);
    batch.insert(&Raw::<true>(serde_json::json!({ "level": 0, "index": 9, "hashes": "" })));
    batch.insert(&Raw::<true>(serde_json::json!({ "level": 5, "index": 0, "hashes": "" })));
    world.store.commit(batch).await.unwrap();
    assert_eq!(
        world.findings().await,
        ["tile 1 of level 0 is missing or unreadable", "1 tiles do not belong to the tree"]
    );
    let world = log_of(600).await;
    let tile = world.record("log-tile", "1/0").await;
    put(&*world.store, &tile, r#"{"level":1,"index":0,"hashes":"no base64"}"#).await;
    let findings = world.findings().await;
    assert_eq!(findings[0], "tile 0 of level 1 is missing or unreadable");
}

#[tokio::test]
async fn a_changed_checkpoint_or_head_is_named() {
    let world = log_of(600).await;
    let head = world.record("log-head", "head").await;
    let other = log_of(601).await.newest().await.note;
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(&head.data).unwrap();
        change(&mut value);
        value.to_string()
    };
    let note: Value = serde_json::from_str(&head.data).unwrap();
    let note = note["note"].as_str().unwrap().to_owned();
    for (data, expected) in [
        (
            changed(&|head| head["note"] = other.clone().into()),
            "the checkpoint is of another tree than is kept",
        ),
        (changed(&|head| head["note"] = "".into()), "the checkpoint is not signed by the log's key"),
        (
            changed(&|head| head["note"] = note.replacen("600", "599", 1).into()),
            "the checkpoint is not signed by the log's key",
        ),
        (changed(&|head| head["note"] = "nothing".into()), "the checkpoint is not signed by the log's key"),
        (
            changed(&|head| head["root"] = leaf_hash(b"x").to_string().into()),
            "the checkpoint is of another tree than is kept",
        ),
        (changed(&|head| head["size"] = 599.into()), "the checkpoint is of another tree than is kept"),
    ] {
        let head = world.record("log-head", "head").await;
        put(&*world.store, &head, &data).await;
        let findings = world.findings().await;
        assert_eq!(findings[0], expected, "{data}");
    }
}

#[tokio::test]
async fn a_checkpoint_that_somebody_kept_is_held_against_the_log() {
    let world = log_of(100).await;
    let kept = world.newest().await.note;
    world.write(100, 200).await;
    world.grow().await;
    let key = crate::world::key();
    let check = async |world: &World, note: &str| {
        let report =
            mpp_services::log::check_log(&*world.store, key.public(), (None, Some(note))).await.unwrap();
        report.findings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(check(&world, &kept).await, [""; 0]);
    assert_eq!(
        check(&world, &kept.replacen("100", "101", 1)).await,
        ["the checkpoint kept outside the store is not signed by the log's key"]
    );
    let other = World::new();
    other.write_as("other", 0, 300).await;
    other.grow().await;
    assert_eq!(check(&other, &kept).await, ["another tree of 100 leaves was signed than the log has"]);
}

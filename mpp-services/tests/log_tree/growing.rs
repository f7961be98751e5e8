//! The pass as it goes.

use std::sync::Arc;

use mpp_crypto::tlog::{Tile, TileName, Tiles, leaf_hash, verify_inclusion};
use mpp_store::SqliteStore;

use crate::world::{World, text};

#[tokio::test]
async fn leaves_come_into_the_tree_and_the_checkpoint_is_signed() {
    let world = World::new();
    assert_eq!(world.grow().await, 0);
    assert!(mpp_services::log::newest_checkpoint(&*world.store).await.unwrap().is_none(), "nothing to sign");
    world.write(0, 3).await;
    assert_eq!(world.grow().await, 3);
    let first = world.verified(0).await;
    assert_eq!((first.size, first.root), (3, world.root_of_leaves(3).await));
    assert_eq!(world.grow().await, 0, "nothing new");
    assert_eq!(world.verified(0).await, first);
    world.write(3, 600).await;
    assert_eq!(world.grow().await, 600);
    assert_eq!(world.verified(0).await.root, world.root_of_leaves(603).await);
    assert_eq!(world.findings().await, [""; 0]);
}

#[tokio::test]
async fn many_leaves_come_in_by_several_commits() {
    let world = World::new();
    for begin in (0..40_000).step_by(10_000) {
        world.write(begin, 10_000).await;
    }
    assert_eq!(world.grow().await, 40_000);
    assert_eq!(world.verified(0).await.root, world.root_of_leaves(40_000).await);
    let report = world.check().await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.leaves_checked, report.covered, report.first), (40_000, 40_000, 0));
}

#[tokio::test]
async fn tiles_are_served_as_wide_as_was_ever_signed_and_no_wider() {
    let world = World::new();
    world.write(0, 300).await;
    world.grow().await;
    assert_eq!(world.tile("0/000").await.unwrap().len(), 8192);
    assert_eq!(world.tile("0/001.p/44").await.unwrap().len(), 44 * 32);
    assert_eq!(world.tile("1/000.p/1").await.unwrap().len(), 32);
    let early = world.tile("0/001.p/10").await.unwrap();
    assert_eq!(early, world.tile("0/001.p/44").await.unwrap()[..320]);
    for beyond in ["0/001.p/45", "0/001", "0/002", "1/000.p/2", "2/000.p/1", "63/000"] {
        assert_eq!(world.tile(beyond).await, None, "{beyond}");
    }
    world.write(300, 300).await;
    world.grow().await;
    assert_eq!(world.tile("0/001.p/10").await.unwrap(), early, "what was served once is served again");
}

#[tokio::test]
async fn a_leaf_is_proven_with_what_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("records.sqlite")).await.unwrap();
    let world = World::over(Arc::new(store));
    world.write(0, 700).await;
    world.grow().await;
    let checkpoint = world.verified(0).await;
    for place in [0, 255, 256, 511, 512, 699] {
        let mut tiles = Tiles::new();
        for name in Tiles::for_inclusion(place, 700) {
            let TileName { level, index } = name;
            let width = name.width_at(700);
            let partial = if width < 256 { format!(".p/{width}") } else { String::new() };
            let bytes = world.tile(&format!("{level}/{index:03}{partial}")).await.unwrap();
            tiles.insert(Tile::from_bytes(name, &bytes).unwrap());
        }
        let proof = tiles.prove_inclusion(place, 700).unwrap();
        let root = (700, &checkpoint.root);
        verify_inclusion(&leaf_hash(text("leaf", place).as_bytes()), place, root, &proof).unwrap();
        verify_inclusion(&leaf_hash(text("loaf", place).as_bytes()), place, root, &proof).unwrap_err();
    }
}

#[tokio::test]
async fn nothing_is_signed_over_damage() {
    use mpp_services::log::LogError;
    let world = World::new();
    world.write(0, 300).await;
    world.grow().await;
    let before = world.newest().await;
    let tile = world.record("log-tile", "0/1").await;
    crate::checking::put(&*world.store, &tile, &tile.data.replacen("\"hashes\":\"", "\"hashes\":\"AAAA", 1))
        .await;
    world.write(300, 1).await;
    assert!(matches!(world.keeper().grow().await, Err(LogError::Tile(_))));
    let tile = world.record("log-tile", "0/1").await;
    let other = world.record("log-tile", "0/0").await;
    let wrong = beginning_of(&other.data, 44);
    crate::checking::put(&*world.store, &tile, &tile_with(&tile.data, &wrong)).await;
    assert!(matches!(world.keeper().grow().await, Err(LogError::Root(300))));
    assert_eq!(world.newest().await, before);
}

/// The first hashes of a tile, as another tile keeps them.
fn beginning_of(data: &str, width: usize) -> String {
    let name = TileName { level: 0, index: 1 };
    let value: serde_json::Value = serde_json::from_str(data).unwrap();
    let mut tile = Tile::from_base64(name, value["hashes"].as_str().unwrap()).unwrap();
    tile.hashes.truncate(width);
    tile.to_base64()
}

fn tile_with(data: &str, hashes: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(data).unwrap();
    value["hashes"] = hashes.into();
    value.to_string()
}

//! The beginning of the log goes after years; what is left still proves, and the tree is the same.

use mpp_core::Span;
use mpp_store::LeafIndex;

use crate::world::World;

#[tokio::test]
async fn what_is_left_proves_when_the_beginning_is_gone() {
    let world = World::new();
    world.write(0, 700).await;
    world.grow().await;
    let before = world.verified(0).await;
    assert_eq!(world.store.remove_leaves_before(LeafIndex(300), 1000).await.unwrap(), 300);
    assert_eq!(world.verified(0).await, before);
    let report = world.check().await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.first, report.covered, report.leaves_checked), (300, 700, 400));
    world.clock.advance(Span::from_days(1));
    world.write(700, 100).await;
    world.grow().await;
    let report = world.check().await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.covered, report.leaves_checked), (800, 500));
    assert_eq!(world.store.remove_leaves_before(LeafIndex(800), 1000).await.unwrap(), 500);
    assert!(world.check().await.is_sound(), "all are gone");
    world.write(800, 1).await;
    world.grow().await;
    assert_eq!(world.check().await.leaves_checked, 1);
}

#[tokio::test]
async fn a_tile_without_leaves_cannot_be_changed_either() {
    let world = World::new();
    world.write(0, 700).await;
    world.grow().await;
    world.store.remove_leaves_before(LeafIndex(600), 1000).await.unwrap();
    let tile = world.record("log-tile", "0/0").await;
    let changed = crate::checking::with_hash_changed(&tile.data, 3);
    crate::checking::put(&*world.store, &tile, &changed).await;
    assert_eq!(world.findings().await, ["tile 0 of level 1 is not the one that was signed"]);
}

#[tokio::test]
async fn a_log_that_lost_its_beginning_before_there_was_a_tree_is_taken_up() {
    let world = World::new();
    world.write(0, 300).await;
    world.store.remove_leaves_before(LeafIndex(260), 1000).await.unwrap();
    assert_eq!(world.grow().await, 300);
    let report = world.check().await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.covered, report.leaves_checked), (300, 40));
}

#[tokio::test]
async fn leaves_that_are_missing_are_not_passed_over() {
    let world = World::new();
    world.write(0, 10).await;
    world.grow().await;
    world.write(10, 10).await;
    world.store.remove_leaves_before(LeafIndex(15), 1000).await.unwrap();
    let refused = world.keeper().grow().await.unwrap_err();
    assert_eq!(refused.to_string(), "leaf 10 of the audit log is missing");
    assert_eq!(world.newest().await.size, 10);
}

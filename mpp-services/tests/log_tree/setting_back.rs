//! A store that was set back to an earlier state, or whose log was rewritten, under a key that signed more.

use std::sync::Arc;

use mpp_services::log::{LogMark, SetBack};
use mpp_store::{LeafIndex, MemoryStore, Store};
use serde_json::Value;

use crate::world::{World, verifier};

async fn leaves(store: &dyn Store) -> Vec<Value> {
    let leaves = store.leaves(LeafIndex(0), 1000).await.unwrap();
    leaves.iter().map(|leaf| serde_json::from_slice(leaf.leaf.bytes()).unwrap()).collect()
}

/// Twenty leaves were signed, and the store comes back with the first ten.
async fn backup_of_ten() -> (World, World) {
    let first = World::new();
    first.write(0, 20).await;
    first.grow().await;
    let restored = first.restored(Arc::new(MemoryStore::new()));
    restored.write(0, 10).await;
    (first, restored)
}

#[tokio::test]
async fn a_restore_is_noticed_said_and_signed_under_another_name() {
    let (first, world) = backup_of_ten().await;
    let signed = first.verified(0).await;
    assert!(
        world
            .findings()
            .await
            .contains(&"a checkpoint of 20 leaves was signed, and the log does not have as many".to_owned())
    );
    let grown = world.keeper().grow().await.unwrap();
    let found = SetBack { signed_size: 20, signed_root: signed.root, size: 10, line: 1 };
    assert_eq!(grown.set_back, Some(found));
    let said = leaves(&*world.store).await.pop().unwrap();
    assert_eq!(said["action"], "log.set_back");
    assert_eq!(said["evidence"], signed.root.to_string());
    assert_eq!(said["reason"], "signed_size_20");
    let after = world.verified(1).await;
    assert_eq!((after.size, after.root), (11, world.root_of_leaves(11).await));
    assert_ne!(after.origin, signed.origin);
    // it grows past the size it had, and never signs anything under the old name again
    world.write_as("other", 11, 20).await;
    world.grow().await;
    let newest = world.newest().await;
    assert!(mpp_crypto::tlog::Checkpoint::verified(newest.note.as_bytes(), &verifier(0)).is_err());
    assert_eq!(world.findings().await, [""; 0]);
    assert_eq!(leaves(&*world.store).await.iter().filter(|leaf| leaf["action"] == "log.set_back").count(), 1);
}

#[tokio::test]
async fn a_restore_is_noticed_also_when_the_log_has_grown_as_long_since() {
    let (_, world) = backup_of_ten().await;
    world.write_as("other", 10, 30).await;
    let grown = world.keeper().grow().await.unwrap();
    assert_eq!(grown.set_back.map(|found| (found.signed_size, found.size)), Some((20, 40)));
    assert_eq!(world.verified(1).await.size, 41);
}

#[tokio::test]
async fn the_same_backup_restored_twice_is_noticed_twice() {
    let (first, world) = backup_of_ten().await;
    world.keeper().grow().await.unwrap();
    let again = first.restored(Arc::new(MemoryStore::new()));
    again.write(0, 10).await;
    let grown = again.keeper().grow().await.unwrap();
    assert_eq!(grown.set_back.map(|found| found.line), Some(2));
    assert_eq!(again.verified(2).await.size, 11);
}

#[tokio::test]
async fn a_log_that_was_rewritten_with_tree_and_checkpoint_is_noticed() {
    let (first, _) = backup_of_ten().await;
    // whoever can write to the store puts another log in its place, with tiles and a head that fit
    let forged = World::new();
    forged.write_as("forged", 0, 25).await;
    forged.grow().await;
    let world = first.restored(Arc::clone(&forged.store));
    assert!(
        world.findings().await.contains(&"another tree of 20 leaves was signed than the log has".to_owned())
    );
    let grown = world.keeper().grow().await.unwrap();
    assert_eq!(grown.set_back.map(|found| found.signed_size), Some(20));
}

#[tokio::test]
async fn a_mark_of_another_key_stops_it() {
    let world = World::new();
    world.write(0, 3).await;
    world.grow().await;
    let mark = world.mark.read().await.unwrap().unwrap();
    world.mark.write(&mark.replace("mpp-central", "mpp-client")).await.unwrap();
    world.write(3, 1).await;
    let refused = world.keeper().grow().await.unwrap_err();
    assert!(matches!(refused, mpp_services::log::LogError::ForeignMark), "{refused}");
    assert_eq!(world.newest().await.size, 3);
}

#[tokio::test]
async fn a_mark_that_was_lost_is_written_again() {
    let world = World::new();
    world.write(0, 3).await;
    world.grow().await;
    let lost =
        World { mark: Arc::default(), store: Arc::clone(&world.store), clock: Arc::clone(&world.clock) };
    assert_eq!(lost.grow().await, 0);
    assert_eq!(lost.mark.read().await.unwrap(), world.mark.read().await.unwrap());
}

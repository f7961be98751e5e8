//! Several nodes over one store.

use std::sync::Arc;

use mpp_store::SqliteStore;

use crate::world::World;

/// Nodes that write and run the pass at once; every checkpoint any of them saw is of the tree that is there in the end.
pub(crate) async fn race(world: Arc<World>, nodes: u64, rounds: u64) {
    let tasks: Vec<_> = (0..nodes)
        .map(|node| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let keeper = world.keeper();
                let mut seen = Vec::new();
                for round in 0..rounds {
                    world.write_as("race", node * 1000 + round, 1 + round % 7).await;
                    let grown = keeper.grow().await.unwrap();
                    assert_eq!(grown.set_back, None, "node {node}, round {round}");
                    seen.extend(mpp_services::log::newest_checkpoint(&*world.store).await.unwrap());
                }
                seen
            })
        })
        .collect();
    let mut seen = Vec::new();
    for task in tasks {
        seen.extend(task.await.unwrap());
    }
    let _ = world.keeper().grow().await.unwrap();
    let report = world.check().await;
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.covered, world.store.size().await.unwrap());
    for checkpoint in seen {
        let key = crate::world::key();
        let held = mpp_services::log::check_log(&*world.store, key.public(), (None, Some(&checkpoint.note)));
        assert!(held.await.unwrap().is_sound(), "{checkpoint:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_race_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("records.sqlite")).await.unwrap();
    race(Arc::new(World::over(Arc::new(store))), 2, 40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_nodes_race_in_memory() {
    race(Arc::new(World::new()), 4, 60).await;
}

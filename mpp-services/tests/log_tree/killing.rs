//! The pass, killed at every durable step: the mark, the commit.

use std::sync::Arc;

use async_trait::async_trait;
use mpp_services::log::{LogMark, MarkFault, MemoryMark};
use mpp_store::Store;

use crate::fused_store::{Fuse, FusedStore};
use crate::world::World;

/// A mark that dies with its server.
#[derive(Debug)]
struct FusedMark {
    below: Arc<MemoryMark>,
    fuse: Arc<Fuse>,
}

#[async_trait]
impl LogMark for FusedMark {
    async fn read(&self) -> Result<Option<String>, MarkFault> {
        self.fuse.after()?;
        self.below.read().await
    }

    async fn write(&self, text: &str) -> Result<(), MarkFault> {
        self.fuse.before()?;
        self.below.write(text).await?;
        self.fuse.after()?;
        Ok(())
    }
}

/// Runs the pass until it dies after so many steps; whether it came to its end.
async fn run(world: &World, steps: i64, dies_after: bool) -> bool {
    let fuse = Arc::new(Fuse::after_steps(steps, dies_after));
    let store: Arc<dyn Store> =
        Arc::new(FusedStore { below: Arc::clone(&world.store), fuse: Arc::clone(&fuse) });
    let mark = Arc::new(FusedMark { below: Arc::clone(&world.mark), fuse });
    world.keeper_over(store, mark).grow().await.is_ok()
}

#[tokio::test]
async fn killed_anywhere_it_loses_nothing_and_signs_one_tree_of_a_size() {
    let mut ended = 0;
    for dies_after in [false, true] {
        for steps in 0..8 {
            let world = World::new();
            world.write(0, 300).await;
            world.grow().await;
            let before = world.newest().await;
            // three commits: two chunks and the rest
            world.write(300, 33_000).await;
            let came_to_its_end = run(&world, steps, dies_after).await;
            ended += usize::from(came_to_its_end);
            let marked = world.mark.read().await.unwrap().unwrap();
            let at_death = world.newest().await;
            assert!(at_death.size >= before.size);
            // more leaves come before the next server does
            world.write(33_300, 5).await;
            world.grow().await;
            let report = world.check().await;
            assert!(report.is_sound(), "{steps} {dies_after}: {report:?}");
            assert_eq!(report.covered, 33_305);
            assert_eq!(world.verified(0).await.root, world.root_of_leaves(33_305).await);
            // what the dead one wrote down was signed for the tree that is there
            let key = crate::world::key();
            let report = mpp_services::log::check_log(
                &*world.store,
                key.public(),
                (Some(&marked), Some(&at_death.note)),
            );
            assert!(report.await.unwrap().is_sound(), "{steps} {dies_after}");
        }
    }
    assert!(0 < ended && ended < 16, "{ended}: steps beyond the last one, and before it");
}

#[tokio::test]
async fn killed_while_it_notices_a_set_back_it_notices_it_once() {
    for dies_after in [false, true] {
        for steps in 0..6 {
            let first = World::new();
            first.write(0, 20).await;
            first.grow().await;
            let world = first.restored(Arc::new(mpp_store::MemoryStore::new()));
            world.write_as("other", 0, 4).await;
            run(&world, steps, dies_after).await;
            let grown = world.keeper().grow().await.unwrap();
            assert!(grown.set_back.is_none_or(|found| found.line == 1));
            assert_eq!(
                world.verified(1).await.size,
                5,
                "{steps} {dies_after}: four leaves, and one that says so"
            );
            assert_eq!(world.findings().await, [""; 0], "{steps} {dies_after}");
        }
    }
}

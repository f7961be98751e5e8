//! A disk runs full under a store, and has space again.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use mpp_store::conformance::run;
use mpp_store::conformance::sample::{BY_OWNER, Sample, commit, ids_by, leaf};
use mpp_store::{LeafIndex, Store, StoreError};

use super::small_disk::SmallDisk;

/// Longer than anything here takes: what takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn fill(open: impl AsyncFn(&Path) -> Result<Box<dyn Store>, StoreError>) {
    let Some(disk) = SmallDisk::mount(96) else { return };
    disk.load(48);
    run(async {
        let mut store = open(disk.path()).await.unwrap();
        let mut acknowledged = BTreeSet::new();
        let mut next = 0;
        for run in 0..2 {
            let refused = write_until_refused(&*store, &mut next, &mut acknowledged).await;
            assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
            // it answers, or says that it cannot, and goes on doing so
            for _ in 0..3 {
                match within(store.size()).await {
                    Ok(leaves) => assert!(leaves >= u64::try_from(acknowledged.len()).unwrap()),
                    Err(refused) => assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}"),
                }
                if write(&*store, next).await.is_ok() {
                    acknowledged.insert(next);
                    next += 1;
                }
            }
            disk.relieve();
            write(&*store, next).await.expect("there is space again");
            acknowledged.insert(next);
            next += 1;
            check(&*store, &acknowledged).await;
            if run == 0 {
                drop(store);
                store = open(disk.path()).await.unwrap();
                check(&*store, &acknowledged).await;
                disk.load(16);
            }
        }
    });
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it answers")
}

async fn write(store: &dyn Store, id: u32) -> Result<(), StoreError> {
    let text = format!("{id:>10}").repeat(3000);
    let written =
        commit(store, |batch| batch.insert(&Sample::of("a", id)).audit(leaf(&format!("{id} {text}"))));
    within(written).await.map(drop)
}

async fn write_until_refused(
    store: &dyn Store,
    next: &mut u32,
    acknowledged: &mut BTreeSet<u32>,
) -> StoreError {
    loop {
        match write(store, *next).await {
            Ok(()) => {
                acknowledged.insert(*next);
                *next += 1;
            }
            Err(refused) => {
                *next += 1;
                return refused;
            }
        }
    }
}

/// Everything acknowledged is there, and what is there is whole.
async fn check(store: &dyn Store, acknowledged: &BTreeSet<u32>) {
    let records: BTreeSet<u32> = ids_by(store, BY_OWNER, "a").await.into_iter().collect();
    let mut leaves = BTreeSet::new();
    loop {
        let next = LeafIndex(u64::try_from(leaves.len()).unwrap());
        let page = store.leaves(next, 100).await.unwrap();
        if page.is_empty() {
            break;
        }
        for found in page {
            let text = String::from_utf8(found.leaf.bytes().to_vec()).unwrap();
            assert!(leaves.insert(text.split_once(' ').unwrap().0.parse::<u32>().unwrap()), "once");
        }
    }
    assert_eq!(records, leaves, "no half batch");
    assert!(acknowledged.is_subset(&records), "nothing acknowledged is lost");
}

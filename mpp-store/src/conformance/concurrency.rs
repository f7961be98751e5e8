//! Many at once.

use std::collections::HashSet;
use std::sync::Arc;

use futures::future::join_all;

use super::sample::{
    BY_CODE, BY_OWNER, Sample, assert_conflict, claim, commit, enqueue, ids_by, insert, job, key, leaf,
    ordered, sample,
};
use crate::{Claim, LeafIndex, OutboxExt, Record, Store, StoreError, WorkerName, WriteBatch};

/// Eight writers add one ten times each, reading again at every conflict: eighty is what comes out.
pub async fn parallel_increments_lose_nothing(store: Arc<dyn Store>) {
    insert(&*store, [Sample::of("a", 1)]).await;
    let writers = (0..8).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for _ in 0..10 {
                increment(&*store).await;
            }
        })
    });
    join_all(writers).await.into_iter().for_each(|done| done.unwrap());
    assert_eq!(sample(&*store, 1).await.unwrap().record.count, 80);
    assert_eq!(store.size().await.unwrap(), 80, "one leaf per increment");
}

async fn increment(store: &dyn Store) {
    loop {
        let mut found = sample(store, 1).await.unwrap();
        found.record.count += 1;
        let change =
            commit(store, |batch| batch.update(found.version, &found.record).audit(leaf("+1"))).await;
        match change {
            Ok(_) => return,
            Err(error) => assert!(error.is_conflict(), "{error:?}"),
        }
    }
}

/// Of many that want the same key, or the same unique value, one gets it.
pub async fn parallel_inserts_have_one_winner(store: Arc<dyn Store>) {
    let race = |samples: Vec<Sample>| {
        let store = &store;
        join_all(samples.into_iter().map(move |sample| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let mut batch = WriteBatch::new();
                batch.insert(&sample);
                (sample.id, store.commit(batch).await)
            })
        }))
    };
    let same_key = (0..10).map(|owner| Sample::of(&owner.to_string(), 1)).collect();
    let same_code = (10..20).map(|id| Sample::of("a", id).coded("x")).collect();
    for outcome in [race(same_key).await, race(same_code).await] {
        let outcome: Vec<_> = outcome.into_iter().map(|done| done.unwrap()).collect();
        assert_eq!(outcome.iter().filter(|(_, result)| result.is_ok()).count(), 1);
        for (id, result) in outcome.into_iter().filter(|(_, result)| result.is_err()) {
            assert_conflict(result, Sample::KIND, &key(id));
        }
    }
    assert_eq!(ids_by(&*store, BY_CODE, "x").await.len(), 1);
}

/// Many write as long as there is no mark; somebody writes the mark and then looks who is there. Who was let in is found, whoever was
/// faster: nobody comes in behind the look.
pub async fn nobody_comes_in_behind_a_mark(store: Arc<dyn Store>) {
    for round in 0..20_u32 {
        let (mark, owner) = (1_000 + round, format!("round {round}"));
        let guests = (0..6).map(|guest| {
            let (store, owner) = (Arc::clone(&store), owner.clone());
            tokio::spawn(async move {
                let guest = Sample::of(&owner, round * 10 + guest);
                let mut batch = WriteBatch::new();
                batch.absent::<Sample>(&key(mark)).insert(&guest);
                match store.commit(batch).await {
                    Ok(_) => Some(guest.id),
                    Err(error) => {
                        assert!(error.is_conflict(), "{error:?}");
                        None
                    }
                }
            })
        });
        let (keeper, named) = (Arc::clone(&store), owner.clone());
        let keeper = tokio::spawn(async move {
            insert(&*keeper, [Sample::of("keeper", mark)]).await;
            ids_by(&*keeper, BY_OWNER, &named).await
        });
        let let_in: HashSet<u32> =
            join_all(guests).await.into_iter().filter_map(|guest| guest.unwrap()).collect();
        let found: HashSet<u32> = keeper.await.unwrap().into_iter().collect();
        assert_eq!(found, let_in, "round {round}");
    }
}

/// Four workers on one queue: every job is done once, those of one order key in order.
pub async fn parallel_workers_never_share_a_job(store: Arc<dyn Store>) {
    enqueue(
        &*store,
        (0..40).map(|number| match number % 4 {
            0 => job(number),
            key => ordered(number, &key.to_string()),
        }),
    )
    .await;
    let done = Arc::new(std::sync::Mutex::new(Vec::new()));
    let workers = (0..4).map(|worker| {
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        tokio::spawn(async move {
            let claim = Claim { worker: WorkerName::new(worker), limit: 3, ..claim(0) };
            while !store.backlog(claim.now).await.unwrap().is_empty() {
                for job in store.lease(claim.clone()).await.unwrap() {
                    done.lock().unwrap().push(job.payload::<u8>().unwrap());
                    store.complete(&job).await.unwrap();
                }
                tokio::task::yield_now().await;
            }
        })
    });
    join_all(workers).await.into_iter().for_each(|worker| worker.unwrap());
    let done = done.lock().unwrap().clone();
    assert_eq!(done.len(), 40);
    assert_eq!(done.iter().collect::<HashSet<_>>().len(), 40);
    for key in 1..4 {
        let order: Vec<_> = done.iter().filter(|number| **number % 4 == key).collect();
        assert!(order.is_sorted(), "{order:?}");
    }
}

/// Appends from many sides, some of them refused, leave one unbroken log.
pub async fn parallel_appends_leave_no_gap(store: Arc<dyn Store>) {
    let version = insert(&*store, [Sample::of("a", 1)]).await;
    let writers = (0..30).map(|number| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut batch = WriteBatch::new();
            batch.audit(leaf(&number.to_string()));
            if number % 3 == 0 {
                batch.update(version, &Sample { count: 1, ..Sample::of("a", 1) });
            }
            match store.commit(batch).await {
                Ok(_) => true,
                Err(StoreError::Conflict { .. }) => false,
                Err(error) => panic!("{error:?}"),
            }
        })
    });
    let written = join_all(writers).await.into_iter().filter(|done| *done.as_ref().unwrap()).count();
    assert_eq!(written, 21, "twenty free appends and one of the ten contenders");
    let leaves = store.leaves(LeafIndex(0), 100).await.unwrap();
    let places: Vec<u64> = leaves.iter().map(|found| found.index.0).collect();
    assert_eq!(places, (0..21).collect::<Vec<_>>());
    assert_eq!(leaves.iter().map(|found| found.leaf.bytes()).collect::<HashSet<_>>().len(), 21);
}

/// Appends beside removals, by several at once: what is left is unbroken, and each leaf is removed once.
pub async fn parallel_removals_leave_no_gap(store: Arc<dyn Store>) {
    let tasks = (0..30_u32).map(|number| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            if number % 3 == 0 {
                return store.remove_leaves_before(LeafIndex(15), 2).await.unwrap();
            }
            commit(&*store, |batch| batch.audit(leaf(&number.to_string()))).await.map(|_| 0).unwrap()
        })
    });
    let mut gone: u64 = join_all(tasks).await.into_iter().map(|task| task.unwrap()).sum();
    assert!(gone <= 15, "{gone}");
    gone += store.remove_leaves_before(LeafIndex(15), 100).await.unwrap();
    assert_eq!((gone, store.first().await.unwrap()), (15, LeafIndex(15)));
    let leaves = store.leaves(LeafIndex(0), 100).await.unwrap();
    let places: Vec<u64> = leaves.iter().map(|found| found.index.0).collect();
    assert_eq!((places, store.size().await.unwrap()), ((15..20).collect(), 20));
}

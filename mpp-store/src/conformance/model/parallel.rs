//! Several tasks at once, and afterwards the question whether one order of their commits explains everything.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use futures::future::join_all;
use mpp_core::{JobId, Span};

use super::dice::Dice;
use super::reference::Reference;
use crate::batch::{BatchParts, JobWrite};
use crate::conformance::StoreUnderTest;
use crate::conformance::sample::{OTHER_QUEUE, QUEUE, Sample, at, key, leaf, sample, used};
use crate::{
    Claim, LeafIndex, LeasedJob, ListQuery, NewJob, OrderKey, Reason, Record, Store, StoreError, Version,
    WorkerName, WriteBatch,
};

const TASKS: u8 = 6;
const ROUNDS: u8 = 20;

/// What one task saw.
#[derive(Default)]
struct Seen {
    commits: Vec<(Version, BatchParts)>,
    leases: Vec<LeasedJob>,
}

/// Two phases with the store closed and opened between them, then the rest of the jobs.
pub(super) async fn play(under_test: &mut StoreUnderTest) {
    let mut seen = Seen::default();
    for phase in 0..2 {
        let store: Arc<dyn Store> = under_test.backend();
        let tasks = (0..TASKS).map(|task| tokio::spawn(work(Arc::clone(&store), phase, task)));
        for of_task in join_all(tasks).await {
            let of_task = of_task.expect("no task fails");
            seen.commits.extend(of_task.commits);
            seen.leases.extend(of_task.leases);
        }
        drop(store);
        under_test.reopen().await;
        compare(&*under_test.backend(), &mut seen).await;
    }
    let store = under_test.backend();
    finish_all(&*store, &mut seen).await;
    assert!(store.backlog(at(0)).await.expect("the store answers").is_empty());
    compare_jobs(&seen, true);
}

async fn work(store: Arc<dyn Store>, phase: u8, task: u8) -> Seen {
    let mut dice = Dice::new(u64::from(phase) * 100 + u64::from(task) + 1);
    let mut seen = Seen::default();
    for round in 0..ROUNDS {
        let number = (phase * TASKS + task) * ROUNDS + round;
        write(&*store, &mut dice, number, &mut seen).await;
        if dice.percent(60) {
            work_off(&*store, &mut dice, &mut seen).await;
        }
        tokio::task::yield_now().await;
    }
    seen
}

/// Changes one of a few records that all tasks want, with all that belongs to it.
async fn write(store: &dyn Store, dice: &mut Dice, number: u8, seen: &mut Seen) {
    let id = dice.below(4);
    let order = dice.percent(50).then(|| OrderKey::new(id));
    let queue = if dice.percent(50) { QUEUE } else { OTHER_QUEUE };
    let remove = dice.percent(10);
    loop {
        let found = sample(store, id).await;
        let build = || {
            let mut batch = WriteBatch::new();
            match &found {
                Some(found) if remove => batch.delete::<Sample>(&key(id), found.version),
                Some(found) => {
                    let changed = Sample { count: found.record.count + 1, ..found.record.clone() };
                    batch.update(found.version, &changed)
                }
                None => batch.insert(&Sample::of("a", id).coded(&id.to_string())),
            };
            let job = NewJob::new(job_of(number), queue.clone(), &number, at(0)).expect("a number is JSON");
            batch.enqueue(NewJob { order_key: order.clone(), ..job });
            batch.audit(leaf(&number.to_string())).usage_entry(used(number, 1, i64::from(number)));
            batch
        };
        match store.commit(build()).await {
            Ok(version) => {
                seen.commits.push((version, build().into_parts().expect("it was committed")));
                return;
            }
            Err(error) => assert!(error.is_conflict(), "{error:?}"),
        }
    }
}

fn job_of(number: u8) -> JobId {
    JobId::from_random([number; 16])
}

/// Takes some jobs and finishes, keeps, or puts back each; lets some leases run out, so that others take them over.
async fn work_off(store: &dyn Store, dice: &mut Dice, seen: &mut Seen) {
    let now = at(i64::from(dice.below(20)));
    let lease_for = Span::from_seconds(i64::from(dice.below(10)));
    let worker = WorkerName::new("somebody");
    let claim = Claim { queues: vec![], worker, limit: 3, now, lease_for };
    for job in store.lease(claim).await.expect("the store answers") {
        seen.leases.push(job.clone());
        let build = |choice| {
            let mut batch = WriteBatch::new();
            match choice {
                0..60 => batch.complete(&job),
                60..80 => batch.release(&job, at(0), Reason::new("again")),
                _ => &mut batch,
            };
            batch
        };
        let choice = dice.below(100);
        if choice >= 90 {
            match store.heartbeat(&job, now, lease_for).await {
                Ok(()) | Err(StoreError::LeaseLost { .. }) => continue,
                Err(other) => panic!("{other:?}"),
            }
        }
        match store.commit(build(choice)).await {
            Ok(version) => {
                seen.commits.push((version, build(choice).into_parts().expect("it was committed")));
            }
            Err(StoreError::LeaseLost { job: lost }) => assert_eq!(lost, job.id()),
            Err(other) => panic!("{other:?}"),
        }
    }
}

async fn finish_all(store: &dyn Store, seen: &mut Seen) {
    let worker = WorkerName::new("last");
    let claim =
        Claim { queues: vec![], worker, limit: 1000, now: at(1000), lease_for: Span::from_minutes(1) };
    loop {
        let jobs = store.lease(claim.clone()).await.expect("the store answers");
        if jobs.is_empty() {
            return;
        }
        let mut batch = WriteBatch::new();
        let mut same = WriteBatch::new();
        for job in &jobs {
            batch.complete(job);
            same.complete(job);
        }
        let version = store.commit(batch).await.expect("nobody else is at work");
        seen.commits.push((version, same.into_parts().expect("it was committed")));
        seen.leases.extend(jobs);
    }
}

/// Records, leaves and uses are those of the commits in the order of their versions; jobs are neither lost nor doubled.
async fn compare(store: &dyn Store, seen: &mut Seen) {
    seen.commits.sort_by_key(|(version, _)| *version);
    assert!(seen.commits.is_sorted_by(|(one, _), (next, _)| one < next), "no version is given twice");
    let mut model = Reference::default();
    for (version, parts) in &seen.commits {
        let without_jobs = BatchParts { jobs: Vec::new(), ..parts.clone() };
        model = model.after(&without_jobs, *version).expect("the order of versions explains every commit");
    }
    let leaves = store.leaves(LeafIndex(0), 1000).await.expect("the store answers");
    let expected = (0..).map(LeafIndex).zip(&model.leaves);
    assert!(leaves.iter().map(|found| (found.index, &found.leaf)).eq(expected), "leaves follow versions");
    let records = store.list(ListQuery::of(Sample::KIND)).await.expect("the store answers").items;
    assert_eq!(records, model.listed(Sample::KIND, None));
    assert_eq!(crate::conformance::sample::usage(store, None).await, model.usage);
    compare_jobs(seen, false);
    let unfinished: u64 = store
        .backlog(at(0))
        .await
        .expect("the store answers")
        .iter()
        .map(|queue| queue.waiting + queue.leased + queue.parked)
        .sum();
    let (enqueued, completed) = enqueued_and_completed(seen);
    assert_eq!(unfinished, u64::try_from(enqueued.len() - completed.len()).unwrap(), "no job is lost");
}

fn compare_jobs(seen: &Seen, all_done: bool) {
    let tokens: HashSet<_> = seen.leases.iter().map(|lease| lease.token).collect();
    assert_eq!(tokens.len(), seen.leases.len(), "a fencing number is given out once");
    let (enqueued, completed) = enqueued_and_completed(seen);
    for (job, times) in &completed {
        assert_eq!((enqueued.get(job), *times), (Some(&1), 1), "a job is finished once");
    }
    assert!(!all_done || enqueued.len() == completed.len(), "every job is finished");
}

type Times = BTreeMap<JobId, u32>;

fn enqueued_and_completed(seen: &Seen) -> (Times, Times) {
    let (mut enqueued, mut completed) = (Times::new(), Times::new());
    for write in seen.commits.iter().flat_map(|(_, parts)| &parts.jobs) {
        match write {
            JobWrite::Enqueue(job) => *enqueued.entry(job.id).or_default() += 1,
            JobWrite::Complete(token) => *completed.entry(token.job).or_default() += 1,
            JobWrite::Release { .. } | JobWrite::Park { .. } => {}
        }
    }
    (enqueued, completed)
}

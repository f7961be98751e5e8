//! The outbox: due times, order, leases, parking.

use std::sync::Arc;

use mpp_core::Span;

use super::sample::{
    OTHER_QUEUE, QUEUE, Sample, assert_conflict, assert_lease_lost, at, claim, commit, enqueue, insert, job,
    job_id, lease, leased_numbers, numbers, ordered, sample,
};
use crate::job::JOB_KIND;
use crate::{
    Claim, NewJob, OrderKey, OutboxExt, Reason, RecordKey, Store, StoreError, WorkerName, WriteBatch,
};

/// A leased job carries what was enqueued and is not given to anybody else.
pub async fn job_is_handed_out_once_with_its_payload(store: Arc<dyn Store>) {
    enqueue(&*store, [ordered(1, "k")]).await;
    let leased = lease(&*store, 5).await;
    assert_eq!(leased.len(), 1);
    let job = &leased[0];
    assert_eq!((job.id(), job.payload::<u8>().unwrap(), job.attempt), (job_id(1), 1, 1));
    assert_eq!((&job.queue, &job.order_key), (&QUEUE, &Some(OrderKey::new("k"))));
    assert_eq!((job.due_at, job.leased_until), (at(0), at(65)));
    assert!(matches!(job.payload::<String>(), Err(StoreError::Inconsistent { .. })));
    assert!(lease(&*store, 6).await.is_empty());
    store.complete(job).await.unwrap();
    assert!(lease(&*store, 1000).await.is_empty());
}

/// A job is not handed out before its time.
pub async fn job_waits_until_due(store: Arc<dyn Store>) {
    enqueue(&*store, [NewJob { due_at: at(10), ..job(1) }]).await;
    assert!(lease(&*store, 9).await.is_empty());
    assert_eq!(leased_numbers(&*store, 10).await, [1]);
}

/// A worker gets jobs of its queue only and no more than it asked for.
pub async fn claim_keeps_to_queue_and_limit(store: Arc<dyn Store>) {
    enqueue(&*store, [job(1), NewJob { queue: OTHER_QUEUE, ..job(2) }, job(3), job(4)]).await;
    let first = store.lease(Claim { queues: vec![QUEUE], limit: 2, ..claim(0) }).await.unwrap();
    assert_eq!(numbers(&first), [1, 3]);
    let other = store.lease(Claim { queues: vec![OTHER_QUEUE], ..claim(0) }).await.unwrap();
    assert_eq!(numbers(&other), [2]);
    let least = store.lease(Claim { limit: 0, ..claim(0) }).await.unwrap();
    assert_eq!(numbers(&least), [4], "a claim is for at least one job");
}

/// The jobs of the queue that was named first come first, whoever waited longer, also when not all can be had.
pub async fn claim_takes_queues_in_their_order(store: Arc<dyn Store>) {
    let other = |number| NewJob { queue: OTHER_QUEUE, due_at: at(9), ..job(number) };
    enqueue(&*store, [job(1), job(2), other(3), other(4), job(5)]).await;
    let queues = vec![OTHER_QUEUE, QUEUE];
    let first = store.lease(Claim { queues: queues.clone(), limit: 3, ..claim(10) }).await.unwrap();
    assert_eq!(numbers(&first), [3, 4, 1]);
    let rest = store.lease(Claim { queues, ..claim(10) }).await.unwrap();
    assert_eq!(numbers(&rest), [2, 5]);
}

/// A job that is begun by whoever enqueues it is in nobody else's hands until that lease runs out.
pub async fn job_begun_at_once_is_held(store: Arc<dyn Store>) {
    let mut batch = WriteBatch::new();
    let held = batch.begin(ordered(1, "a"), WorkerName::new("inline"), at(60));
    batch.enqueue(ordered(2, "a"));
    store.commit(batch).await.unwrap();
    assert_eq!((held.attempt, held.leased_until), (1, at(60)));
    assert!(lease(&*store, 59).await.is_empty(), "the one is held, the other comes after it");
    store.complete(&held).await.unwrap();
    assert_lease_lost(store.complete(&held).await, 1);
    assert_eq!(leased_numbers(&*store, 59).await, [2]);

    let mut batch = WriteBatch::new();
    let cut_off = batch.begin(job(3), WorkerName::new("inline"), at(70));
    store.commit(batch).await.unwrap();
    let taken_over = lease(&*store, 70).await;
    assert_eq!((numbers(&taken_over), taken_over[0].attempt), (vec![3], 2));
    assert_lease_lost(store.complete(&cut_off).await, 3);
}

/// Who waited longest is served first, whatever the order of enqueuing.
pub async fn jobs_ready_longest_come_first(store: Arc<dyn Store>) {
    enqueue(
        &*store,
        [(1, 30), (2, 10), (3, 20), (4, 10)].map(|(number, due)| NewJob { due_at: at(due), ..job(number) }),
    )
    .await;
    assert_eq!(leased_numbers(&*store, 40).await, [2, 4, 3, 1]);
}

/// Of one order key one job at a time is handed out, in the order of enqueuing; others go on beside it.
pub async fn jobs_of_one_order_key_follow_each_other(store: Arc<dyn Store>) {
    enqueue(&*store, [ordered(1, "a"), ordered(2, "a"), ordered(3, "b")]).await;
    enqueue(&*store, [ordered(4, "a"), job(5)]).await;
    let first = lease(&*store, 0).await;
    assert_eq!(numbers(&first), [1, 3, 5]);
    assert!(lease(&*store, 1).await.is_empty());
    store.complete(&first[0]).await.unwrap();
    let second = lease(&*store, 2).await;
    assert_eq!(numbers(&second), [2]);
    store.complete(&second[0]).await.unwrap();
    assert_eq!(leased_numbers(&*store, 3).await, [4]);
}

/// An earlier job that waits, for its first time or after a failure, is not overtaken.
pub async fn postponed_job_holds_back_its_successors(store: Arc<dyn Store>) {
    enqueue(&*store, [NewJob { due_at: at(10), ..ordered(1, "a") }, ordered(2, "a")]).await;
    assert!(lease(&*store, 5).await.is_empty());
    let first = lease(&*store, 10).await;
    assert_eq!(numbers(&first), [1]);
    store.release(&first[0], at(100), Reason::new("later")).await.unwrap();
    assert!(lease(&*store, 99).await.is_empty());
    assert_eq!(leased_numbers(&*store, 100).await, [1]);
}

/// The same order key in two queues is two orders.
pub async fn order_is_kept_within_a_queue(store: Arc<dyn Store>) {
    enqueue(&*store, [ordered(1, "a"), NewJob { queue: OTHER_QUEUE, ..ordered(2, "a") }]).await;
    assert_eq!(leased_numbers(&*store, 0).await, [1, 2]);
}

/// After its lease ran out a job goes to the next worker, and the first one can do nothing with it any more.
pub async fn expired_lease_is_taken_over(store: Arc<dyn Store>) {
    enqueue(&*store, [ordered(1, "a"), ordered(2, "a")]).await;
    let first = lease(&*store, 0).await;
    assert!(lease(&*store, 59).await.is_empty());
    let second = store.lease(Claim { worker: WorkerName::new("worker-2"), ..claim(60) }).await.unwrap();
    assert_eq!(numbers(&second), [1]);
    assert_eq!(second[0].attempt, 2);
    let lost = &first[0];
    assert_lease_lost(store.heartbeat(lost, at(61), Span::from_minutes(1)).await, 1);
    assert_lease_lost(store.complete(lost).await, 1);
    assert_lease_lost(store.release(lost, at(61), Reason::new("x")).await, 1);
    assert_lease_lost(store.park(lost, at(61), Reason::new("x")).await, 1);
    store.complete(&second[0]).await.unwrap();
    assert_lease_lost(store.complete(&second[0]).await, 1);
}

/// A worker that beats in time keeps its job.
pub async fn heartbeat_keeps_the_job(store: Arc<dyn Store>) {
    enqueue(&*store, [job(1)]).await;
    let leased = lease(&*store, 0).await;
    store.heartbeat(&leased[0], at(50), Span::from_minutes(1)).await.unwrap();
    assert!(lease(&*store, 109).await.is_empty());
    store.heartbeat(&leased[0], at(109), Span::from_minutes(1)).await.unwrap();
    assert!(lease(&*store, 168).await.is_empty());
    assert_eq!(leased_numbers(&*store, 169).await, [1]);
}

/// A beat that comes late is good as long as nobody took the job.
pub async fn late_heartbeat_keeps_a_job_nobody_took(store: Arc<dyn Store>) {
    enqueue(&*store, [job(1)]).await;
    let leased = lease(&*store, 0).await;
    store.heartbeat(&leased[0], at(500), Span::from_minutes(1)).await.unwrap();
    assert!(lease(&*store, 559).await.is_empty());
    store.complete(&leased[0]).await.unwrap();
}

/// The state change and the end of the job are one commit.
pub async fn completion_commits_with_the_state_change(store: Arc<dyn Store>) {
    let version = insert(&*store, [Sample::of("a", 1)]).await;
    enqueue(&*store, [job(1)]).await;
    let leased = lease(&*store, 0).await;
    let done = Sample { count: 1, ..Sample::of("a", 1) };
    let next = NewJob { due_at: at(5), ..job(2) };
    commit(&*store, |batch| batch.update(version, &done).complete(&leased[0]).enqueue(next)).await.unwrap();
    assert_eq!(sample(&*store, 1).await.unwrap().record, done);
    assert_eq!(leased_numbers(&*store, 1000).await, [2]);
}

/// A worker that lost its lease changes nothing, even when its decision was right.
pub async fn completion_without_the_lease_changes_nothing(store: Arc<dyn Store>) {
    let version = insert(&*store, [Sample::of("a", 1)]).await;
    enqueue(&*store, [job(1)]).await;
    let slow = lease(&*store, 0).await;
    let quick = lease(&*store, 60).await;
    let done = Sample { count: 1, ..Sample::of("a", 1) };
    assert_lease_lost(commit(&*store, |batch| batch.update(version, &done).complete(&slow[0])).await, 1);
    assert_eq!(sample(&*store, 1).await.unwrap().record.count, 0);
    commit(&*store, |batch| batch.update(version, &done).complete(&quick[0])).await.unwrap();
    assert_eq!(sample(&*store, 1).await.unwrap().record.count, 1);
}

/// A job that was put back comes again at its new time, as the next attempt.
pub async fn released_job_comes_back_when_due(store: Arc<dyn Store>) {
    enqueue(&*store, [job(1)]).await;
    let first = lease(&*store, 0).await;
    store.release(&first[0], at(30), Reason::new("no answer")).await.unwrap();
    assert_lease_lost(store.complete(&first[0]).await, 1);
    assert!(lease(&*store, 29).await.is_empty());
    let second = lease(&*store, 30).await;
    assert_eq!((second[0].attempt, second[0].due_at), (2, at(30)));
    store.complete(&second[0]).await.unwrap();
}

/// A parked job is seen, blocks nothing, and after its replay comes last.
pub async fn parked_job_waits_for_a_person(store: Arc<dyn Store>) {
    enqueue(&*store, [ordered(1, "a"), ordered(2, "a"), ordered(3, "a")]).await;
    let first = lease(&*store, 0).await;
    store.park(&first[0], at(1), Reason::new("refused four times")).await.unwrap();
    assert_lease_lost(store.complete(&first[0]).await, 1);
    let page = store.parked(Some(&QUEUE), None, 10).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let parked = &page.items[0];
    assert_eq!((parked.id, parked.attempt, parked.parked_at), (job_id(1), 1, at(1)));
    assert_eq!(parked.reason, Reason::new("refused four times"));
    assert!(store.parked(Some(&OTHER_QUEUE), None, 10).await.unwrap().items.is_empty());
    let second = lease(&*store, 2).await;
    assert_eq!(numbers(&second), [2]);
    store.replay(job_id(1), at(3)).await.unwrap();
    assert!(store.parked(None, None, 10).await.unwrap().items.is_empty());
    assert_lease_lost(store.complete(&first[0]).await, 1);
    store.complete(&second[0]).await.unwrap();
    let third = lease(&*store, 4).await;
    assert_eq!(numbers(&third), [3]);
    store.complete(&third[0]).await.unwrap();
    let again = lease(&*store, 5).await;
    assert_eq!((numbers(&again), again[0].attempt, again[0].due_at), (vec![1], 1, at(3)));
    store.complete(&again[0]).await.unwrap();
}

/// A discarded job does not come back.
pub async fn discarded_job_is_gone(store: Arc<dyn Store>) {
    enqueue(&*store, [job(1)]).await;
    let leased = lease(&*store, 0).await;
    store.park(&leased[0], at(0), Reason::new("x")).await.unwrap();
    store.discard(job_id(1)).await.unwrap();
    assert!(store.backlog(at(0)).await.unwrap().is_empty());
    enqueue(&*store, [job(1)]).await;
    assert_eq!(leased_numbers(&*store, 0).await, [1]);
}

/// Jobs that are waiting, in hand or unknown are neither replayed nor discarded.
pub async fn only_parked_jobs_are_replayed(store: Arc<dyn Store>) {
    enqueue(&*store, [job(1), NewJob { due_at: at(100), ..job(2) }]).await;
    lease(&*store, 0).await;
    for number in 1..=3 {
        let job = job_id(number);
        let replayed = store.replay(job, at(1)).await;
        assert!(matches!(replayed, Err(StoreError::NotParked { job: found }) if found == job));
        let discarded = store.discard(job).await;
        assert!(matches!(discarded, Err(StoreError::NotParked { job: found }) if found == job));
    }
}

/// Parked jobs are listed page by page in the order of enqueuing.
pub async fn parked_jobs_are_paged(store: Arc<dyn Store>) {
    enqueue(&*store, (1..=5).map(job)).await;
    for job in lease(&*store, 0).await.iter().rev() {
        store.park(job, at(1), Reason::new("x")).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.parked(None, after, 2).await.unwrap();
        seen.extend(page.items.iter().map(|parked| parked.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (1..=5).map(job_id).collect::<Vec<_>>());
}

/// A job that is still there, in whatever standing, is not enqueued again; a finished one may be.
pub async fn enqueuing_a_present_job_is_a_conflict(store: Arc<dyn Store>) {
    enqueue(&*store, [job(1)]).await;
    let there = RecordKey::new(job_id(1));
    assert_conflict(commit(&*store, |batch| batch.enqueue(job(1))).await, JOB_KIND, &there);
    let leased = lease(&*store, 0).await;
    assert_conflict(commit(&*store, |batch| batch.enqueue(job(1))).await, JOB_KIND, &there);
    assert_conflict(
        commit(&*store, |batch| batch.enqueue(job(2)).enqueue(job(2))).await,
        JOB_KIND,
        &RecordKey::new(job_id(2)),
    );
    commit(&*store, |batch| batch.complete(&leased[0]).enqueue(job(1))).await.unwrap();
    let again = lease(&*store, 1).await;
    assert_eq!(again[0].attempt, 1);
}

/// The backlog counts by standing and names the next moment there may be work.
pub async fn backlog_tells_what_is_left(store: Arc<dyn Store>) {
    let other = NewJob { queue: OTHER_QUEUE, due_at: at(500), ..job(9) };
    enqueue(&*store, [job(1), job(2), job(3), NewJob { due_at: at(90), ..job(4) }, other]).await;
    let leased = lease(&*store, 0).await;
    store.park(&leased[0], at(0), Reason::new("x")).await.unwrap();
    store.complete(&leased[1]).await.unwrap();
    let backlog = store.backlog(at(10)).await.unwrap();
    assert_eq!(backlog.len(), 2);
    let first = &backlog[0];
    assert_eq!((&first.queue, first.waiting, first.leased, first.parked), (&QUEUE, 1, 1, 1));
    assert_eq!(first.next_at, Some(at(60)));
    let first = &store.backlog(at(60)).await.unwrap()[0];
    assert_eq!((first.waiting, first.leased), (2, 0), "a lease that ran out counts as waiting");
    assert_eq!((&backlog[1].queue, backlog[1].next_at), (&OTHER_QUEUE, Some(at(500))));
}

/// A backlog that is counted up to a bound says the same below it, and no more than the bound above.
pub async fn backlog_is_counted_within_bounds(store: Arc<dyn Store>) {
    let other = NewJob { queue: OTHER_QUEUE, due_at: at(500), ..job(30) };
    enqueue(&*store, (1..=9).map(job).chain([other])).await;
    let leased = lease(&*store, 0).await;
    for job in leased.iter().take(4) {
        store.park(job, at(0), Reason::new("x")).await.unwrap();
    }
    store.complete(&leased[4]).await.unwrap();
    let exact = store.backlog(at(10)).await.unwrap();
    assert_eq!((exact[0].waiting + exact[0].leased, exact[0].parked), (4, 4), "{exact:?}");
    assert_eq!(store.backlog_up_to(at(10), 100).await.unwrap(), exact);
    assert_eq!(store.backlog_up_to(at(10), u64::MAX).await.unwrap(), exact);
    let bounded: Vec<_> = exact.iter().cloned().map(|queue| queue.up_to(3)).collect();
    assert_eq!(store.backlog_up_to(at(10), 3).await.unwrap(), bounded);
    for queue in [QUEUE, OTHER_QUEUE] {
        while let Some(job) =
            store.lease(Claim { queues: vec![queue.clone()], limit: 1, ..claim(1000) }).await.unwrap().pop()
        {
            store.park(&job, at(1000), Reason::new("x")).await.unwrap();
        }
    }
    let parked = store.backlog_up_to(at(1000), 100).await.unwrap();
    let parked: Vec<_> = parked.iter().map(|queue| (queue.waiting, queue.parked, queue.next_at)).collect();
    assert_eq!(parked, [(0, 8, None), (0, 1, None)], "a queue of which everything is parked is told of");
}

//! The workers of the child.

use std::sync::Arc;

use mpp_store::{Claim, LeasedJob, OutboxExt as _, Reason, RecordReaderExt as _, WorkerName, WriteBatch};

use super::child::{Desk, Line};
use super::points::Point;
use super::traces::{Effect, Mark, QUEUE, lease_for, now};

/// Works off jobs without end. Every fifth is put back the first time.
pub async fn work(desk: Arc<Desk>, worker: u8) {
    let claim = Claim {
        queues: vec![QUEUE],
        worker: WorkerName::new(worker),
        limit: 5,
        now: now(desk.round),
        lease_for: lease_for(),
    };
    loop {
        let jobs = desk.settle(desk.store.lease(claim.clone()).await).await;
        for job in jobs.unwrap_or_default() {
            desk.points.pass(Point::JobInHand).await;
            let mark: Mark = job.payload().unwrap();
            if job.attempt == 1 && mark.number.is_multiple_of(5) {
                desk.settle(desk.store.release(&job, claim.now, Reason::new("not yet")).await).await;
            } else {
                finish(&desk, &job, mark).await;
            }
        }
        tokio::task::yield_now().await;
    }
}

/// Does a job. What the server went away over is left to the next round, into which no lease reaches.
async fn finish(desk: &Desk, job: &LeasedJob, mark: Mark) {
    let earlier = desk.settle(desk.store.get::<Effect>(&Effect::key_of(mark)).await).await;
    let Some(earlier) = earlier else { return };
    let mut batch = WriteBatch::new();
    match earlier {
        // must never happen; left in the store for the parent to see
        Some(earlier) => {
            let again = Effect { of: mark, times: earlier.record.times + 1 };
            batch.update(earlier.version, &again)
        }
        None => batch.insert(&Effect { of: mark, times: 1 }),
    };
    batch.complete(job);
    if let Some(version) = desk.settle(desk.store.commit(batch).await).await {
        Line::Done { mark, version: version.number() }.say();
    }
}

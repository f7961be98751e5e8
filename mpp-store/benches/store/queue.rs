//! Jobs per second through the outbox of PostgreSQL: jobs that do nothing, leased in batches.

use std::sync::Arc;

use futures::future::try_join_all;
use mpp_core::{JobId, Span};
use mpp_store::{Claim, LeasedJob, NewJob, OrderKey, Store, WorkerName, WriteBatch};

use crate::journey::QUEUE;
use crate::numbers::{draw, draw_bytes, figure};
use crate::places::Places;
use crate::table::{Goal, Table, per_second};
use crate::{Failure, clock};

const WORKERS: u32 = 4;
const ROUNDS: u32 = 3;
/// How many jobs one call takes.
const TAKEN: u32 = 500;

/// How jobs are finished.
#[derive(Debug, Clone, Copy)]
enum Finish {
    /// All that were taken together, in one commit.
    Together,
    /// Each in a commit of its own, those that were taken together side by side.
    Each,
}

pub(crate) async fn measure(places: &Places, table: &mut Table) -> Result<(), Failure> {
    let database = places.fresh_database().await?;
    let store: Arc<dyn Store> = Arc::new(database.open().await?);
    let (mut together, mut each) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        together.push(round(&store, 40_000, Finish::Together).await?);
        each.push(round(&store, 15_000, Finish::Each).await?);
    }
    for (what, goal, rates) in [
        ("no-op jobs leased in batches, finished in batches: PostgreSQL", 20_000.0, together),
        ("no-op jobs leased in batches, one commit per job: PostgreSQL", 5_000.0, each),
    ] {
        let median = crate::numbers::Spread::of(&rates).median;
        table.alone(what, Goal::AtLeast(goal, "/s"), &per_second(&rates), median);
    }
    drop(store);
    database.drop().await
}

/// Enqueues, and then measures until the last is finished.
async fn round(store: &Arc<dyn Store>, jobs: u32, finish: Finish) -> Result<f64, Failure> {
    for _ in 0..jobs / 1000 {
        let mut batch = WriteBatch::new();
        for _ in 0..1000 {
            let job = NewJob::new(JobId::from_random(draw_bytes()), QUEUE, &0, clock::today()?)?;
            batch.enqueue(job.ordered_by(OrderKey::new(draw())));
        }
        store.commit(batch).await?;
    }
    let begun = clock::now();
    let workers = (0..WORKERS).map(|worker| tokio::spawn(work(Arc::clone(store), worker, finish)));
    let mut done = 0;
    for worker in workers.collect::<Vec<_>>() {
        done += worker.await??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    if done != u64::from(jobs) || !store.backlog(clock::today()?).await?.is_empty() {
        return Err(format!("{done} of {jobs} jobs were done").into());
    }
    Ok(figure(done) / seconds)
}

/// Works until nothing is left.
async fn work(store: Arc<dyn Store>, worker: u32, finish: Finish) -> Result<u64, Failure> {
    let mut done = 0;
    loop {
        let claim = Claim {
            queues: vec![QUEUE],
            worker: WorkerName::new(worker),
            limit: TAKEN,
            now: clock::today()?,
            lease_for: Span::from_minutes(1),
        };
        let jobs = store.lease(claim).await?;
        if jobs.is_empty() {
            return Ok(done);
        }
        done += u64::try_from(jobs.len())?;
        match finish {
            Finish::Together => complete(&*store, &jobs).await?,
            Finish::Each => drop(try_join_all(jobs.chunks(1).map(|job| complete(&*store, job))).await?),
        }
    }
}

async fn complete(store: &dyn Store, jobs: &[LeasedJob]) -> Result<(), Failure> {
    let mut batch = WriteBatch::new();
    for job in jobs {
        batch.complete(job);
    }
    Ok(store.commit(batch).await.map(drop)?)
}

//! How long the job of a killed worker lies until another has it. Workers are processes; they are killed with SIGKILL.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mpp_core::{JobId, Span};
use mpp_store::{Claim, LeasedJob, NewJob, Outbox, PostgresStore, QueueName, Store, WorkerName, WriteBatch};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use crate::numbers::{draw, draw_bytes, figure, percentile};
use crate::places::Places;
use crate::table::{Goal, Table};
use crate::{Failure, clock};

const KILLS: u64 = 200;
/// So many workers are there, and killed, at a time.
const AT_ONCE: u64 = 50;
/// How often a server looks for work that nobody rings for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a job is kept, in seconds; as the servers are set.
const LEASE: i64 = 3;

const QUEUE_OF_WORKER: &str = "MPP_BENCH_QUEUE";
const LEASE_OF_WORKER: &str = "MPP_BENCH_LEASE";

/// The worker that is to be killed.
pub(crate) struct Task {
    url: String,
    queue: String,
    lease: Lease,
}

/// How long a job is kept; a sign of life is given thrice in that time, as the servers do.
#[derive(Debug, Clone, Copy)]
struct Lease(Span);

impl Lease {
    fn beat(self) -> Duration {
        self.0.as_duration() / 3
    }
}

/// What this process was told, if it is such a worker.
pub(crate) fn told() -> Option<Task> {
    let variable = |name| std::env::var(name).ok();
    let lease = Lease(Span::from_seconds(variable(LEASE_OF_WORKER)?.parse().ok()?));
    Some(Task { queue: variable(QUEUE_OF_WORKER)?, url: variable("MPP_POSTGRES")?, lease })
}

/// Takes its job, says so, and keeps it until it is killed.
pub(crate) async fn hold(task: Task) -> Result<(), Failure> {
    let store = PostgresStore::open(&task.url.parse()?).await?;
    let queue = QueueName::from_text(task.queue);
    let job = take(&store, vec![queue], "killed", task.lease).await?.pop().ok_or("there is no job")?;
    println!("held");
    loop {
        tokio::time::sleep(task.lease.beat()).await;
        store.heartbeat(&job, clock::today()?, task.lease.0).await?;
    }
}

async fn take(
    store: &dyn Outbox,
    queues: Vec<QueueName>,
    worker: &str,
    lease: Lease,
) -> Result<Vec<LeasedJob>, Failure> {
    let claim = Claim {
        queues,
        worker: WorkerName::new(worker),
        limit: 1000,
        now: clock::today()?,
        lease_for: lease.0,
    };
    Ok(store.lease(claim).await?)
}

pub(crate) async fn measure(places: &Places, table: &mut Table) -> Result<(), Failure> {
    let database = places.fresh_database().await?;
    let store: Arc<dyn Store> = Arc::new(database.open().await?);
    let lease = Lease(Span::from_seconds(LEASE));
    let mut took = Vec::new();
    for _ in 0..KILLS / AT_ONCE {
        took.extend(round(&store, &database.url, lease).await?);
    }
    let (median, p99, most) = (percentile(&took, 50), percentile(&took, 99), percentile(&took, 100));
    let ours = format!("longest {most:.2} s, p99 {p99:.2} s, median {median:.2} s, {} kills", took.len());
    let what = format!("takeover of a killed worker's job (SIGKILL), leases of {LEASE} s: PostgreSQL");
    table.alone(&what, Goal::AtMost(5.0, " s"), &ours, most);
    drop(store);
    database.drop().await
}

/// Starts workers, kills each at a moment of its own, and looks for work as a server does. The seconds from each kill to the
/// takeover.
async fn round(store: &Arc<dyn Store>, url: &str, lease: Lease) -> Result<Vec<f64>, Failure> {
    let mut workers = Vec::new();
    for number in 0..AT_ONCE {
        workers.push((number, start(store, url, number, lease).await?));
    }
    for (_, worker) in &mut workers {
        let mut said = [0; 4];
        worker.stdout.as_mut().ok_or("nobody listens")?.read_exact(&mut said).await?;
    }
    let kills: Vec<_> =
        workers.into_iter().map(|(number, worker)| tokio::spawn(kill(number, worker, lease))).collect();
    let mut taken = Vec::new();
    while taken.len() < kills.len() {
        for job in take(&**store, Vec::new(), "heir", lease).await? {
            taken.push((job.payload::<u64>()?, clock::now()));
            let mut batch = WriteBatch::new();
            batch.complete(&job);
            store.commit(batch).await?;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let mut killed = Vec::new();
    for kill in kills {
        killed.push(kill.await??);
    }
    let pairs = killed.into_iter().filter_map(|(number, killed)| {
        let (_, taken) = taken.iter().find(|(of, _)| *of == number)?;
        // a job that another has before its worker was killed would be taken over too early
        taken.checked_duration_since(killed)
    });
    let took: Vec<_> = pairs.map(|took| took.as_secs_f64()).collect();
    if took.len() == taken.len() { Ok(took) } else { Err("a job was taken from a worker that lived".into()) }
}

async fn start(store: &Arc<dyn Store>, url: &str, number: u64, lease: Lease) -> Result<Child, Failure> {
    let queue = format!("takeover-{number}");
    let mut batch = WriteBatch::new();
    let job = JobId::from_random(draw_bytes());
    batch.enqueue(NewJob::new(job, QueueName::from_text(queue.clone()), &number, clock::today()?)?);
    store.commit(batch).await?;
    let mut command = Command::new(std::env::current_exe()?);
    command.env(QUEUE_OF_WORKER, queue).env("MPP_POSTGRES", url);
    command.env(LEASE_OF_WORKER, (lease.0.as_duration().as_secs()).to_string());
    Ok(command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?)
}

/// Kills a worker somewhere between two signs of life.
async fn kill(number: u64, mut worker: Child, lease: Lease) -> Result<(u64, Instant), Failure> {
    let moment = figure(draw() % 1000) / 1000.0;
    tokio::time::sleep(lease.beat().mul_f64(1.0 + moment)).await;
    let killed = clock::now();
    worker.kill().await?;
    Ok((number, killed))
}

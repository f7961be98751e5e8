//! The process that is killed: writers and workers that say what was acknowledged, line by line.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use mpp_store::conformance::run as run_async;
use mpp_store::{
    Claim, LeasedJob, OutboxExt as _, Reason, RecordReaderExt as _, Store, WorkerName, WriteBatch,
};
use serde::{Deserialize, Serialize};

use super::backend::Backend;
use super::traces::{Effect, Journey, Mark, QUEUE, lease_for, now};

const FOLDER: &str = "MPP_CRASH_FOLDER";
const ROUND: &str = "MPP_CRASH_ROUND";

pub const WRITERS: u8 = 4;
const WORKERS: u8 = 2;

/// One line of the child's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Line {
    /// The store is about to be opened.
    Opening,
    /// The store is open.
    Open,
    /// A writer's commit was acknowledged.
    Written { mark: Mark, version: u64 },
    /// A worker's commit was acknowledged.
    Done { mark: Mark, version: u64 },
}

const BEFORE_LINE: &str = "> ";

impl Line {
    fn say(self) {
        // in one piece, and past the test harness, which would keep what println! prints
        let text = format!("{BEFORE_LINE}{}\n", serde_json::to_string(&self).unwrap());
        std::io::stdout().write_all(text.as_bytes()).expect("the parent listens");
    }

    /// What the child said, `None` for a line of the test harness or one that was cut off.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text.split_once(BEFORE_LINE)?.1).ok()
    }
}

/// The command that starts the child.
pub fn command(backend: Backend, folder: &Path, round: u32) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    command.env(super::BACKEND, backend.to_string()).env(FOLDER, folder).env(ROUND, round.to_string());
    command.stdout(Stdio::piped());
    command
}

pub fn run() {
    let variable = |name| std::env::var(name).ok();
    let (Some(backend), Some(folder), Some(round)) =
        (variable(super::BACKEND), variable(FOLDER), variable(ROUND))
    else {
        return;
    };
    let (backend, round) = (backend.parse::<Backend>().unwrap(), round.parse().unwrap());
    run_async(async move {
        Line::Opening.say();
        let store = backend.open(Path::new(&folder)).await;
        Line::Open.say();
        let workers = (0..WORKERS).map(|worker| tokio::spawn(work(Arc::clone(&store), round, worker)));
        let workers: Vec<_> = workers.collect();
        let writers = (0..WRITERS).map(|writer| tokio::spawn(write(Arc::clone(&store), round, writer)));
        for task in writers.chain(workers) {
            task.await.unwrap();
        }
    });
}

/// Commits without end: the state, a job, a leaf, a use.
async fn write(store: Arc<dyn Store>, round: u32, writer: u8) {
    let key = mpp_store::RecordKey::new(writer);
    for number in 0.. {
        let mark = Mark { round, writer, number };
        let found = store.get::<Journey>(&key).await.unwrap();
        let commits = found.as_ref().map_or(0, |found| found.record.commits) + 1;
        // now and then one that does not fit into what a database writes at once
        let length = if number % 5 == 4 { 6000 } else { 60 };
        let journey = Journey { writer, commits, terms: "as agreed ".repeat(length) };
        let mut batch = WriteBatch::new();
        match found {
            Some(found) => batch.update(found.version, &journey),
            None => batch.insert(&journey),
        };
        batch.enqueue(mark.job()).audit(mark.leaf()).usage_entry(mark.usage());
        let version = store.commit(batch).await.unwrap();
        Line::Written { mark, version: version.number() }.say();
    }
}

/// Works off jobs without end. Every fifth is put back the first time.
async fn work(store: Arc<dyn Store>, round: u32, worker: u8) {
    let claim = Claim {
        queues: vec![QUEUE],
        worker: WorkerName::new(worker),
        limit: 5,
        now: now(round),
        lease_for: lease_for(),
    };
    loop {
        for job in store.lease(claim.clone()).await.unwrap() {
            let mark: Mark = job.payload().unwrap();
            if job.attempt == 1 && mark.number.is_multiple_of(5) {
                store.release(&job, claim.now, Reason::new("not yet")).await.unwrap();
            } else {
                finish(&*store, &job, mark).await;
            }
        }
        tokio::task::yield_now().await;
    }
}

async fn finish(store: &dyn Store, job: &LeasedJob, mark: Mark) {
    let earlier = store.get::<Effect>(&Effect::key_of(mark)).await.unwrap();
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
    let version = store.commit(batch).await.unwrap();
    Line::Done { mark, version: version.number() }.say();
}

//! The process that is killed: writers and workers that say what was acknowledged, line by line.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use mpp_store::conformance::run as run_async;
use serde::{Deserialize, Serialize};

use super::backend::Place;
use super::points::{Point, Points};
use super::traces::Mark;
use super::{remove, work, write};

const ROUND: &str = "MPP_CRASH_ROUND";
const SURVIVES: &str = "MPP_CRASH_SURVIVES";

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
    /// A task has come to the point at which it shall be killed, and waits there.
    At(Point),
    /// A writer's commit was acknowledged after the server had been away.
    Survived,
}

const BEFORE_LINE: &str = "> ";

impl Line {
    pub fn say(self) {
        // in one piece, and past the test harness, which would keep what println! prints
        let text = format!("{BEFORE_LINE}{}\n", serde_json::to_string(&self).unwrap());
        std::io::stdout().write_all(text.as_bytes()).expect("the parent listens");
    }

    /// What the child said, `None` for a line of the test harness or one that was cut off.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text.split_once(BEFORE_LINE)?.1).ok()
    }
}

/// What a child is to do.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    pub round: u32,
    /// The point at which it shall be killed.
    pub point: Option<(Point, u32)>,
    /// Whether the server is killed under it, so that it has to go on afterwards.
    pub survives: bool,
}

/// The command that starts the child.
pub fn command(place: &Place, task: Task) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    place.tell(&mut command);
    Points::tell(&mut command, task.point);
    command.env(ROUND, task.round.to_string());
    if task.survives {
        command.env(SURVIVES, "1");
    }
    command.stdout(Stdio::piped());
    command
}

/// What all tasks of the child share.
pub struct Desk {
    pub store: Arc<dyn mpp_store::Store>,
    pub parcels: Arc<mpp_store::ObjectParcels>,
    pub round: u32,
    pub points: Points,
    pub survives: bool,
}

impl Desk {
    /// The outcome of a call, `None` when the server is away and the task is to try again, which it may do when this
    /// returns. Where no server is killed, nothing may fail.
    pub async fn settle<T>(&self, outcome: Result<T, mpp_store::StoreError>) -> Option<T> {
        match outcome {
            Err(mpp_store::StoreError::Unavailable { .. }) if self.survives => {
                // no faster than a server can come back
                let mut pause = tokio::time::interval(std::time::Duration::from_millis(20));
                pause.tick().await;
                pause.tick().await;
                None
            }
            outcome => Some(outcome.unwrap()),
        }
    }
}

pub fn run() {
    let (Some(place), Ok(round)) = (Place::told(), std::env::var(ROUND)) else { return };
    run_async(async move {
        Line::Opening.say();
        let store = place.open().await;
        Line::Open.say();
        // before anybody writes
        let size = store.size().await.unwrap();
        let desk = Arc::new(Desk {
            store,
            parcels: place.parcels(),
            round: round.parse().unwrap(),
            points: Points::told(),
            survives: std::env::var_os(SURVIVES).is_some(),
        });
        let workers = (0..WORKERS).map(|worker| tokio::spawn(work::work(Arc::clone(&desk), worker)));
        let workers: Vec<_> = workers.collect();
        let writers = (0..WRITERS).map(|writer| tokio::spawn(write::write(Arc::clone(&desk), writer)));
        // all of them, before the first is waited for
        let writers: Vec<_> = writers.collect();
        let removing = tokio::spawn(remove::remove(Arc::clone(&desk), size));
        for task in writers.into_iter().chain(workers).chain([removing]) {
            task.await.unwrap();
        }
    });
}

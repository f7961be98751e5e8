use std::collections::VecDeque;
use std::sync::Mutex;

use mpp_core::{JobId, Span, Timestamp};
use mpp_store::{LeaseToken, NewJob, QueueName, WorkerName, WriteBatch};
use tokio::sync::{Semaphore, mpsc};

use super::*;
use crate::runtime::Stopper;

const BEAT: Duration = Duration::from_secs(1);

fn job(number: u8) -> LeasedJob {
    let now: Timestamp = "2026-01-15T09:25:00Z".parse().unwrap();
    let new = NewJob::new(JobId::from_random([number; 16]), QueueName::new("q"), &number, now).unwrap();
    WriteBatch::new().begin(new, WorkerName::new("w"), now.plus(Span::from_seconds(3)))
}

/// Hands out scripted jobs; each is done when the test allows it.
struct Script {
    due: Mutex<VecDeque<LeasedJob>>,
    follows: Mutex<VecDeque<LeasedJob>>,
    allowed: Semaphore,
    lost: Mutex<Vec<LeaseToken>>,
    told: mpsc::UnboundedSender<String>,
}

impl Script {
    fn tell(&self, what: &str, job: &LeasedJob) {
        let number: u8 = job.payload().unwrap();
        self.told.send(format!("{what} {number}")).unwrap();
    }
}

#[async_trait]
impl JobSource for Script {
    async fn take(&self, room: u32) -> Vec<LeasedJob> {
        let mut due = self.due.lock().unwrap();
        let count = due.len().min(usize::try_from(room).unwrap());
        due.drain(..count).collect()
    }

    async fn perform(&self, job: &LeasedJob) -> Option<LeasedJob> {
        self.tell("begin", job);
        self.allowed.acquire().await.unwrap().forget();
        self.tell("end", job);
        self.follows.lock().unwrap().pop_front()
    }

    async fn keep(&self, job: &LeasedJob) -> Hold {
        self.tell("keep", job);
        if self.lost.lock().unwrap().contains(&job.token) { Hold::Lost } else { Hold::Kept }
    }
}

struct Scene {
    script: Arc<Script>,
    told: mpsc::UnboundedReceiver<String>,
    stopper: Stopper,
    arrivals: Arc<Notify>,
    working: JoinHandle<()>,
}

fn scene(due: &[u8], follows: &[u8], at_once: u32) -> Scene {
    let (sender, told) = mpsc::unbounded_channel();
    let script = Arc::new(Script {
        due: Mutex::new(due.iter().map(|number| job(*number)).collect()),
        follows: Mutex::new(follows.iter().map(|number| job(*number)).collect()),
        allowed: Semaphore::new(0),
        lost: Mutex::default(),
        told: sender,
    });
    let (stopper, stopping) = Stopper::new();
    let arrivals = Arc::new(Notify::new());
    let pace = Pace {
        at_once,
        beat: BEAT,
        look_every: Duration::from_secs(3600),
        bell: Arc::new(Notify::new()),
        arrivals: Some(Arc::clone(&arrivals)),
    };
    let source: Arc<dyn JobSource> = script.clone();
    let working = spawn_jobs(source, pace, stopping);
    Scene { script, told, stopper, arrivals, working }
}

impl Scene {
    async fn hears(&mut self, expected: &[&str]) {
        for expected in expected {
            assert_eq!(self.told.recv().await.as_deref(), Some(*expected));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_jobs_are_in_hand_than_allowed() {
    let mut scene = scene(&[1, 2, 3], &[], 2);
    scene.hears(&["begin 1", "begin 2"]).await;
    scene.script.allowed.add_permits(1);
    scene.hears(&["end 1", "begin 3"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_long_job_gives_signs_of_life_and_what_it_begins_gives_its_own() {
    let mut scene = scene(&[1], &[7], 1);
    scene.hears(&["begin 1", "keep 1", "keep 1"]).await;
    scene.script.allowed.add_permits(1);
    scene.hears(&["end 1", "begin 7", "keep 7"]).await;
    scene.script.allowed.add_permits(1);
    scene.hears(&["end 7"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_was_taken_over_is_dropped() {
    let mut scene = scene(&[1, 2], &[], 1);
    scene.script.lost.lock().unwrap().push(job(1).token);
    scene.hears(&["begin 1", "keep 1", "begin 2"]).await;
}

#[tokio::test(start_paused = true)]
async fn stopping_waits_for_what_is_in_hand_and_takes_nothing_new() {
    let mut scene = scene(&[1, 2], &[], 1);
    scene.hears(&["begin 1"]).await;
    scene.stopper.stop();
    scene.script.allowed.add_permits(1);
    scene.hears(&["end 1"]).await;
    scene.working.await.unwrap();
    assert_eq!(scene.script.due.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn work_of_other_processes_is_begun_when_it_is_heard_of() {
    let mut scene = scene(&[], &[], 1);
    tokio::time::advance(BEAT).await;
    let begun = tokio::time::Instant::now();
    scene.script.due.lock().unwrap().push_back(job(1));
    scene.arrivals.notify_waiters();
    scene.hears(&["begin 1"]).await;
    assert!(begun.elapsed() < BEAT, "it did not wait for the next look");
}

//! Writing batches: all that wait travel together and are written in one transaction, each whole or not at all.

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::PgConnection;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::batch::{BatchParts, JobWrite};
use crate::job::JOB_KIND;
use crate::usage::USAGE_KIND;
use crate::{RecordKey, StoreError, Version, rows};

use super::announcements::{Announcements, Next, TOGETHER};
use super::connections::{self, Connections};
use super::together::Together;
use super::{batch_text, unavailable};

/// The most batches of one transaction: with more, other transactions could no longer tell at a glance which of its
/// savepoints are done (PostgreSQL keeps 64 of them in its shared memory).
const MOST_BATCHES: usize = 60;
/// How many transactions of a node are under way at once: while the lists of one are written, another one waits for the disk or
/// for the counter.
pub(super) const WRITERS: usize = 2;
/// What waits leaves beside others when it is at least the so manieth part of them: a transaction costs much however little is in it.
const FAIR_PART: usize = 3;
/// Fewer batches than these leave together.
const LEAST_TO_HALVE: usize = 8;
/// How often a transaction is tried that others get in the way of.
const TRIES: u32 = 5;

type Answer = Result<Version, StoreError>;
/// commit_number, refused_list, refused_place
type Outcome = (Option<i64>, Option<String>, Option<i64>);

/// A batch that waits.
#[derive(Debug)]
struct Waiting {
    parts: BatchParts,
    sender: oneshot::Sender<Answer>,
}

/// The batches that wait for a writing connection, and how many are on their way.
#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// How many batches are under way.
    travelling: usize,
    /// In how many transactions they are, those that are about to leave included.
    transactions: usize,
}

impl Queue {
    /// Whether what waits leaves now. With nothing under way it does; else once it is a fair part of what is under way, so that one
    /// half is written while the other half's callers make their next batches, and nobody waits for the last of them.
    fn may_leave(&self, others: usize) -> bool {
        let is_enough = self.waiting.len().saturating_mul(FAIR_PART) >= self.travelling;
        !self.waiting.is_empty() && (others == 0 || others < WRITERS && is_enough)
    }

    /// Those that leave now.
    fn leave(&mut self) -> Vec<Waiting> {
        let all = self.waiting.len().saturating_add(self.travelling);
        let half = if all < LEAST_TO_HALVE { all } else { all.div_ceil(2) };
        let leaving: Vec<Waiting> =
            self.waiting.drain(..self.waiting.len().min(half).min(MOST_BATCHES)).collect();
        self.travelling = self.travelling.saturating_add(leaving.len());
        leaving
    }
}

/// Writes the batches of this node.
#[derive(Debug)]
pub(super) struct CommitQueue {
    writers: Connections,
    queue: Mutex<Queue>,
    announcements: Announcements,
    /// For those of this process who wait for jobs.
    bell: Arc<Notify>,
}

impl CommitQueue {
    pub(super) fn new(writers: Connections, bell: Arc<Notify>) -> Self {
        Self { writers, queue: Mutex::default(), announcements: Announcements::default(), bell }
    }

    pub(super) async fn commit(this: &Arc<Self>, parts: BatchParts) -> Answer {
        batch_text::check(&parts)?;
        let (sender, answer) = oneshot::channel();
        this.queue().waiting.push(Waiting { parts, sender });
        Self::go_on(this);
        answer.await.unwrap_or_else(|closed| Err(StoreError::unavailable(closed)))
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a transaction when there is one to begin. In a task of its own: other callers' batches must not be undone because
    /// this caller gave up.
    fn go_on(this: &Arc<Self>) {
        let mut queue = this.queue();
        if queue.may_leave(queue.transactions) {
            queue.transactions = queue.transactions.saturating_add(1);
            drop(queue);
            tokio::spawn(Arc::clone(this).write_waiting());
        }
    }

    /// Lets those come whose commits ended together: a transaction costs little more for many batches than for one.
    async fn gather(&self) {
        let mut before = 0;
        loop {
            let now = self.queue().waiting.len();
            if now <= before || now >= MOST_BATCHES {
                return;
            }
            before = now;
            tokio::task::yield_now().await;
        }
    }

    /// Writes what waits; nothing when that shall wait for more.
    async fn write_waiting(self: Arc<Self>) {
        let mut under_way = UnderWay { of: &self, batches: 0 };
        self.gather().await;
        let lent = self.writers.lend().await;
        let batches = {
            let mut queue = self.queue();
            if !queue.may_leave(queue.transactions.saturating_sub(1)) {
                return;
            }
            queue.leave()
        };
        under_way.batches = batches.len();
        Self::go_on(&self);
        let mut lent = match lent {
            Ok(lent) => lent,
            Err(error) => return answer_all(batches, &Arc::new(error)),
        };
        let written = Self::write_all(&self, &mut lent, &batches).await;
        match self.writers.settle(lent, written) {
            Ok(outcomes) => {
                if batches.iter().any(|batch| has_jobs(&batch.parts)) {
                    self.bell.notify_waiters();
                }
                for (Waiting { parts, sender, .. }, outcome) in batches.into_iter().zip(outcomes) {
                    // a caller that is gone needs no answer
                    let _ = sender.send(outcome.and_then(|outcome| answer(&parts, outcome)));
                }
            }
            Err(error) => answer_all(batches, &Arc::new(error)),
        }
    }

    /// Writes what can be written together in one transaction, and the rest, to which the former belong when something is not as
    /// one of them needs it, in another.
    ///
    /// # Errors
    /// When the connection was cut; what came of the batches is then unknown.
    async fn write_all(
        this: &Arc<Self>,
        connection: &mut PgConnection,
        batches: &[Waiting],
    ) -> Result<Vec<Result<Outcome, StoreError>>, sqlx::Error> {
        let mut together = Together::default();
        let taken: Vec<bool> = batches.iter().map(|batch| together.take(&batch.parts)).collect();
        let first = if taken.contains(&true) {
            Self::write_together(this, connection, &mut together).await?
        } else {
            None
        };
        let numbered = |taken: &bool| *taken && first.is_some();
        let rest = batches.iter().zip(&taken).filter(|(_, taken)| !numbered(taken));
        let rest: Result<Vec<String>, _> = rest.map(|(batch, _)| batch_text::of(&batch.parts)).collect();
        let rest = rest.map_err(|error| sqlx::Error::Encode(error.into()))?;
        let mut rest = write_in_turn(connection, &rest).await?.into_iter();
        let mut numbers = first.unwrap_or_default()..;
        let outcomes = taken.iter().map(|taken| match numbered(taken) {
            true => Some(Ok((numbers.next(), None, None))),
            false => rest.next(),
        });
        outcomes
            .collect::<Option<_>>()
            .ok_or_else(|| sqlx::Error::Protocol("not one outcome for each batch".into()))
    }

    /// The number of the first of these commits; nothing when they are to be written in turn, which tells what stood against it,
    /// and announces itself. What was written and not announced is owed, and so is what an announcement that was undone carried.
    async fn write_together(
        this: &Arc<Self>,
        connection: &mut PgConnection,
        together: &mut Together<'_>,
    ) -> Result<Option<i64>, sqlx::Error> {
        let has_jobs = together.has_jobs();
        let carried = this.announcements.carried(has_jobs, Instant::now());
        together.announce(carried);
        let written = together.write(connection).await;
        let is_owed = if written.is_ok() { has_jobs && !carried } else { has_jobs || carried };
        if is_owed && this.announcements.owe() {
            tokio::spawn(Arc::clone(this).announce_what_is_owed());
        }
        match written {
            Ok(before) => Ok(Some(before.saturating_add(1))),
            Err(error) if connections::is_cut(&error) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Announces the end of a burst: nobody's next commit does.
    async fn announce_what_is_owed(self: Arc<Self>) {
        loop {
            tokio::time::sleep(TOGETHER).await;
            match self.announcements.next(Instant::now()) {
                Next::End => return,
                Next::Wait => {}
                Next::Announce => {
                    let sql = "SELECT 1::bigint FROM pg_notify('mpp_jobs', current_schema())";
                    if let Err(error) = self.writers.number(|| sqlx::query_as(sql)).await {
                        tracing::debug!(error = %error, "other nodes are not told of jobs; they look by themselves");
                        return self.announcements.give_up();
                    }
                }
            }
        }
    }
}

/// Whether the batch may give somebody something to do.
fn has_jobs(parts: &BatchParts) -> bool {
    parts.jobs.iter().any(|job| matches!(job, JobWrite::Enqueue(_) | JobWrite::Release { .. }))
}

/// A transaction under way; the next may leave when this is dropped.
struct UnderWay<'q> {
    of: &'q Arc<CommitQueue>,
    batches: usize,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut queue = self.of.queue();
        queue.transactions = queue.transactions.saturating_sub(1);
        queue.travelling = queue.travelling.saturating_sub(self.batches);
        drop(queue);
        CommitQueue::go_on(self.of);
    }
}

/// Gives every caller the same failure.
fn answer_all(batches: Vec<Waiting>, error: &Arc<sqlx::Error>) {
    for Waiting { sender, .. } in batches {
        // a caller that is gone needs no answer
        let _ = sender.send(Err(StoreError::unavailable(Arc::clone(error))));
    }
}

/// Writes them one after the other in one transaction. When the server fails over one of them (a text too long for an index,
/// say), which undoes all, each is written in one of its own, so that the failure stays with the batch it belongs to.
///
/// # Errors
/// When the connection was cut; what came of the batches is then unknown.
async fn write_in_turn(
    connection: &mut PgConnection,
    texts: &[String],
) -> Result<Vec<Result<Outcome, StoreError>>, sqlx::Error> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    match write(connection, texts).await {
        Ok(outcomes) if outcomes.len() == texts.len() => Ok(outcomes.into_iter().map(Ok).collect()),
        Ok(_) => Err(sqlx::Error::Protocol("not one outcome for each batch".into())),
        Err(error) if connections::is_cut(&error) => Err(error),
        Err(error) if texts.len() == 1 => Ok(vec![Err(unavailable(error))]),
        Err(_) => {
            let mut outcomes = Vec::with_capacity(texts.len());
            for text in texts {
                match write(connection, std::slice::from_ref(text)).await {
                    Ok(outcome) => outcomes.extend(outcome.into_iter().map(Ok)),
                    Err(error) if connections::is_cut(&error) => return Err(error),
                    Err(error) => outcomes.push(Err(unavailable(error))),
                }
            }
            Ok(outcomes)
        }
    }
}

/// One trip, which is tried again when the server undid it because of others.
async fn write(connection: &mut PgConnection, texts: &[String]) -> Result<Vec<Outcome>, sqlx::Error> {
    let sql = "SELECT commit_number, refused_list, refused_place FROM commit_batches($1)";
    let mut tries = 1;
    loop {
        match connections::rows(connection, sqlx::query_as(sql).bind(texts)).await {
            Err(error) if tries < TRIES && connections::is_in_the_way(&error) => tries += 1,
            settled => return settled,
        }
    }
}

fn answer(parts: &BatchParts, outcome: Outcome) -> Answer {
    if let (Some(number), ..) = outcome
        && let Ok(version) = rows::version(number)
    {
        return Ok(version);
    }
    let (_, list, place) = outcome;
    let place = place.and_then(|place| usize::try_from(place).ok());
    let refusal = list.zip(place).and_then(|(list, place)| refusal(parts, &list, place));
    Err(refusal.unwrap_or_else(|| unavailable(sqlx::Error::Protocol("an outcome nobody expects".into()))))
}

/// What the caller is told when the store is not as this part of the batch needs it.
fn refusal(parts: &BatchParts, list: &str, place: usize) -> Option<StoreError> {
    match list {
        "guards" => {
            let guard = parts.guards.get(place)?;
            Some(StoreError::Conflict { kind: guard.kind, key: guard.key.clone() })
        }
        "writes" => parts.writes.get(place).map(crate::batch::RecordWrite::conflict),
        "jobs" => Some(match parts.jobs.get(place)? {
            JobWrite::Enqueue(job) => StoreError::Conflict { kind: JOB_KIND, key: RecordKey::new(job.id) },
            JobWrite::Complete(lease) | JobWrite::Release { lease, .. } | JobWrite::Park { lease, .. } => {
                StoreError::LeaseLost { job: lease.job }
            }
        }),
        "usage" => {
            Some(StoreError::Conflict { kind: USAGE_KIND, key: RecordKey::new(parts.usage.get(place)?.id) })
        }
        _ => None,
    }
}

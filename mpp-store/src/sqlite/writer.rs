//! The one connection that writes, on a thread of its own. Everything that changes the file is done there, one task after the
//! other; commits that wait are written together. The thread calls SQLite directly: a driver that hands every statement to
//! another thread and its outcome back costs several times what the statement does.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use crate::batch::BatchParts;
use crate::{StoreError, Version};

use super::checkpoints::Checkpoints;
use super::open::{BUSY_TIMEOUT, CACHE_KIB};
use super::{commit, unavailable};

pub(super) type Answer = Result<Version, StoreError>;

/// The most batches of one transaction.
const MOST_BATCHES: usize = 256;
/// While several commit at once, a transaction waits so long for the next of them: those whose commits ended together come back
/// together, and a transaction costs the same for one as for many of them.
const COMPANY: Duration = Duration::from_micros(50);
/// How many statements are kept prepared; there are fewer.
const KEPT_STATEMENTS: usize = 128;

/// Sends tasks to the thread. When the last is gone the thread finishes what it was sent and closes the file.
#[derive(Debug)]
pub(super) struct Writer {
    tasks: Sender<Task>,
    thread: JoinHandle<()>,
}

enum Task {
    Commit(Waiting),
    Other(Work),
}

/// Something else than a commit, which tells its caller itself what came of it.
type Work = Box<dyn FnOnce(&mut Desk) + Send>;

/// A batch that waits. Whoever gave up waiting needs no answer.
struct Waiting {
    parts: BatchParts,
    sender: oneshot::Sender<Answer>,
}

impl Writer {
    /// Opens the file, which must be there and migrated.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(super) async fn open(path: &Path) -> Result<Self, StoreError> {
        let (tasks, received) = mpsc::channel();
        let checkpoints = Checkpoints::start(path)?;
        let desk = Desk { checkpoints, path: path.to_path_buf(), connection: None };
        let thread = std::thread::Builder::new().name("sqlite-writer".into());
        let thread = thread.spawn(move || desk.work_off(&received)).map_err(StoreError::unavailable)?;
        let writer = Self { tasks, thread };
        writer.run(|_| Ok(())).await?;
        Ok(writer)
    }

    pub(super) async fn commit(&self, parts: BatchParts) -> Answer {
        let (sender, answer) = oneshot::channel();
        self.send(Task::Commit(Waiting { parts, sender }))?;
        answer.await.unwrap_or_else(|closed| Err(StoreError::unavailable(closed)))
    }

    /// Does something else on the connection. It is done even if the caller gives up.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, answer) = oneshot::channel();
        self.send(Task::Other(Box::new(move |desk| {
            // a caller that is gone needs no answer
            let _ = sender.send(desk.lend(work));
        })))?;
        answer.await.unwrap_or_else(|closed| Err(StoreError::unavailable(closed)))
    }

    fn send(&self, task: Task) -> Result<(), StoreError> {
        self.tasks.send(task).map_err(|_| StoreError::unavailable("the writing thread has ended"))
    }

    /// Waits for the tasks under way and closes the file.
    pub(super) async fn close(self) {
        drop(self.tasks);
        // the store is given up; how its thread takes its leave does not matter
        let _ = tokio::task::spawn_blocking(|| self.thread.join()).await;
    }
}

/// What the thread works with; dropped in this order.
struct Desk {
    checkpoints: Checkpoints,
    path: PathBuf,
    connection: Option<Connection>,
}

impl Desk {
    fn work_off(mut self, tasks: &Receiver<Task>) {
        let mut company = 1;
        while let Ok(task) = tasks.recv() {
            match task {
                Task::Other(work) => work(&mut self),
                Task::Commit(first) => {
                    let (group, next) = gather(first, tasks, company);
                    company = group.len();
                    self.commit(group);
                    if let Some(work) = next {
                        work(&mut self);
                    }
                }
            }
            if let Some(connection) = &self.connection {
                self.checkpoints.tend(connection);
            }
        }
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = connect(&self.path)?;
        Checkpoints::watch(&connection);
        Ok(connection)
    }

    /// Lends the connection, opened anew after a failure of the database (a full disk, say): SQLite may then have ended the
    /// transaction by itself, or not.
    fn lend<T>(&mut self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().map_err(unavailable)?,
        };
        let done = work(&connection);
        if !matches!(done, Err(StoreError::Unavailable { .. })) {
            self.connection = Some(connection);
        }
        done
    }

    /// Writes the batches and gives every caller its answer; when the whole transaction failed, all the same one.
    fn commit(&mut self, group: Vec<Waiting>) {
        let (batches, senders): (Vec<_>, Vec<_>) =
            group.into_iter().map(|waiting| (waiting.parts, waiting.sender)).unzip();
        match self.lend(|connection| commit::write_all(connection, &batches)) {
            Ok(answers) => {
                for (sender, answer) in senders.into_iter().zip(answers) {
                    let _ = sender.send(answer);
                }
            }
            Err(failure) => {
                let failure = std::sync::Arc::new(failure);
                for sender in senders {
                    let _ = sender.send(Err(StoreError::unavailable(std::sync::Arc::clone(&failure))));
                }
            }
        }
    }
}

/// The batches that wait up to the next task of another sort, and that task. `company` is how many were written together last.
fn gather(first: Waiting, tasks: &Receiver<Task>, company: usize) -> (Vec<Waiting>, Option<Work>) {
    let mut group = vec![first];
    while group.len() < MOST_BATCHES {
        let next = match tasks.try_recv() {
            Err(_) if group.len() < company => tasks.recv_timeout(COMPANY).ok(),
            next => next.ok(),
        };
        match next {
            Some(Task::Commit(waiting)) => group.push(waiting),
            Some(Task::Other(work)) => return (group, Some(work)),
            None => break,
        }
    }
    (group, None)
}

/// A connection that may write.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // savepoints keep the pages they would restore in memory, not in a file that is made and removed for each
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
         PRAGMA temp_store = MEMORY;",
    )?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}

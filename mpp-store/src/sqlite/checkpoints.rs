//! Moving pages from the write-ahead log into the file. A commit that has to do it, as SQLite has it by itself, waits for as many
//! pages as a thousand commits wrote; here a thread with a connection of its own moves them beside the commits. Only the few
//! pages that came meanwhile are left to the writer, between two transactions: nobody adds others then, and the log begins anew.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::StoreError;

use super::writer;

/// Pages in the log at which the thread is asked: 16 MiB. The longer the log, the fewer pages are moved again and again.
const ASK: i32 = 4_096;
/// Pages in the log at which the writer no longer relies on the thread, and moves them itself: 64 MiB.
const MOST: i32 = 16_384;

thread_local! {
    /// How many pages the log had after the last commit of this thread's connection.
    static LOGGED: Cell<i32> = const { Cell::new(0) };
}

/// The thread, as the writer sees it.
#[derive(Debug)]
pub(super) struct Checkpoints {
    /// Gone when the thread has been told to end.
    asks: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    moved: Arc<AtomicBool>,
    under_way: bool,
}

impl Checkpoints {
    /// Starts the thread for this file.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(super) fn start(path: &Path) -> Result<Self, StoreError> {
        let (asks, asked) = mpsc::sync_channel(1);
        let moved = Arc::new(AtomicBool::new(false));
        let (path, tells) = (path.to_path_buf(), Arc::clone(&moved));
        let thread = std::thread::Builder::new().name("sqlite-checkpoints".into());
        let thread = thread.spawn(move || move_when_asked(&path, &asked, &tells));
        let thread = Some(thread.map_err(StoreError::unavailable)?);
        Ok(Self { asks: Some(asks), thread, moved, under_way: false })
    }

    /// Has the connection tell how long the log is, in place of moving its pages in the commit that fills it.
    pub(super) fn watch(connection: &Connection) {
        connection.wal_hook(Some(note));
    }

    /// Called by the writer between two transactions. That pages cannot be moved harms nothing yet: they are in the log.
    pub(super) fn tend(&mut self, connection: &Connection) {
        let logged = LOGGED.get();
        let moved = self.moved.swap(false, Ordering::AcqRel);
        if moved || logged >= MOST {
            self.under_way = self.under_way && !moved;
            // an error comes again with the next commit, and is told there
            let _ = passive(connection);
            LOGGED.set(0);
        } else if logged >= ASK && !self.under_way {
            self.under_way = self.asks.as_ref().is_some_and(|asks| asks.try_send(()).is_ok());
        }
    }
}

impl Drop for Checkpoints {
    /// Waits until the thread has closed its connection, so that the writer's is the last and removes the log.
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            // the store is given up; how its thread takes its leave does not matter
            let _ = thread.join();
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the type of a hook")]
fn note(_: &Wal, pages: i32) -> rusqlite::Result<()> {
    LOGGED.set(pages);
    Ok(())
}

/// The thread. Its connection is opened when first needed, and again after a failure.
fn move_when_asked(path: &Path, asked: &Receiver<()>, moved: &AtomicBool) {
    let mut open = None;
    while asked.recv().is_ok() {
        let connection = match open.take() {
            Some(connection) => Ok(connection),
            None => writer::connect(path),
        };
        open = connection.and_then(|connection| passive(&connection).map(|()| connection)).ok();
        moved.store(true, Ordering::Release);
    }
}

/// Moves what can be moved without waiting for anybody.
fn passive(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

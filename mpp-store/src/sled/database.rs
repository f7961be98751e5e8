//! The open folder: the lock on it, sled's database in it, and the one way to read and to write.

mod folder;
mod opened;
mod patience;
#[cfg(test)]
mod tests;
mod witness;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ::sled::Tree;

use crate::StoreError;
use crate::snapshot::SnapshotError;

use super::draft::{Changes, Draft};
use super::group::{Drafted, Waiter, Waiting};

use folder::FolderLock;
pub(super) use opened::Opened;

/// The folder, and those who wait to write.
pub(super) struct Database {
    folder: PathBuf,
    state: RwLock<State>,
    waiting: Mutex<Vec<Box<dyn Waiting>>>,
}

/// Nothing is locked when the store was closed; nothing is opened after a failure, until the next call.
struct State {
    lock: Option<FolderLock>,
    opened: Option<Opened>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Database {
    /// The format of keys and values.
    pub(super) const FORMAT: i64 = folder::FORMAT;

    /// Locks and opens the folder. Blocks.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let lock = FolderLock::take(path)?;
        folder::check_format(path)?;
        let opened = Some(guarded(|| Opened::open(path))?);
        let state = RwLock::new(State { lock: Some(lock), opened });
        Ok(Self { folder: path.to_path_buf(), state, waiting: Mutex::default() })
    }

    /// Closes the folder once those who are reading and writing are done. Blocks.
    pub(super) fn close(&self) {
        let mut state = self.state_to_write();
        state.let_go();
        state.lock = None;
    }

    /// Reads on a thread that may block.
    pub(super) async fn read<T, F>(database: &Arc<Self>, look: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Tree) -> Result<T, StoreError> + Send + 'static,
    {
        let database = Arc::clone(database);
        let looked = tokio::task::spawn_blocking(move || database.look(look)).await;
        looked.map_err(StoreError::unavailable)?
    }

    /// Drafts a change and writes it, together with those of others that wait; it is on the disk when this returns. A
    /// caller that gives up tears nothing.
    pub(super) async fn write<T, F>(database: &Arc<Self>, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Draft<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (waiter, outcome) = Waiter::new(change);
        database.waiting().push(Box::new(waiter));
        let writing = Arc::clone(database);
        tokio::task::spawn_blocking(move || writing.write_waiting());
        outcome.await.unwrap_or_else(|closed| Err(StoreError::unavailable(closed)))
    }

    /// Does something that nobody else reads or writes beside. When it fails, the folder is let go and opened anew, which takes
    /// back what was marked as unfinished.
    pub(super) async fn alone<F>(database: &Arc<Self>, work: F) -> Result<(), SnapshotError>
    where
        F: FnOnce(&mut Opened) -> Result<(), SnapshotError> + Send + 'static,
    {
        let database = Arc::clone(database);
        let working = tokio::task::spawn_blocking(move || {
            let mut state = database.state_to_write();
            let opened = state.opened(&database.folder)?;
            let done = guarded(|| match work(opened) {
                Err(SnapshotError::Store(error)) => Err(error),
                settled => Ok(settled),
            });
            let done = done.map_err(SnapshotError::Store).and_then(|settled| settled);
            if !matches!(done, Ok(()) | Err(SnapshotError::NotEmpty)) {
                state.let_go();
                // what was written of it goes at once, not only with the next call
                state.opened(&database.folder)?;
            }
            done
        });
        working.await.map_err(StoreError::unavailable)?
    }

    fn look<T>(&self, look: impl FnOnce(&Tree) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let looked = {
            let state = self.state_to_read();
            match &state.opened {
                Some(opened) => guarded(|| look(opened.stored())),
                None => {
                    drop(state);
                    let mut state = self.state_to_write();
                    let opened = state.opened(&self.folder)?;
                    guarded(|| look(opened.stored()))
                }
            }
        };
        if matches!(looked, Err(StoreError::Unavailable { .. })) {
            // a failure in one of sled's own threads makes every later call fail
            self.state_to_write().let_go();
        }
        looked
    }

    /// Writes everything that waits; nothing when an earlier call did already.
    fn write_waiting(&self) {
        if self.waiting().is_empty() {
            return;
        }
        let mut state = self.state_to_write();
        let mut group = std::mem::take(&mut *self.waiting());
        let settled = match state.opened(&self.folder) {
            Ok(opened) => guarded(|| write_group(opened, &mut group)),
            Err(failure) => Err(failure),
        };
        if settled.is_err() {
            // what is in memory may be half a change; what is on the disk is not
            state.let_go();
        }
        drop(state);
        let settled = settled.map_err(Arc::new);
        for waiter in group {
            waiter.answer(settled.as_ref().copied());
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Waiting>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // A panic under this lock was caught below, and what it may have torn was let go.
    fn state_to_read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_to_write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The opened folder, opened anew when it was let go after a failure.
    fn opened(&mut self, folder: &Path) -> Result<&mut Opened, StoreError> {
        if self.lock.is_none() {
            return Err(StoreError::unavailable("the store was closed"));
        }
        match &mut self.opened {
            Some(opened) => Ok(opened),
            nothing => Ok(nothing.insert(guarded(|| Opened::open(folder))?)),
        }
    }

    fn let_go(&mut self) {
        if let Some(opened) = self.opened.take() {
            patience::let_go(opened);
        }
    }
}

/// Every accepted change of the group, and then one sync for all of them.
fn write_group(opened: &mut Opened, group: &mut [Box<dyn Waiting>]) -> Result<(), StoreError> {
    let mut written = false;
    for waiter in group {
        let (drafted, changes) = match Draft::new(opened.stored()) {
            Ok(mut draft) => (waiter.draft(&mut draft), draft.into_changes()),
            Err(error) => (waiter.refuse(error), Changes::new()),
        };
        match drafted {
            Drafted::Accepted if !changes.is_empty() => {
                opened.write(&changes)?;
                written = true;
            }
            Drafted::Accepted | Drafted::Refused => {}
            Drafted::Failed => {
                return Err(StoreError::unavailable("the database engine does not read any more"));
            }
        }
    }
    if written { opened.settle() } else { Ok(()) }
}

/// Turns a panic of sled's, which it answers damage of its files with at many places, into an error.
fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(StoreError::unavailable(Panicked)))
}

/// sled stopped in the middle of something.
#[derive(Debug, thiserror::Error)]
#[error("the database engine panicked; its files may be damaged")]
struct Panicked;

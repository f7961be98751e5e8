//! Calls of sled's that may never return: after a write that failed, sled can wait for itself. Waiting for them ends here; the
//! thread that hangs is left behind, and holds sled's lock until the process ends.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::Builder;
use std::time::Duration;

use ::sled::Db;

use crate::StoreError;

use super::super::from_sled;
use super::guarded;

const PATIENCE: Duration = Duration::from_secs(1);
const TRIES: u32 = 20;

/// Flushes. One that takes long is helped by another: sled sometimes notes a failure and forgets to wake those who wait, which
/// every call that begins later does.
pub(super) fn flush(db: &Db) -> Result<(), StoreError> {
    let (sender, receiver) = channel();
    for _ in 0..TRIES {
        let (db, sender) = (db.clone(), sender.clone());
        let flush = move || {
            let flushed = guarded(|| db.flush().map(drop).map_err(from_sled));
            drop(db);
            // nobody listens when an earlier one was done meanwhile
            let _ = sender.send(flushed);
        };
        Builder::new().name("mpp-sled-flush".to_owned()).spawn(flush).map_err(StoreError::unavailable)?;
        match receiver.recv_timeout(PATIENCE) {
            Ok(flushed) => return flushed,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
    Err(StoreError::unavailable("the database engine does not come to an end with a flush"))
}

/// Drops what may flush when it is dropped.
pub(super) fn let_go(opened: impl Send + 'static) {
    let (sender, receiver) = channel();
    let drop_it = move || {
        let _ = guarded(|| {
            drop(opened);
            Ok(())
        });
        let _ = sender.send(());
    };
    // without a thread it is dropped here, with the closure
    if Builder::new().name("mpp-sled-close".to_owned()).spawn(drop_it).is_ok() {
        let _ = receiver.recv_timeout(PATIENCE.saturating_mul(5));
    }
}

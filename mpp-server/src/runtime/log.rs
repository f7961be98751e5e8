//! The audit log as a log that proves itself: its key and its mark beside the other keys, and the pass.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mpp_core::{Clock, Entropy, Persistence};
use mpp_crypto::SigningKey;
use mpp_services::log::{Grown, LogKeeper, LogKeeping, LogMark, LogRole, MarkFault};
use mpp_store::Store;
use tokio::task::JoinHandle;

use super::key_files::key_text;
use super::own_files;
use super::{KeyFault, StartError, Stopping};

/// The file of the key that signs checkpoints, in the folder of keys.
pub(crate) const LOG_KEY_FILE: &str = "log-signing.pem";

/// The file of the newest checkpoint, in the folder of keys.
pub(crate) const LOG_MARK_FILE: &str = "log-mark.json";

/// How often leaves are brought into the tree: how long at most one is not covered by a checkpoint.
const EVERY: Duration = Duration::from_secs(1);

/// How long to wait where trying again does not help.
const AFTER_DAMAGE: Duration = Duration::from_secs(60);

/// The keeper of a role's log. Its key is made where there is none.
pub(crate) fn log_keeper(
    role: LogRole,
    data: &Path,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: &dyn Entropy,
) -> Result<Arc<LogKeeper>, StartError> {
    let folder = data.join("keys");
    let part = || format!("the key {LOG_KEY_FILE} in {}", folder.display());
    let key = log_key(&folder, entropy).map_err(|source| StartError::part(part(), source))?;
    let mark = Arc::new(MarkFile(folder.join(LOG_MARK_FILE)));
    let keeping = LogKeeping::new(role, key, mark).map_err(|source| StartError::part(part(), source))?;
    Ok(Arc::new(LogKeeper::new(store, keeping, clock)))
}

fn log_key(folder: &Path, entropy: &dyn Entropy) -> Result<SigningKey, KeyFault> {
    let make = || Ok::<_, KeyFault>(SigningKey::generate_ed25519(entropy).to_pkcs8_pem());
    Ok(SigningKey::from_pkcs8_pem(&key_text(&folder.join(LOG_KEY_FILE), make)?)?)
}

/// The key that is there; `None` where no server made one yet.
pub(crate) fn existing_log_key(data: &Path) -> Result<Option<SigningKey>, KeyFault> {
    match std::fs::read_to_string(data.join("keys").join(LOG_KEY_FILE)) {
        Ok(pem) => Ok(Some(SigningKey::from_pkcs8_pem(&zeroize::Zeroizing::new(pem))?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The mark that is there.
pub(crate) fn existing_log_mark(data: &Path) -> io::Result<Option<String>> {
    read_mark(&data.join("keys").join(LOG_MARK_FILE))
}

fn read_mark(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Has the pass run every second, and once more when the server stops.
pub(crate) fn spawn_log(keeper: Arc<LogKeeper>, stopping: Stopping) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut troubled = false;
        loop {
            let is_last = stopping.is_stopping();
            let pause = pass(&keeper, &mut troubled).await;
            if is_last {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stopping.wait() => {}
            }
        }
    })
}

async fn pass(keeper: &LogKeeper, troubled: &mut bool) -> Duration {
    match keeper.grow().await {
        Ok(grown) => {
            if *troubled {
                tracing::info!("the audit log is carried on");
            }
            *troubled = false;
            tell(&grown);
            EVERY
        }
        Err(error) => {
            let is_passing = error.persistence() == Persistence::Temporary;
            let causes = std::error::Error::source(&error).map(ToString::to_string);
            if is_passing {
                if !*troubled {
                    tracing::warn!(%error, error.cause = causes, "the audit log cannot be carried on for now");
                }
            } else {
                tracing::error!(
                    %error,
                    "the audit log does not agree with its checkpoint, and nothing is signed: see `mpp log check`"
                );
            }
            *troubled = true;
            if is_passing { EVERY } else { AFTER_DAMAGE }
        }
    }
}

fn tell(grown: &Grown) {
    if let Some(found) = &grown.set_back {
        tracing::error!(
            log.signed_size = found.signed_size,
            log.signed_root = %found.signed_root,
            log.size = found.size,
            log.line = found.line,
            "the audit log was set back or rewritten: another checkpoint was signed than the store has. It goes on under \
             another name, and says so"
        );
    }
}

/// The newest checkpoint in a file, which is replaced whole.
#[derive(Debug)]
struct MarkFile(PathBuf);

#[async_trait]
impl LogMark for MarkFile {
    async fn read(&self) -> Result<Option<String>, MarkFault> {
        let path = self.0.clone();
        Ok(tokio::task::spawn_blocking(move || read_mark(&path)).await??)
    }

    async fn write(&self, text: &str) -> Result<(), MarkFault> {
        let (path, text) = (self.0.clone(), text.to_owned());
        Ok(tokio::task::spawn_blocking(move || own_files::replace(&path, &text)).await??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mpp_store::{AuditLeaf, Commit, MemoryStore, WriteBatch};
    use mpp_testkit::{HandClock, SeededEntropy};

    use crate::runtime::Stopper;

    fn keeper(data: &Path, store: &Arc<MemoryStore>) -> Arc<LogKeeper> {
        let clock = Arc::new(HandClock::new());
        std::fs::create_dir_all(data.join("keys")).unwrap();
        let store: Arc<dyn Store> = Arc::<MemoryStore>::clone(store);
        log_keeper(LogRole::Client, data, store, clock, &SeededEntropy::new(7)).unwrap()
    }

    async fn write(store: &MemoryStore, leaf: &'static str) {
        let mut batch = WriteBatch::new();
        batch.audit(AuditLeaf::new(leaf));
        store.commit(batch).await.unwrap();
    }

    #[tokio::test]
    async fn key_and_mark_stay_beside_the_keys_and_a_store_set_back_is_noticed_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(MemoryStore::new());
        let first = keeper(folder.path(), &store);
        write(&store, "one").await;
        assert_eq!(first.grow().await.unwrap().leaves, 1);
        assert!(existing_log_mark(folder.path()).unwrap().is_some());
        let key = existing_log_key(folder.path()).unwrap().unwrap();
        assert_eq!(key.kid(), first.key().kid());
        let again = keeper(folder.path(), &store);
        assert_eq!((again.key().kid(), again.grow().await.unwrap().set_back), (key.kid(), None));
        let empty = keeper(folder.path(), &Arc::new(MemoryStore::new()));
        let found = empty.grow().await.unwrap().set_back.unwrap();
        assert_eq!((found.signed_size, found.size, found.line), (1, 0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_pass_runs_every_second_and_once_more_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(MemoryStore::new());
        let (stopper, stopping) = Stopper::new();
        let keeper = keeper(folder.path(), &store);
        write(&store, "one").await;
        let passes = spawn_log(keeper, stopping);
        for (leaf, size) in [("two", 2), ("three", 3)] {
            write(&store, leaf).await;
            while covered(&store).await < size {
                tokio::time::advance(EVERY / 10).await;
                tokio::task::yield_now().await;
            }
        }
        write(&store, "four").await;
        stopper.stop();
        passes.await.unwrap();
        assert_eq!(covered(&store).await, 4);
    }

    async fn covered(store: &MemoryStore) -> u64 {
        mpp_services::log::newest_checkpoint(store).await.unwrap().map_or(0, |newest| newest.size)
    }
}

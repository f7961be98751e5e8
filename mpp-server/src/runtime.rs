//! The start-up routine the three roles share: configuration, clock and randomness, listening, draining.

mod chore;
mod config;
mod epochs;
mod jobs;
mod key_files;
mod listen;
mod log;
mod logging;
mod machine;
pub(crate) mod own_files;
mod parcels;
mod records;
mod retention;
mod secret;
mod stopping;
mod storage;

pub(crate) use chore::spawn_chore;
pub use config::{ConfigError, load_config};
pub(crate) use epochs::spawn_rotation;
pub use epochs::{EpochSection, NoSuchEpoch};
pub(crate) use jobs::{Hold, JobSource, Pace, spawn_jobs};
pub(crate) use key_files::KeyFault;
#[cfg(any(feature = "central", feature = "private-share"))]
pub(crate) use key_files::{key_text, secret_bytes};
pub use listen::{Running, StartError, announce_ready, listen, run_until_signal};
pub(crate) use log::{LOG_KEY_FILE, existing_log_key, existing_log_mark, log_keeper, spawn_log};
pub use logging::start_logging;
pub use machine::{SystemClock, SystemEntropy};
pub use parcels::{InvalidParcels, ParcelsError, ParcelsSection, S3Section};
pub use records::{
    DatabaseSection, DatabaseUrl, InvalidRecords, NotADatabaseUrl, RecordsBackend, RecordsError,
    RecordsSection,
};
pub use retention::RetentionSection;
pub(crate) use retention::{spawn_discarding, spawn_forgetting};
pub use secret::{SecretError, SecretSource};
pub use stopping::{Stopper, Stopping};
pub use storage::{Storage, StorageEpochs, StoragePlace, open_storage, open_storage_at};

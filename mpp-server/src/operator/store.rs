//! `mpp store`: the data folder of a server, looked after on the machine it lies on. Nothing is decrypted but by `rotate` and
//! to back up a client server's own keys.

mod backup;
mod check;
mod failure;
mod folder;
mod key_backup;
mod kinds;
mod log;
mod manifest;
mod parcels;
mod place;
mod purge_check;
mod restore;
mod rotate;
mod stored;

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use super::output::Output;
use super::{Failure, Surroundings};

pub use failure::StoreFailure;
pub(super) use log::{LogCommand, run as run_log};

use place::{Place, PlaceArguments};

/// What to do with a data folder.
#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Bring the tables of the database up to date. The server must not be running.
    Migrate {
        /// Whose.
        #[command(flatten)]
        place: PlaceArguments,
    },
    /// Look whether the database is whole, and whether records, parcels and keys belong together.
    Check {
        /// Whose.
        #[command(flatten)]
        place: PlaceArguments,
    },
    /// Copy records and parcels, wherever they are kept, to a new folder, while the server runs or not (but for sled, which one
    /// process has at a time).
    Backup {
        /// Whose.
        #[command(flatten)]
        place: PlaceArguments,
        /// The new folder; empty if it is there.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Copy `keys/` too. Such a copy undoes erasure for as long as it exists: whoever has it can read what was erased
        /// since.
        #[arg(long)]
        with_keys: bool,
        /// Leave the parcels out.
        #[arg(long)]
        without_parcels: bool,
        /// Write records in SQLite in the form that every backend reads, too, instead of copying the file: to move a server to
        /// another backend.
        #[arg(long)]
        portable: bool,
    },
    /// Fill an empty place from a backup, after checking every file of it.
    Restore {
        /// The backup.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// Where to.
        #[command(flatten)]
        place: PlaceArguments,
        /// Restore records only: the parcels are in their place, or are given up.
        #[arg(long)]
        without_parcels: bool,
    },
    /// Copy the private keys of a client server to a new key-ring file under a password of its own, look through the copy, and
    /// note in the store which keys are in it.
    BackupKeys {
        /// Whose.
        #[command(flatten)]
        place: PlaceArguments,
        /// The new file.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// The file with the backup's password; else from the environment variable MPP_KEY_RING_PASSWORD.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Put the private keys of a client server back from such a file: those that are missing or do not open. The server must
    /// be started anew to see them.
    RestoreKeys {
        /// The file.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// Whose.
        #[command(flatten)]
        place: PlaceArguments,
        /// The file with the backup's password; else from the environment variable MPP_KEY_RING_PASSWORD.
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Begin a new epoch at once, seal anew what is kept, and destroy the keys of older epochs, while the server runs or
    /// not.
    Rotate {
        /// Whose.
        #[command(flatten)]
        place: PlaceArguments,
    },
    /// Look whether anything is left of what was erased: keys, bytes, or unfinished writes of either.
    PurgeCheck {
        /// Whose.
        #[command(flatten)]
        place: PlaceArguments,
    },
}

pub(super) async fn run(
    command: StoreCommand,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let command = match command {
        StoreCommand::BackupKeys { place, to, password_file } => {
            return key_backup::back_up(place, &to, password_file.as_ref(), surroundings, output).await;
        }
        StoreCommand::RestoreKeys { from, place, password_file } => {
            return key_backup::restore(&from, place, password_file.as_ref(), surroundings, output).await;
        }
        other => other,
    };
    let done = match command {
        StoreCommand::BackupKeys { .. } | StoreCommand::RestoreKeys { .. } => Ok(()),
        StoreCommand::Migrate { place } => migrate(&Place::of(place)?, output).await,
        StoreCommand::Check { place } => check::run(&Place::of(place)?, output).await,
        StoreCommand::Backup { place, to, with_keys, without_parcels, portable } => {
            let wish = backup::Wish { with_keys, with_parcels: !without_parcels, portable };
            backup::run(&Place::of(place)?, &to, wish, surroundings.clock.now(), output).await
        }
        StoreCommand::Restore { from, place, without_parcels } => {
            restore::run(&from, &Place::to_fill(place)?, !without_parcels, output).await
        }
        StoreCommand::Rotate { place } => rotate::run(&Place::of(place)?, surroundings, output).await,
        StoreCommand::PurgeCheck { place } => purge_check::run(&Place::of(place)?, output).await,
    };
    Ok(done?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Migrated {
    schema_before: i64,
    schema: i64,
}

async fn migrate(place: &Place, output: &mut Output<'_>) -> Result<(), StoreFailure> {
    let (schema_before, schema) = place.migrate().await?;
    let lines = [("schema before", schema_before.to_string()), ("schema", schema.to_string())];
    output.one(&Migrated { schema_before, schema }, &lines).map_err(StoreFailure::output)
}

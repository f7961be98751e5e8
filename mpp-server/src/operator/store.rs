//! `mpp store`: the data folder of a server, looked after on the machine it lies on. Nothing is decrypted, and no key is
//! read but to be copied when that is asked for.

mod backup;
mod check;
mod failure;
mod folder;
mod manifest;
mod purge_check;
mod restore;
mod rotate;
mod stored;

use std::path::PathBuf;

use clap::Subcommand;
use mpp_store::SqliteStore;
use serde::Serialize;

use super::output::Output;
use super::{Failure, Surroundings};

pub use failure::StoreFailure;

use folder::DataFolder;

/// What to do with a data folder.
#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Bring the tables of the database up to date. The server must not be running.
    Migrate {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Look whether the database is whole, and whether records, parcels and keys belong together.
    Check {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Copy database and parcels to a new folder, while the server runs or not.
    Backup {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The new folder; empty if it is there.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Copy `keys/` too. Such a copy undoes erasure for as long as it exists: whoever has it can read what was erased
        /// since.
        #[arg(long)]
        with_keys: bool,
    },
    /// Make a data folder from a backup, after checking every file of it.
    Restore {
        /// The backup.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// The data folder to make; empty if it is there.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Begin a new epoch at once, seal anew what is kept, and destroy the keys of older epochs, while the server runs or
    /// not.
    #[command(group(clap::ArgGroup::new("place").required(true).args(["data", "config"])))]
    Rotate {
        /// The data folder of a server that keeps its records there.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// The configuration file of a server, which says where everything is.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Look whether anything is left of what was erased: keys, bytes, or unfinished writes of either.
    PurgeCheck {
        /// The data folder.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

pub(super) async fn run(
    command: StoreCommand,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let done = match command {
        StoreCommand::Migrate { data } => migrate(&DataFolder::existing(data)?, output).await,
        StoreCommand::Check { data } => check::run(&DataFolder::existing(data)?, output).await,
        StoreCommand::Backup { data, to, with_keys } => {
            let made_at = surroundings.clock.now();
            backup::run(&DataFolder::existing(data)?, &to, with_keys, made_at, output).await
        }
        StoreCommand::Restore { from, data } => restore::run(&from, &data, output).await,
        StoreCommand::Rotate { data, config } => {
            rotate::run(rotate::Place::of(data, config)?, surroundings, output).await
        }
        StoreCommand::PurgeCheck { data } => purge_check::run(&DataFolder::existing(data)?, output).await,
    };
    Ok(done?)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Migrated {
    schema_before: i64,
    schema: i64,
}

async fn migrate(data: &DataFolder, output: &mut Output<'_>) -> Result<(), StoreFailure> {
    let database = data.database();
    if SqliteStore::is_in_use(&database).await? {
        return Err(StoreFailure::InUse { path: database });
    }
    let before = SqliteStore::inspect(&database).await?;
    if let Some(fault) = before.faults.first() {
        return Err(StoreFailure::Damaged { path: database, fault: fault.clone() });
    }
    SqliteStore::open(&database).await?.close().await;
    let schema = SqliteStore::inspect(&database).await?.schema;
    let lines = [("schema before", before.schema.to_string()), ("schema", schema.to_string())];
    output.one(&Migrated { schema_before: before.schema, schema }, &lines).map_err(StoreFailure::output)
}

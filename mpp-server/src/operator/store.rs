//! `mpp store`: the data folder of a server, looked after on the machine it lies on. Nothing is decrypted, and no key is
//! read but to be copied when that is asked for.

mod backup;
mod check;
mod failure;
mod folder;
mod manifest;
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
    /// Copy the SQLite file and parcels in the data folder to a new folder, while the server runs or not.
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
    let done = match command {
        StoreCommand::Migrate { place } => migrate(&Place::of(place)?, output).await,
        StoreCommand::Check { place } => {
            check::run(&Place::of(place)?, surroundings.clock.now(), output).await
        }
        StoreCommand::Backup { place, to, with_keys } => {
            let made_at = surroundings.clock.now();
            backup::run(&Place::of(place)?, &to, with_keys, made_at, output).await
        }
        StoreCommand::Restore { from, data } => restore::run(&from, &data, output).await,
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

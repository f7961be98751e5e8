//! Where a server keeps what it stores, told by its data folder alone or by its configuration.

use std::path::PathBuf;

use clap::Args;
use mpp_store::{
    Inspection, ObjectParcels, ParcelBytes, PostgresStore, SledStore, Snapshots, SqliteStore, Store,
};
use serde::Deserialize;

use super::StoreFailure;
use super::folder::{DataFolder, KEYS, ParcelFiles};
use crate::runtime::{
    DatabaseSection, ParcelsError, ParcelsSection, RecordsSection, StoragePlace, load_config,
};

/// Whose storage.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(in crate::operator) struct PlaceArguments {
    /// The data folder of a server that keeps everything there.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The configuration file of a server, which says where everything is.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Where everything is. Of a configuration, only what says so is read: it is the same for every role.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    data: PathBuf,
    #[serde(default)]
    records: RecordsSection,
    #[serde(default)]
    parcels: ParcelsSection,
}

/// An open store.
#[derive(Debug)]
pub(super) enum Records {
    Sqlite(SqliteStore),
    Sled(SledStore),
    Postgres(PostgresStore),
}

impl Place {
    /// The place that was asked for, which must be there.
    pub(super) fn of(arguments: PlaceArguments) -> Result<Self, StoreFailure> {
        let place = Self::named(arguments)?;
        let path = place.data.clone();
        match &place.records {
            RecordsSection::Sqlite if !place.data().database().is_file() => {
                Err(StoreFailure::NoData { path, part: RecordsSection::SQLITE_FILE })
            }
            RecordsSection::Sled if !path.join(RecordsSection::SLED_FOLDER).is_dir() => {
                Err(StoreFailure::NoData { path, part: RecordsSection::SLED_FOLDER })
            }
            RecordsSection::Postgres(_) if !path.join(KEYS).is_dir() => {
                Err(StoreFailure::NoData { path, part: KEYS })
            }
            RecordsSection::Memory => Err(StoreFailure::InMemory),
            RecordsSection::Sqlite | RecordsSection::Sled | RecordsSection::Postgres(_) => Ok(place),
        }
    }

    /// The place that was asked for, where nothing needs to be yet.
    pub(super) fn to_fill(arguments: PlaceArguments) -> Result<Self, StoreFailure> {
        let place = Self::named(arguments)?;
        match place.records {
            RecordsSection::Memory => Err(StoreFailure::InMemory),
            _ => Ok(place),
        }
    }

    fn named(arguments: PlaceArguments) -> Result<Self, StoreFailure> {
        Ok(match arguments {
            PlaceArguments { config: Some(config), .. } => load_config(&config)?,
            PlaceArguments { data, config: None } => Self {
                data: data.unwrap_or_default(),
                records: RecordsSection::default(),
                parcels: ParcelsSection::default(),
            },
        })
    }

    /// The data folder, which has the keys whatever is elsewhere.
    pub(super) fn data(&self) -> DataFolder {
        DataFolder::at(self.data.clone())
    }

    /// As a server opens it.
    pub(super) fn storage(&self) -> StoragePlace<'_> {
        StoragePlace::in_folder(&self.data).with_records(&self.records).with_parcels(&self.parcels)
    }

    /// Whether the records are in a file of SQLite.
    pub(super) const fn has_sqlite(&self) -> bool {
        matches!(self.records, RecordsSection::Sqlite)
    }

    /// Whether the records are in a database, outside the data folder.
    pub(super) const fn has_database(&self) -> bool {
        matches!(self.records, RecordsSection::Postgres(_))
    }

    /// Whether the bytes of parcels are in the data folder.
    pub(super) const fn has_parcels(&self) -> bool {
        matches!(self.parcels, ParcelsSection::Folder)
    }

    /// The records, whose form must be the one this program knows. Nothing is migrated.
    pub(super) async fn records(&self) -> Result<Records, StoreFailure> {
        match &self.records {
            RecordsSection::Sqlite => Ok(Records::Sqlite(self.data().open_current().await?)),
            RecordsSection::Sled => Ok(Records::Sled(self.open_sled().await?)),
            RecordsSection::Postgres(database) => {
                let (found, known) = (schema_of(database).await?, PostgresStore::known_schema());
                if found < known {
                    return Err(StoreFailure::OldSchema { found, known });
                }
                Ok(Records::Postgres(PostgresStore::open(&database.address()?).await?))
            }
            RecordsSection::Memory => Err(StoreFailure::InMemory),
        }
    }

    /// The same though some of them may be lost: for who says so in words of its own.
    pub(super) async fn records_however_whole(&self) -> Result<Records, StoreFailure> {
        if self.has_sqlite() {
            return Ok(Records::Sqlite(self.data().open_current_however_whole().await?));
        }
        self.records().await
    }

    /// New records, to be filled: files and tables are made where there are none.
    pub(super) async fn new_records(&self) -> Result<Records, StoreFailure> {
        match &self.records {
            RecordsSection::Sqlite => Ok(Records::Sqlite(SqliteStore::open(self.data().database()).await?)),
            RecordsSection::Sled => Ok(Records::Sled(self.open_sled().await?)),
            RecordsSection::Postgres(database) => {
                Ok(Records::Postgres(PostgresStore::open(&database.address()?).await?))
            }
            RecordsSection::Memory => Err(StoreFailure::InMemory),
        }
    }

    /// Where the bytes of parcels are.
    pub(super) fn parcels(&self) -> Result<ObjectParcels, StoreFailure> {
        Ok(self.parcels.open(&self.data)?)
    }

    /// Brings the form of the records up to date; the form before and after.
    pub(super) async fn migrate(&self) -> Result<(i64, i64), StoreFailure> {
        match &self.records {
            RecordsSection::Sqlite => self.data().migrate().await,
            RecordsSection::Sled => {
                // there is one format so far; opening refuses any other
                self.open_sled().await?.close().await;
                Ok((SledStore::known_format(), SledStore::known_format()))
            }
            RecordsSection::Postgres(database) => {
                let before = schema_of(database).await?;
                drop(PostgresStore::open(&database.address()?).await?);
                Ok((before, schema_of(database).await?))
            }
            RecordsSection::Memory => Err(StoreFailure::InMemory),
        }
    }

    /// Looks through the records: what is there, and the form this program knows.
    pub(super) async fn look(&self) -> Result<(Inspection, i64), StoreFailure> {
        if self.has_sqlite() {
            let found = SqliteStore::inspect(self.data().database()).await?;
            return Ok((found, SqliteStore::known_schema()));
        }
        let records = self.records().await?;
        let found = match &records {
            Records::Sqlite(store) => SqliteStore::inspect(store.path()).await,
            Records::Sled(store) => store.inspect().await,
            Records::Postgres(store) => store.inspect().await,
        };
        let known = records.known_schema();
        records.close().await;
        Ok((found?, known))
    }

    /// The parcels whose bytes are there.
    pub(super) async fn parcel_files(&self) -> Result<ParcelFiles, StoreFailure> {
        if self.has_parcels() {
            return self.data().parcel_files();
        }
        let stored = self.parcels.open(&self.data)?.list().await.map_err(ParcelsError::from)?;
        Ok(ParcelFiles { stored: stored.into_iter().collect(), ..ParcelFiles::default() })
    }

    async fn open_sled(&self) -> Result<SledStore, StoreFailure> {
        Ok(SledStore::open(self.data.join(RecordsSection::SLED_FOLDER)).await?)
    }
}

impl Records {
    /// The store behind its ports.
    pub(super) const fn store(&self) -> &dyn Store {
        match self {
            Self::Sqlite(store) => store,
            Self::Sled(store) => store,
            Self::Postgres(store) => store,
        }
    }

    /// The store as backups see it.
    pub(super) const fn snapshots(&self) -> &dyn Snapshots {
        match self {
            Self::Sqlite(store) => store,
            Self::Sled(store) => store,
            Self::Postgres(store) => store,
        }
    }

    /// The form this program knows.
    pub(super) fn known_schema(&self) -> i64 {
        match self {
            Self::Sqlite(_) => SqliteStore::known_schema(),
            Self::Sled(_) => SledStore::known_format(),
            Self::Postgres(_) => PostgresStore::known_schema(),
        }
    }

    /// Closes files before the program goes on.
    pub(super) async fn close(self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Sled(store) => store.close().await,
            Self::Postgres(store) => drop(store),
        }
    }
}

async fn schema_of(database: &DatabaseSection) -> Result<i64, StoreFailure> {
    Ok(PostgresStore::schema(&database.address()?).await?.unwrap_or(0))
}

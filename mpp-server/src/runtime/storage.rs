//! The embedded storage of a role: one folder with the database, the parcels' bytes and, apart from both, the keys.
//!
//! ```text
//! data/
//!   records.sqlite   records, outbox, audit and usage (SQLite, WAL)
//!   parcels/         sealed bytes, each under its own key
//!   keys/            epoch keys and wrapped item keys: never in a backup of the database
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mpp_core::Entropy;
use mpp_crypto::at_rest::EpochKeys;
use mpp_store::{
    EncryptedParcels, EpochKeyFolder, FileItemKeys, ItemKeys, ObjectParcels, ParcelBytes, SqliteStore, Store,
    Vault,
};

use super::{RecordsSection, StartError};

/// The storage of a role.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Records, outbox, audit and usage.
    pub store: Arc<dyn Store>,
    /// The bytes of parcels, encrypted each under its own key.
    pub parcels: Arc<dyn ParcelBytes>,
    /// The keys of single parcels: destroying one erases the parcel.
    pub item_keys: Arc<dyn ItemKeys>,
    /// Seals personal fields of records.
    pub vault: Arc<Vault>,
}

/// Opens the storage in `folder`; makes it, and its keys, where they are missing.
///
/// # Errors
/// When a part of it cannot be opened; the error names the part.
pub async fn open_storage(folder: &Path, entropy: Arc<dyn Entropy>) -> Result<Storage, StartError> {
    open_storage_with(folder, None, entropy).await
}

/// Opens the storage with its records in a database of its own where one is named; the rest is in `folder`.
///
/// # Errors
/// Like [`open_storage`].
pub async fn open_storage_with(
    folder: &Path,
    records: Option<&RecordsSection>,
    entropy: Arc<dyn Entropy>,
) -> Result<Storage, StartError> {
    let part = |what: &str| format!("{what} in {}", folder.display());
    private_folder(folder).map_err(|source| StartError::part(part("the data folder"), source))?;
    let keys = folder.join("keys");
    let epochs = EpochKeyFolder::new(&keys)
        .load_or_create(entropy.as_ref())
        .map_err(|source| StartError::part(part("the epoch keys"), source))?;
    let epochs = Arc::new(epochs);
    let store = open_records(folder, records).await?;
    let item_keys = item_keys(&keys.join("items"), &epochs, &entropy)
        .map_err(|source| StartError::part(part("the item keys"), source))?;
    let objects = ObjectParcels::in_folder(folder.join("parcels"))
        .map_err(|source| StartError::part(part("the parcels"), source))?;
    let parcels = EncryptedParcels::new(Arc::new(objects), Arc::clone(&item_keys), Arc::clone(&entropy));
    Ok(Storage { store, parcels: Arc::new(parcels), item_keys, vault: Arc::new(Vault::new(epochs, entropy)) })
}

async fn open_records(folder: &Path, records: Option<&RecordsSection>) -> Result<Arc<dyn Store>, StartError> {
    if let Some(records) = records {
        let store = records.open().await;
        return Ok(Arc::new(
            store.map_err(|source| StartError::part("the database of the records", source))?,
        ));
    }
    let store = SqliteStore::open(folder.join("records.sqlite")).await;
    let part = format!("the database in {}", folder.display());
    Ok(Arc::new(store.map_err(|source| StartError::part(part, source))?))
}

fn item_keys(
    folder: &Path,
    epochs: &Arc<EpochKeys>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Arc<dyn ItemKeys>, mpp_store::ItemKeyError> {
    Ok(Arc::new(FileItemKeys::open(folder, Arc::clone(epochs), Arc::clone(entropy))?))
}

/// A folder only the server's own user can look into.
fn private_folder(folder: &Path) -> std::io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    Ok(folder.to_owned())
}

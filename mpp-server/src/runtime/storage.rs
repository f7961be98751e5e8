//! The storage of a role: one folder with the records, the parcels' bytes and, apart from both, the keys.
//!
//! ```text
//! data/
//!   records.sqlite   records, outbox, audit and usage (SQLite, WAL); or records.sled/
//!   parcels/         sealed bytes, each under its own key
//!   keys/            epoch keys and wrapped item keys: never in a backup of the database
//! ```
//!
//! By configuration, records are in a PostgreSQL database instead, and sealed bytes in object storage. Keys never are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mpp_core::{Clock, Entropy};
use mpp_store::{
    EncryptedParcels, EpochFence, EpochKeyFolder, FileItemKeys, ItemKeys, LiveEpochs, ParcelBytes, Rotation,
    SealedKind, Store, Vault,
};

use super::{ParcelsSection, RecordsSection, StartError, SystemClock};

/// The storage of a role.
#[derive(Debug, Clone)]
pub struct Storage {
    /// Records, outbox, audit and usage. Commits keep to the epochs that are open.
    pub store: Arc<dyn Store>,
    /// The bytes of parcels, encrypted each under its own key.
    pub parcels: Arc<dyn ParcelBytes>,
    /// The keys of single parcels: destroying one erases the parcel.
    pub item_keys: Arc<dyn ItemKeys>,
    /// Seals personal fields of records.
    pub vault: Arc<Vault>,
    /// The epochs of the keys that everything is sealed under.
    pub epochs: StorageEpochs,
}

/// The epochs of a storage.
#[derive(Debug, Clone)]
pub struct StorageEpochs {
    fence: Arc<EpochFence>,
    item_keys: FileItemKeys,
}

/// Where a role keeps what it stores.
#[derive(Debug, Clone, Copy)]
pub struct StoragePlace<'a> {
    /// The data folder.
    pub folder: &'a Path,
    /// Where records are kept.
    pub records: &'a RecordsSection,
    /// Where the bytes of parcels are kept.
    pub parcels: &'a ParcelsSection,
}

impl<'a> StoragePlace<'a> {
    /// Everything in the data folder.
    #[must_use]
    pub const fn in_folder(folder: &'a Path) -> Self {
        Self { folder, records: &RecordsSection::Sqlite, parcels: &ParcelsSection::Folder }
    }

    /// With records kept there.
    #[must_use]
    pub const fn with_records(self, records: &'a RecordsSection) -> Self {
        Self { records, ..self }
    }

    /// With the bytes of parcels kept there.
    #[must_use]
    pub const fn with_parcels(self, parcels: &'a ParcelsSection) -> Self {
        Self { parcels, ..self }
    }
}

impl StorageEpochs {
    /// The rotation of these epochs. `kinds` are all kinds of records with sealed fields that the storage may hold.
    #[must_use]
    pub fn rotation(
        &self,
        kinds: Vec<SealedKind>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Rotation {
        Rotation::new(Arc::clone(&self.fence), self.item_keys.clone(), kinds, clock, entropy)
    }
}

/// Opens the storage in `folder`; makes it, and its keys, where they are missing.
///
/// # Errors
/// When a part of it cannot be opened; the error names the part.
pub async fn open_storage(folder: &Path, entropy: Arc<dyn Entropy>) -> Result<Storage, StartError> {
    open_storage_at(StoragePlace::in_folder(folder), &SystemClock, entropy).await
}

/// Opens the storage at a place; makes it, and its keys, where they are missing.
///
/// # Errors
/// Like [`open_storage`], and when records and keys do not belong together.
pub async fn open_storage_at(
    place: StoragePlace<'_>,
    clock: &dyn Clock,
    entropy: Arc<dyn Entropy>,
) -> Result<Storage, StartError> {
    let folder = place.folder;
    let part = |what: &str| format!("{what} in {}", folder.display());
    private_folder(folder).map_err(|source| StartError::part(part("the data folder"), source))?;
    let keys = folder.join("keys");
    let epochs = LiveEpochs::open(EpochKeyFolder::new(&keys), entropy.as_ref())
        .map_err(|source| StartError::part(part("the epoch keys"), source))?;
    let records = place.records.open(folder).await;
    let records = records.map_err(|source| StartError::part(place.records.in_words(folder), source))?;
    let fence = EpochFence::open(records, epochs.clone(), entropy.as_ref(), clock.now()).await;
    let fence = Arc::new(fence.map_err(|source| StartError::part(part("the epoch keys"), source))?);
    let item_keys = FileItemKeys::open(keys.join("items"), epochs.clone(), Arc::clone(&entropy))
        .map_err(|source| StartError::part(part("the item keys"), source))?;
    let objects = place.parcels.open(folder);
    let objects = objects.map_err(|source| StartError::part(place.parcels.in_words(folder), source))?;
    let shared_keys: Arc<dyn ItemKeys> = Arc::new(item_keys.clone());
    let parcels = EncryptedParcels::new(Arc::new(objects), Arc::clone(&shared_keys), Arc::clone(&entropy));
    let store: Arc<dyn Store> = Arc::<EpochFence>::clone(&fence);
    Ok(Storage {
        store,
        parcels: Arc::new(parcels),
        item_keys: shared_keys,
        vault: Arc::new(Vault::new(epochs, entropy)),
        epochs: StorageEpochs { fence, item_keys },
    })
}

/// A folder only the server's own user can look into.
fn private_folder(folder: &Path) -> std::io::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    Ok(folder.to_owned())
}

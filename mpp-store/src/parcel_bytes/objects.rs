//! Parcels as objects: in a local folder, in memory, or wherever the `object_store` crate reaches.

use std::path::Path as FilePath;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use mpp_core::ParcelId;
use mpp_crypto::at_rest::PART_OVERHEAD;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use super::{MAX_PART_BYTES, ParcelBytes, ParcelBytesError, PartInfo, PartNumber};
use crate::private_file;

/// What [`super::EncryptedParcels`] adds has room beyond what callers may write.
const MAX_STORED_PART_BYTES: usize = MAX_PART_BYTES + PART_OVERHEAD;

/// Parcels as objects, one per part, named `<parcel>/<part>`. Wrap it in [`super::EncryptedParcels`]: by itself it
/// stores what it is given.
#[derive(Debug, Clone)]
pub struct ObjectParcels {
    objects: Arc<dyn ObjectStore>,
}

impl ObjectParcels {
    /// Parcels in this object storage.
    #[must_use]
    pub const fn new(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects }
    }

    /// Parcels in a local folder, made (for its owner only) when it is not there. A part is synced to the disk
    /// before it counts as written. Blocks; used when a server starts.
    ///
    /// # Errors
    /// [`ParcelBytesError::Unavailable`].
    pub fn in_folder(folder: impl AsRef<FilePath>) -> Result<Self, ParcelBytesError> {
        private_file::create_folder(folder.as_ref()).map_err(unavailable)?;
        let files = LocalFileSystem::new_with_prefix(folder).map_err(unavailable)?;
        Ok(Self::new(Arc::new(files.with_fsync(true).with_automatic_cleanup(true))))
    }

    /// Parcels in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(Arc::new(InMemory::new()))
    }
}

#[async_trait]
impl ParcelBytes for ObjectParcels {
    async fn put_part(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
    ) -> Result<(), ParcelBytesError> {
        if bytes.is_empty() || bytes.len() > MAX_STORED_PART_BYTES {
            return Err(ParcelBytesError::PartLength { parcel, part, bytes: bytes.len() });
        }
        let payload = PutPayload::from_bytes(bytes);
        self.objects.put(&object(parcel, part), payload).await.map(drop).map_err(unavailable)
    }

    async fn parts(&self, parcel: ParcelId) -> Result<Vec<PartInfo>, ParcelBytesError> {
        let found: Vec<_> =
            self.objects.list(Some(&folder(parcel))).try_collect().await.map_err(unavailable)?;
        let info = |meta: &object_store::ObjectMeta| {
            let number = meta.location.filename()?.parse().ok()?;
            Some(PartInfo { part: PartNumber(number), bytes: meta.size })
        };
        let mut parts: Vec<_> = found.iter().filter_map(info).collect();
        parts.sort_by_key(|part| part.part);
        Ok(parts)
    }

    async fn read_part(&self, parcel: ParcelId, part: PartNumber) -> Result<Option<Bytes>, ParcelBytesError> {
        match self.objects.get(&object(parcel, part)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(unavailable),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn remove(&self, parcel: ParcelId) -> Result<(), ParcelBytesError> {
        let found: Vec<_> =
            self.objects.list(Some(&folder(parcel))).try_collect().await.map_err(unavailable)?;
        for meta in found {
            match self.objects.delete(&meta.location).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(unavailable(error)),
            }
        }
        Ok(())
    }

    /// Folders whose names are not parcel ids are none of ours and left out.
    async fn list(&self) -> Result<Vec<ParcelId>, ParcelBytesError> {
        let found = self.objects.list_with_delimiter(None).await.map_err(unavailable)?;
        Ok(found.common_prefixes.iter().filter_map(|path| path.filename()?.parse().ok()).collect())
    }
}

fn folder(parcel: ParcelId) -> Path {
    Path::from(parcel.to_string())
}

fn object(parcel: ParcelId, part: PartNumber) -> Path {
    Path::from(format!("{parcel}/{:010}", part.0))
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> ParcelBytesError {
    ParcelBytesError::Unavailable { source: Box::new(error) }
}

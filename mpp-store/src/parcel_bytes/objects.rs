//! Parcels as objects: in a local folder, in memory, or wherever the `object_store` crate reaches.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use mpp_core::{ParcelId, Timestamp};
use mpp_crypto::at_rest::PART_OVERHEAD;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use super::{MAX_PART_BYTES, ParcelBytes, ParcelBytesError, PartInfo, PartNumber, unfinished};
use crate::private_file;

/// What [`super::EncryptedParcels`] adds has room beyond what callers may write.
const MAX_STORED_PART_BYTES: usize = MAX_PART_BYTES + PART_OVERHEAD;

/// Parcels as objects, one per part, named `<parcel>/<part>`. Wrap it in [`super::EncryptedParcels`]: by itself it
/// stores what it is given.
///
/// A part is one object of bounded size, written in one request, and shows whole or not at all; there are no multipart
/// uploads, so none can be left half-way. The storage must be strongly consistent and know conditional writes
/// (`If-None-Match: *`).
#[derive(Clone)]
pub struct ObjectParcels {
    objects: Arc<dyn ObjectStore>,
    /// Where killed writers may have left files.
    folder: Option<PathBuf>,
}

impl ObjectParcels {
    /// Parcels in this object storage.
    #[must_use]
    pub const fn new(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects, folder: None }
    }

    /// Parcels in a local folder, made (for its owner only) when it is not there. A part is written to a file of another
    /// name, which is synced, takes its own name in one step, and the folder is synced, before the part counts as
    /// written. Removals are not synced: after a power failure a removed part may be back, sealed under a key that is
    /// destroyed for good. Blocks; used when a server starts.
    ///
    /// # Errors
    /// [`ParcelBytesError::Unavailable`].
    pub fn in_folder(folder: impl AsRef<FilePath>) -> Result<Self, ParcelBytesError> {
        private_file::create_folder(folder.as_ref()).map_err(unavailable)?;
        let files = LocalFileSystem::new_with_prefix(folder.as_ref()).map_err(unavailable)?;
        let objects = Arc::new(files.with_fsync(true).with_automatic_cleanup(true));
        Ok(Self { objects, folder: Some(folder.as_ref().to_path_buf()) })
    }

    /// Parcels in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(Arc::new(InMemory::new()))
    }

    async fn put(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
        mode: PutMode,
    ) -> Result<(), ParcelBytesError> {
        if bytes.is_empty() || bytes.len() > MAX_STORED_PART_BYTES {
            return Err(ParcelBytesError::PartLength { parcel, part, bytes: bytes.len() });
        }
        let payload = PutPayload::from_bytes(bytes);
        match self.objects.put_opts(&object(parcel, part), payload, mode.into()).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => {
                Err(ParcelBytesError::AlreadyThere { parcel, part })
            }
            Err(error) => Err(unavailable(error)),
        }
    }
}

/// The storage by its name, never with what opens it.
impl fmt::Debug for ObjectParcels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ObjectParcels").field(&self.objects.to_string()).finish()
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
        self.put(parcel, part, bytes, PutMode::Overwrite).await
    }

    async fn create_part(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
    ) -> Result<(), ParcelBytesError> {
        self.put(parcel, part, bytes, PutMode::Create).await
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

    async fn untouched_since(&self, instant: Timestamp) -> Result<Vec<ParcelId>, ParcelBytesError> {
        let mut found = self.objects.list(None);
        let mut untouched = HashMap::new();
        while let Some(meta) = found.try_next().await.map_err(unavailable)? {
            let Some(parcel) = parcel_of(&meta.location) else { continue };
            let is_older = meta.last_modified.timestamp_millis() < instant.as_unix_millis();
            untouched.entry(parcel).and_modify(|older| *older &= is_older).or_insert(is_older);
        }
        Ok(untouched.into_iter().filter_map(|(parcel, older)| older.then_some(parcel)).collect())
    }

    async fn discard_unfinished(&self, before: Timestamp) -> Result<u64, ParcelBytesError> {
        let Some(folder) = self.folder.clone() else { return Ok(0) };
        let discarded = tokio::task::spawn_blocking(move || unfinished::discard(&folder, before)).await;
        discarded.map_err(unavailable)?.map_err(unavailable)
    }
}

/// Whose part an object is; `None` for what is none of ours.
fn parcel_of(object: &Path) -> Option<ParcelId> {
    let mut segments = object.parts();
    let parcel = segments.next()?.as_ref().parse().ok()?;
    (segments.count() == 1).then_some(parcel)
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

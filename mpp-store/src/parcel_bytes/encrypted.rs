//! Parcels encrypted under a key of their own, which can be destroyed.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use mpp_core::{Entropy, ParcelId, Timestamp};
use mpp_crypto::at_rest::{ItemKey, PART_OVERHEAD, PartCipher};

use super::{MAX_PART_BYTES, ParcelBytes, ParcelBytesError, PartInfo, PartNumber};
use crate::{ItemKeyError, ItemKeys};

/// Encrypts every part under its parcel's own key before it reaches the storage below.
///
/// The key comes into being with part 0. A later part of a parcel whose key is gone is refused as
/// [`ParcelBytesError::Erased`], so that an upload that is still running when its parcel is erased cannot bring it
/// back. (A part that was being sealed at that very moment may still be stored; it opens for nobody, and
/// [`ParcelBytes::list`] names its parcel for a sweep.) Removing destroys the key first: whatever happens to the bytes afterwards, nobody can read them.
#[derive(Debug)]
pub struct EncryptedParcels {
    stored: Arc<dyn ParcelBytes>,
    keys: Arc<dyn ItemKeys>,
    entropy: Arc<dyn Entropy>,
}

impl EncryptedParcels {
    /// Encrypts what is stored there under these keys.
    #[must_use]
    pub const fn new(
        stored: Arc<dyn ParcelBytes>,
        keys: Arc<dyn ItemKeys>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { stored, keys, entropy }
    }

    async fn key(&self, parcel: ParcelId) -> Result<Option<ItemKey>, ParcelBytesError> {
        self.keys.load(&parcel.into()).await.map_err(|source| ParcelBytesError::Key { parcel, source })
    }

    /// The part as it is stored.
    async fn sealed(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: &[u8],
    ) -> Result<Bytes, ParcelBytesError> {
        let refuse = || ParcelBytesError::PartLength { parcel, part, bytes: bytes.len() };
        if bytes.is_empty() || bytes.len() > MAX_PART_BYTES {
            return Err(refuse());
        }
        let key = self.key_for_writing(parcel, part).await?;
        let cipher = PartCipher::new(&key, parcel);
        let sealed = cipher.seal(part.0, bytes, &*self.entropy).map_err(|_| refuse())?;
        Ok(sealed.into())
    }

    async fn key_for_writing(&self, parcel: ParcelId, part: PartNumber) -> Result<ItemKey, ParcelBytesError> {
        let erased = ParcelBytesError::Erased { parcel };
        match self.key(parcel).await? {
            Some(key) => Ok(key),
            None if part != PartNumber(0) => Err(erased),
            None => match self.keys.create(&parcel.into()).await {
                // Somebody else wrote part 0 at the same moment.
                Err(ItemKeyError::AlreadyThere { .. }) => self.key(parcel).await?.ok_or(erased),
                created => created.map_err(|source| ParcelBytesError::Key { parcel, source }),
            },
        }
    }
}

#[async_trait]
impl ParcelBytes for EncryptedParcels {
    async fn put_part(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
    ) -> Result<(), ParcelBytesError> {
        let sealed = self.sealed(parcel, part, &bytes).await?;
        self.stored.put_part(parcel, part, sealed).await
    }

    async fn create_part(
        &self,
        parcel: ParcelId,
        part: PartNumber,
        bytes: Bytes,
    ) -> Result<(), ParcelBytesError> {
        let sealed = self.sealed(parcel, part, &bytes).await?;
        self.stored.create_part(parcel, part, sealed).await
    }

    async fn parts(&self, parcel: ParcelId) -> Result<Vec<PartInfo>, ParcelBytesError> {
        let overhead = u64::try_from(PART_OVERHEAD).unwrap_or(u64::MAX);
        let content = |info: PartInfo| match info.bytes.checked_sub(overhead) {
            Some(bytes) => Ok(PartInfo { bytes, ..info }),
            None => Err(ParcelBytesError::Altered { parcel, part: info.part }),
        };
        self.stored.parts(parcel).await?.into_iter().map(content).collect()
    }

    async fn read_part(&self, parcel: ParcelId, part: PartNumber) -> Result<Option<Bytes>, ParcelBytesError> {
        let Some(sealed) = self.stored.read_part(parcel, part).await? else { return Ok(None) };
        let key = self.key(parcel).await?.ok_or(ParcelBytesError::Erased { parcel })?;
        let opened = PartCipher::new(&key, parcel).open(part.0, &sealed);
        let opened = opened.map_err(|_| ParcelBytesError::Altered { parcel, part })?;
        // wiped when the last reader lets go of it
        Ok(Some(Bytes::from_owner(opened)))
    }

    async fn remove(&self, parcel: ParcelId) -> Result<(), ParcelBytesError> {
        let destroyed = self.keys.destroy(&parcel.into()).await;
        destroyed.map_err(|source| ParcelBytesError::Key { parcel, source })?;
        self.stored.remove(parcel).await
    }

    async fn list(&self) -> Result<Vec<ParcelId>, ParcelBytesError> {
        self.stored.list().await
    }
    async fn untouched_since(&self, instant: Timestamp) -> Result<Vec<ParcelId>, ParcelBytesError> {
        self.stored.untouched_since(instant).await
    }

    async fn discard_unfinished(&self, before: Timestamp) -> Result<u64, ParcelBytesError> {
        self.stored.discard_unfinished(before).await
    }
}

//! This server's own storage of documents: written in parts as they are opened, encrypted under a key of their own.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use mpp_core::{ParcelId, Persistence, Sha256Digest};
use mpp_crypto::Sha256;
use mpp_store::{
    ItemKeyError, ItemKeys, MAX_PART_BYTES, ParcelBytes, ParcelBytesError, ParcelBytesExt, PartNumber,
};
use zeroize::Zeroizing;

use super::{ClientError, ClientParts, DocumentsFault, ParcelFault};

/// The bytes of a document as they are read.
pub(super) type DocumentStream = BoxStream<'static, Result<Bytes, ClientError>>;

/// The storage, which encrypts whatever is given to it before it gets to the disk.
#[derive(Debug)]
pub(super) struct Documents {
    encrypted: Arc<dyn ParcelBytes>,
    item_keys: Arc<dyn ItemKeys>,
    part_bytes: usize,
    largest_bytes: u64,
}

impl Documents {
    pub(super) fn new(parts: &ClientParts) -> Self {
        Self {
            encrypted: Arc::clone(&parts.documents),
            item_keys: Arc::clone(&parts.item_keys),
            part_bytes: parts.settings.part_bytes.clamp(1, MAX_PART_BYTES),
            largest_bytes: parts.settings.largest_document_bytes,
        }
    }

    /// Begins a document in storage nobody has used.
    pub(super) fn writer(&self, storage: ParcelId) -> DocumentWriter {
        DocumentWriter {
            encrypted: Arc::clone(&self.encrypted),
            storage,
            part_bytes: self.part_bytes,
            largest_bytes: self.largest_bytes,
            next_part: 0,
            pending: Zeroizing::new(Vec::with_capacity(SMALL_BYTES.min(self.part_bytes))),
            size_bytes: 0,
            hasher: Sha256::new(),
        }
    }

    /// The document's bytes. One that is purged while it is read ends the stream with an error.
    pub(super) async fn read(
        &self,
        storage: ParcelId,
        size_bytes: u64,
    ) -> Result<DocumentStream, ClientError> {
        if size_bytes == 0 {
            return Ok(stream::empty().boxed());
        }
        let bytes = self.encrypted.read(storage, 0).await.map_err(reading)?;
        Ok(bytes.map(|chunk| chunk.map_err(reading)).boxed())
    }

    /// Destroys the key, then the bytes. May be repeated.
    pub(super) async fn remove(&self, storage: ParcelId) -> Result<(), ClientError> {
        self.item_keys.destroy(&storage.into()).await.map_err(|error| key_fault(&error))?;
        self.encrypted.remove(storage).await.map_err(|error| fault(&error))
    }

    /// Everything that is stored.
    pub(super) async fn list(&self) -> Result<Vec<ParcelId>, ClientError> {
        self.encrypted.list().await.map_err(|error| fault(&error))
    }
}

/// Most documents are no larger: they do not need a buffer for a whole part.
const SMALL_BYTES: usize = 64 * 1024;

/// Writes one document part by part; holds one part at most.
pub(super) struct DocumentWriter {
    encrypted: Arc<dyn ParcelBytes>,
    storage: ParcelId,
    part_bytes: usize,
    largest_bytes: u64,
    next_part: u32,
    pending: Zeroizing<Vec<u8>>,
    size_bytes: u64,
    hasher: Sha256,
}

/// A document that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) sha256: Sha256Digest,
    pub(super) size_bytes: u64,
}

impl DocumentWriter {
    /// Takes the next bytes.
    pub(super) async fn take(&mut self, mut plain: &[u8]) -> Result<(), ClientError> {
        self.size_bytes = self.size_bytes.saturating_add(u64::try_from(plain.len()).unwrap_or(u64::MAX));
        if self.size_bytes > self.largest_bytes {
            return Err(ParcelFault::TooLarge.into());
        }
        self.hasher.update(plain);
        while !plain.is_empty() {
            let room = self.part_bytes.saturating_sub(self.pending.len());
            let (now, later) = plain.split_at_checked(room).unwrap_or((plain, &[]));
            self.make_room(now.len());
            self.pending.extend_from_slice(now);
            plain = later;
            if self.pending.len() >= self.part_bytes {
                self.write_pending().await?;
            }
        }
        Ok(())
    }

    /// Writes what is left; the document is durable when this returns.
    pub(super) async fn finish(mut self) -> Result<Written, ClientError> {
        if !self.pending.is_empty() {
            self.write_pending().await?;
        }
        Ok(Written { sha256: self.hasher.finish(), size_bytes: self.size_bytes })
    }

    /// Moves what is pending into a buffer for a whole part when the present one is too small. A vector that grows by
    /// itself would leave what it held behind, unwiped.
    fn make_room(&mut self, bytes: usize) {
        if self.pending.capacity().saturating_sub(self.pending.len()) < bytes {
            let mut whole = Zeroizing::new(Vec::with_capacity(self.part_bytes));
            whole.extend_from_slice(&self.pending);
            self.pending = whole;
        }
    }

    async fn write_pending(&mut self) -> Result<(), ClientError> {
        let part = std::mem::replace(&mut self.pending, Zeroizing::new(Vec::with_capacity(self.part_bytes)));
        // the bytes are wiped when the last reader lets go of them
        let part = Bytes::from_owner(part);
        let number = PartNumber(self.next_part);
        self.next_part = self.next_part.checked_add(1).ok_or(ParcelFault::TooLarge)?;
        self.encrypted.put_part(self.storage, number, part).await.map_err(|error| fault(&error))
    }
}

fn reading(error: ParcelBytesError) -> ClientError {
    match error {
        ParcelBytesError::Erased { .. } | ParcelBytesError::NoSuchParcel { .. } => ClientError::DataGone,
        other => fault(&other),
    }
}

fn fault(error: &ParcelBytesError) -> ClientError {
    of_persistence(error.persistence())
}

fn key_fault(error: &ItemKeyError) -> ClientError {
    of_persistence(error.persistence())
}

const fn of_persistence(persistence: Persistence) -> ClientError {
    ClientError::Documents(match persistence {
        Persistence::Temporary => DocumentsFault::Unavailable,
        Persistence::Permanent => DocumentsFault::Damaged,
    })
}

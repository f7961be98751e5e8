//! Parcels as streams, part by part in constant memory, and the sweep of those nobody wants.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use mpp_core::{ParcelId, Sha256Digest, Timestamp};
use mpp_crypto::Sha256;
use zeroize::Zeroizing;

use super::{MAX_PART_BYTES, ParcelBytes, ParcelBytesError, PartInfo, PartNumber};

/// The bytes of a parcel as they are read, in chunks of at most one part.
pub type ByteStream = BoxStream<'static, Result<Bytes, ParcelBytesError>>;

/// A parcel that was written from a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenParcel {
    /// How many bytes it has.
    pub bytes: u64,
    /// How many parts it has.
    pub parts: u32,
    /// The digest of its bytes, taken while they were written.
    pub sha256: Sha256Digest,
}

/// Reads and writes parcels as streams, and sweeps.
#[async_trait]
pub trait ParcelBytesExt {
    /// How many bytes the parcel has so far.
    ///
    /// # Errors
    /// Like [`ParcelBytes::parts`].
    async fn size(&self, parcel: ParcelId) -> Result<u64, ParcelBytesError>;

    /// The bytes of a parcel from byte `from` on (0 for all), part by part in constant memory. A parcel that is
    /// removed while it is read ends the stream with an error, never silently short.
    ///
    /// # Errors
    /// [`ParcelBytesError::NoSuchParcel`] when it has no parts, [`ParcelBytesError::MissingPart`] when there is a
    /// hole, and like [`ParcelBytes::parts`].
    async fn read(&self, parcel: ParcelId, from: u64) -> Result<ByteStream, ParcelBytesError>;

    /// Writes a whole new parcel from a stream, holding one part at a time, and takes its digest on the way. When it
    /// fails, what it wrote is removed again; what stays behind all the same (the storage stopped answering, the
    /// future was dropped) is an orphan for [`ParcelBytesExt::sweep`].
    ///
    /// # Errors
    /// [`ParcelBytesError::AlreadyThere`] when the parcel has a part 0, which is left as it is;
    /// [`ParcelBytesError::PartLength`] when the stream is empty; [`ParcelBytesError::Source`] when it breaks off; and
    /// like [`ParcelBytes::put_part`].
    async fn write<S, E>(&self, parcel: ParcelId, content: S) -> Result<WrittenParcel, ParcelBytesError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + Send;

    /// Removes the parcels that were not written to since `instant` and of which `is_wanted` says no: orphans, whose
    /// record never came or went before its bytes did. Gives back whom it removed. Records come before bytes, and each
    /// is asked for after its bytes were seen, so a parcel that is just being made is never taken for an orphan.
    ///
    /// # Errors
    /// What `is_wanted` says, and like [`ParcelBytes::remove`]; what was not reached is left for the next sweep.
    async fn sweep<F, W, E>(&self, instant: Timestamp, is_wanted: F) -> Result<Vec<ParcelId>, E>
    where
        F: Fn(ParcelId) -> W + Send + Sync,
        W: Future<Output = Result<bool, E>> + Send,
        E: From<ParcelBytesError> + Send;
}

#[async_trait]
impl<T: ParcelBytes + ?Sized + 'static> ParcelBytesExt for Arc<T> {
    async fn size(&self, parcel: ParcelId) -> Result<u64, ParcelBytesError> {
        Ok(self.parts(parcel).await?.iter().map(|part| part.bytes).sum())
    }

    async fn read(&self, parcel: ParcelId, from: u64) -> Result<ByteStream, ParcelBytesError> {
        let parts = self.parts(parcel).await?;
        if parts.is_empty() {
            return Err(ParcelBytesError::NoSuchParcel { parcel });
        }
        for (expected, found) in (0..).map(PartNumber).zip(&parts) {
            if found.part != expected {
                return Err(ParcelBytesError::MissingPart { parcel, part: expected });
            }
        }
        let mut skipped = 0;
        let wanted = parts.into_iter().filter_map(move |info| {
            let start = skipped;
            skipped += info.bytes;
            (skipped > from).then_some((info, from.saturating_sub(start)))
        });
        let bytes = Arc::clone(self);
        let read = move |(info, skip)| read_part_from(Arc::clone(&bytes), parcel, info, skip);
        let chunks = stream::iter(wanted).then(read);
        Ok(end_at_error(chunks.boxed()))
    }

    async fn write<S, E>(&self, parcel: ParcelId, content: S) -> Result<WrittenParcel, ParcelBytesError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
    {
        let mut parts = PartWriter::new(&**self, parcel);
        let written = write_parts(&mut parts, content).await;
        if written.is_err() && parts.next > 0 {
            // The first failure is the one to tell of; a sweep finishes what cannot be removed now.
            let _ = self.remove(parcel).await;
        }
        written.map(|()| parts.written())
    }

    async fn sweep<F, W, E>(&self, instant: Timestamp, is_wanted: F) -> Result<Vec<ParcelId>, E>
    where
        F: Fn(ParcelId) -> W + Send + Sync,
        W: Future<Output = Result<bool, E>> + Send,
        E: From<ParcelBytesError> + Send,
    {
        let mut removed = Vec::new();
        for parcel in self.untouched_since(instant).await? {
            if !is_wanted(parcel).await? {
                self.remove(parcel).await?;
                removed.push(parcel);
            }
        }
        self.discard_unfinished(instant).await?;
        Ok(removed)
    }
}

/// Writes the parts of one new parcel one after the other.
struct PartWriter<'a, T: ?Sized> {
    store: &'a T,
    parcel: ParcelId,
    next: u32,
    bytes: u64,
    digest: Sha256,
}

impl<'a, T: ParcelBytes + ?Sized> PartWriter<'a, T> {
    fn new(store: &'a T, parcel: ParcelId) -> Self {
        Self { store, parcel, next: 0, bytes: 0, digest: Sha256::new() }
    }

    /// Whoever creates part 0 owns the parcel, so that two writers never mix their parts.
    async fn write(&mut self, part: Bytes) -> Result<(), ParcelBytesError> {
        let (parcel, number) = (self.parcel, PartNumber(self.next));
        self.digest.update(&part);
        let bytes = u64::try_from(part.len()).unwrap_or(u64::MAX);
        match number {
            PartNumber(0) => self.store.create_part(parcel, number, part).await?,
            _ => self.store.put_part(parcel, number, part).await?,
        }
        self.next = self.next.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(())
    }

    fn written(self) -> WrittenParcel {
        WrittenParcel { bytes: self.bytes, parts: self.next, sha256: self.digest.finish() }
    }
}

async fn write_parts<T, S, E>(parts: &mut PartWriter<'_, T>, content: S) -> Result<(), ParcelBytesError>
where
    T: ParcelBytes + ?Sized,
    S: Stream<Item = Result<Bytes, E>> + Send,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    let parcel = parts.parcel;
    let mut content = std::pin::pin!(content);
    let mut waiting = new_part();
    while let Some(chunk) = content.next().await {
        let mut chunk = chunk.map_err(|source| ParcelBytesError::Source { parcel, source: source.into() })?;
        while waiting.len() + chunk.len() >= MAX_PART_BYTES {
            let rest = chunk.split_off(MAX_PART_BYTES - waiting.len());
            waiting.extend_from_slice(&chunk);
            parts.write(Bytes::from_owner(std::mem::replace(&mut waiting, new_part()))).await?;
            chunk = rest;
        }
        waiting.extend_from_slice(&chunk);
    }
    if waiting.is_empty() && parts.next > 0 {
        return Ok(());
    }
    parts.write(Bytes::from_owner(waiting)).await
}

/// Room for a whole part at once: growing would leave copies of its content in memory, this is wiped when it is let go of.
fn new_part() -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(MAX_PART_BYTES))
}

async fn read_part_from<T: ParcelBytes + ?Sized>(
    store: Arc<T>,
    parcel: ParcelId,
    info: PartInfo,
    skip: u64,
) -> Result<Bytes, ParcelBytesError> {
    let part = info.part;
    let missing = ParcelBytesError::MissingPart { parcel, part };
    let mut bytes = store.read_part(parcel, part).await?.ok_or(missing)?;
    if u64::try_from(bytes.len()) != Ok(info.bytes) {
        return Err(ParcelBytesError::Altered { parcel, part });
    }
    Ok(bytes.split_off(usize::try_from(skip).map_or(bytes.len(), |skip| skip.min(bytes.len()))))
}

/// A reader that goes on after an error would get bytes with a hole.
fn end_at_error(chunks: ByteStream) -> ByteStream {
    let next = |chunks: Option<ByteStream>| async move {
        let mut chunks = chunks?;
        let chunk = chunks.next().await?;
        let rest = chunk.is_ok().then_some(chunks);
        Some((chunk, rest))
    };
    stream::unfold(Some(chunks), next).boxed()
}

//! Uploading a sealed parcel: announced first, then in appends, each safe to repeat; resumed wherever central stands.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use mpp_api::ApiError;
use mpp_api::central::{AnnounceParcel, Last, PhoneClient, UploadProgress, UploadTicket};
use mpp_core::ParcelId;
use mpp_private_share::FolderError;
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::SdkError;

/// The largest append this device makes, in bytes: bounds its memory, whatever central would take.
const LARGEST_APPEND: u64 = 1024 * 1024;

/// The pauses before an upload is taken up again after its connection broke; then it is left for later.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1500)];

/// The bytes of a sealed parcel.
pub(crate) type SealedBytes = Box<dyn AsyncRead + Send + Unpin>;

/// How far an upload is, for a progress bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadStep {
    /// The parcel.
    pub parcel: ParcelId,
    /// How many bytes central has.
    pub sent: u64,
    /// How many there are.
    pub size: u64,
}

/// A parcel central now has whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uploaded {
    /// The parcel.
    pub parcel: ParcelId,
    /// Its size in bytes.
    pub size: u64,
}

/// Where a parcel's bytes come from; opened again for every try.
#[async_trait::async_trait]
pub(crate) trait ParcelSource: Send + Sync {
    /// The sealed bytes from the beginning.
    async fn open(&self) -> Result<SealedBytes, SdkError>;
}

/// Brings a parcel to central, from wherever an earlier try got to.
pub(crate) async fn upload(
    client: &PhoneClient,
    parcel: &AnnounceParcel,
    source: &dyn ParcelSource,
    on_step: &(dyn Fn(UploadStep) + Send + Sync),
) -> Result<Uploaded, SdkError> {
    for pause in PAUSES {
        match attempt(client, parcel, source, on_step).await {
            Err(SdkError::Central(ApiError::Transport(error))) if error.is_temporary() => {
                tokio::time::sleep(pause).await;
            }
            settled => return settled,
        }
    }
    attempt(client, parcel, source, on_step).await
}

async fn attempt(
    client: &PhoneClient,
    parcel: &AnnounceParcel,
    source: &dyn ParcelSource,
    on_step: &(dyn Fn(UploadStep) + Send + Sync),
) -> Result<Uploaded, SdkError> {
    let ticket = client.announce(parcel).await?;
    let uploaded = Uploaded { parcel: parcel.parcel_id, size: parcel.size };
    // only an upload that was begun before can be complete already
    let standing = match ticket.offset {
        0 => UploadProgress::Partial { offset: 0 },
        _ => client.upload_offset(ticket.upload_id).await?,
    };
    let mut offset = match standing {
        UploadProgress::Complete => return Ok(uploaded),
        UploadProgress::Partial { offset } => offset,
    };
    let mut bytes = source.open().await?;
    skip(&mut bytes, offset).await?;
    loop {
        on_step(UploadStep { parcel: parcel.parcel_id, sent: offset, size: parcel.size });
        let (chunk, last) = next_chunk(&mut bytes, &ticket, parcel.size.saturating_sub(offset)).await?;
        match client.append(ticket.upload_id, offset, chunk, last).await? {
            UploadProgress::Complete => {
                on_step(UploadStep { parcel: parcel.parcel_id, sent: parcel.size, size: parcel.size });
                return Ok(uploaded);
            }
            UploadProgress::Partial { offset: reached } if reached > offset && last == Last::No => {
                offset = reached
            }
            UploadProgress::Partial { .. } => {
                return Err(SdkError::Central(ApiError::Answer { path: "/v1/uploads".to_owned() }));
            }
        }
    }
}

/// Sealed bytes that are there and cannot be read at the moment: they may be later.
pub(crate) const fn unreadable(source: std::io::Error) -> SdkError {
    SdkError::Folder(FolderError { step: "read", source })
}

async fn skip(bytes: &mut SealedBytes, offset: u64) -> Result<(), SdkError> {
    let skipped = tokio::io::copy(&mut bytes.take(offset), &mut tokio::io::sink()).await;
    if skipped.map_err(unreadable)? == offset { Ok(()) } else { Err(SdkError::ParcelAltered) }
}

async fn next_chunk(
    bytes: &mut SealedBytes,
    ticket: &UploadTicket,
    left: u64,
) -> Result<(Bytes, Last), SdkError> {
    let wanted = left.min(ticket.largest_append).min(LARGEST_APPEND);
    let mut chunk = BytesMut::with_capacity(usize::try_from(wanted).unwrap_or(0));
    let mut limited = bytes.take(wanted);
    while limited.read_buf(&mut chunk).await.map_err(unreadable)? > 0 {}
    if u64::try_from(chunk.len()).unwrap_or(0) != wanted {
        return Err(SdkError::ParcelAltered);
    }
    Ok((chunk.freeze(), if wanted == left { Last::Yes } else { Last::No }))
}

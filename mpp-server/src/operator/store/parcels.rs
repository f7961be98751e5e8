//! The bytes of parcels on their way to a backup and back. In a backup they lie as in the folder of a server, wherever they were.

use std::io::ErrorKind;
use std::path::Path;

use bytes::Bytes;
use mpp_core::ParcelId;
use mpp_store::{ObjectParcels, ParcelBytes, ParcelBytesError, PartNumber};

use super::StoreFailure;
use super::folder::{PARCELS, write_private};
use super::manifest::BackedUpFile;
use crate::runtime::ParcelsError;

/// Copies every part from object storage. One that is erased meanwhile is left out, as it should be.
pub(super) async fn copied(from: &ObjectParcels, to: &Path) -> Result<Vec<BackedUpFile>, StoreFailure> {
    let mut files = Vec::new();
    for parcel in from.list().await.map_err(failed)? {
        for part in from.parts(parcel).await.map_err(failed)? {
            let Some(content) = from.read_part(parcel, part.part).await.map_err(failed)? else { continue };
            let path = format!("{PARCELS}/{parcel}/{:010}", part.part.0);
            let target = to.join(&path);
            let (bytes, sha256) = write_private(&target, &content).map_err(StoreFailure::file(&target))?;
            files.push(BackedUpFile { path, bytes, sha256 });
        }
    }
    Ok(files)
}

/// Puts a part of a backup where a server will look for it. `Ok(false)` when it is not what was backed up.
pub(super) async fn put_back(
    file: &BackedUpFile,
    from: &Path,
    to: &ObjectParcels,
) -> Result<bool, StoreFailure> {
    let source = file.below(from)?;
    let Some((parcel, part)) = named(&source) else { return Ok(false) };
    let content = match std::fs::read(&source) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        read => read.map_err(StoreFailure::file(&source))?,
    };
    let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
    if (length, mpp_crypto::sha256(&content)) != (file.bytes, file.sha256) {
        return Ok(false);
    }
    to.create_part(parcel, part, Bytes::from(content)).await.map_err(failed)?;
    Ok(true)
}

fn named(file: &Path) -> Option<(ParcelId, PartNumber)> {
    let part = file.file_name()?.to_str()?.parse().ok()?;
    let parcel = file.parent()?.file_name()?.to_str()?.parse().ok()?;
    Some((parcel, PartNumber(part)))
}

fn failed(error: ParcelBytesError) -> StoreFailure {
    ParcelsError::from(error).into()
}

//! This device vouches for a parcel before it goes to central: with the key that the artefact names, and only for what it has
//! looked at itself.

use mpp_core::{ConsentId, ParcelId, PartnerKeyRecord, Source};
use mpp_crypto::envelope::{CHUNK_LEN, Fingerprint, Fingerprinter, Purpose, sign_as_sender};
use mpp_private_share::SealedDocument;
use tokio::io::AsyncReadExt;

use crate::upload::{ParcelSource, unreadable};
use crate::{DeviceIdentity, SdkError};

/// What the private data share SDK has sealed, as it says.
pub(crate) struct SealedParcel<'a> {
    pub(crate) recipient: &'a PartnerKeyRecord,
    pub(crate) consent: ConsentId,
    pub(crate) parcel: ParcelId,
    pub(crate) document: &'a SealedDocument,
}

impl SealedParcel<'_> {
    /// Signs that this device sealed the parcel, once its bytes are seen to be that parcel and no other.
    pub(crate) async fn vouch(
        &self,
        device: &DeviceIdentity,
        source: &dyn ParcelSource,
    ) -> Result<String, SdkError> {
        let fingerprint = fingerprint(source).await?;
        if !self.is(&fingerprint) {
            return Err(SdkError::ParcelAltered);
        }
        let statement = sign_as_sender(device.key(), &fingerprint).map_err(|_| SdkError::DeviceKey)?;
        Ok(statement.into())
    }

    fn is(&self, found: &Fingerprint) -> bool {
        let header = found.header();
        let context = &header.context;
        found.sha256() == self.document.sha256
            && found.length() == self.document.size
            && header.kid == self.recipient.kid
            && context.purpose == Purpose::Parcel
            && context.partner == self.recipient.partner
            && context.consent == self.consent
            && context.parcel == self.parcel
            && context.source == Source::AccountAggregator
    }
}

async fn fingerprint(source: &dyn ParcelSource) -> Result<Fingerprint, SdkError> {
    let mut bytes = source.open().await?;
    let mut passing = Fingerprinter::new();
    let mut piece = vec![0; CHUNK_LEN];
    loop {
        let read = bytes.read(&mut piece).await.map_err(unreadable)?;
        match piece.get(..read) {
            Some([]) | None => return passing.finish().map_err(|_| SdkError::ParcelAltered),
            Some(read) => passing.take(read),
        }
    }
}

#[cfg(test)]
mod tests;

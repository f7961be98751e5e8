//! The last byte of an upload has come: is it what was announced, and an envelope for this very parcel?

use bytes::Bytes;
use futures::StreamExt;
use mpp_core::{DeviceId, ParcelDescription, ParcelState, QualityFlags, UploadId};
use mpp_crypto::envelope::{Fingerprinter, Purpose, verify_sender};
use mpp_crypto::keys::VerifyingKey;
use mpp_store::{ParcelBytesExt, PartNumber, Versioned};

use super::super::audit::{Action, Actor, Subject};
use super::super::availability::Arrival;
use super::super::change::Change;
use super::super::decisions::of_consent;
use super::super::records::{ConsentRecord, ParcelRecord, UploadRecord};
use super::super::{CentralError, CentralService};
use super::{Progress, refuse_unless_active, vouching_key};

impl CentralService {
    /// Stores the last bytes, checks all that came, and makes the parcel available or throws them away.
    pub(super) async fn complete(
        &self,
        device: DeviceId,
        upload: &UploadRecord,
        parcel: &ParcelRecord,
        bytes: Bytes,
    ) -> Result<Progress, CentralError> {
        let id = parcel.parcel.id;
        let consent = self.consent_record(parcel.parcel.consent).await?;
        refuse_unless_active(&consent.record, self.now())?;
        let part = PartNumber(upload.parts);
        self.parts.parcels.put_part(id, part, bytes).await.map_err(CentralError::parcels)?;
        let found = self.look_at(parcel).await?;
        let vouching = vouching_key(&consent.record)?;
        let description = match check(parcel, upload, vouching.as_ref(), found) {
            Ok(description) => description,
            Err(refusal) => {
                self.discard(device, upload.id).await?;
                return Err(refusal);
            }
        };
        let (earlier, description) = (upload.received, &description);
        match self.until_settled(|| self.try_complete(device, upload.id, earlier, description)).await {
            Ok(()) => Ok(Progress::Complete),
            Err(error) => Err(self.unless_gone(id, error).await?),
        }
    }

    async fn try_complete(
        &self,
        device: DeviceId,
        upload: UploadId,
        earlier: u64,
        description: &ParcelDescription,
    ) -> Result<(), CentralError> {
        let mut change = Change::new(self);
        let mut read = self.upload_record(upload).await?;
        let parcel = self.parcel_record(read.record.parcel).await?;
        let consent = self.consent_record(parcel.record.parcel.consent).await?;
        refuse_unless_active(&consent.record, change.now())?;
        if read.record.received != earlier {
            return Err(CentralError::UploadOffset { expected: read.record.received });
        }
        read.record.received = read.record.size;
        read.record.parts = read.record.parts.saturating_add(1);
        change.rests_on(&consent);
        change.update(&read);
        let (actor, quality) = (Actor::Device(device), QualityFlags::new());
        let arrival = Arrival { parcel, description: description.clone(), actor, quality };
        self.make_available(&mut change, &consent.record, arrival).await?;
        change.commit().await
    }

    async fn look_at(&self, record: &ParcelRecord) -> Result<Fingerprinter, CentralError> {
        let mut chunks = self.parts.parcels.read(record.parcel.id, 0).await.map_err(CentralError::parcels)?;
        let mut passing = Fingerprinter::new();
        while let Some(chunk) = chunks.next().await {
            passing.take(&chunk.map_err(CentralError::parcels)?);
        }
        Ok(passing)
    }

    /// The bytes are of no use: they go, and the upload begins anew.
    async fn discard(&self, device: DeviceId, upload: UploadId) -> Result<(), CentralError> {
        let id = self.until_settled(|| self.try_discard(device, upload)).await?;
        self.clear_away(id).await
    }

    async fn try_discard(
        &self,
        device: DeviceId,
        upload: UploadId,
    ) -> Result<mpp_core::ParcelId, CentralError> {
        let mut change = Change::new(self);
        let mut read = self.upload_record(upload).await?;
        let mut parcel = self.parcel_record(read.record.parcel).await?;
        let id = parcel.record.parcel.id;
        let consent: Versioned<ConsentRecord> = self.consent_record(parcel.record.parcel.consent).await?;
        match parcel.record.parcel.state {
            // all came at once, so nothing was noted yet
            ParcelState::Expected => change.rests_on(&parcel),
            ParcelState::Uploading { .. } => {
                parcel.record.parcel = parcel.record.parcel.clone().discard()?;
                read.record.received = 0;
                read.record.parts = 0;
                change.update(&read);
                change.update(&parcel);
            }
            ParcelState::Available { .. }
            | ParcelState::Notified { .. }
            | ParcelState::Collected { .. }
            | ParcelState::Expired { .. }
            | ParcelState::Revoked { .. }
            | ParcelState::Erased { .. } => return Err(CentralError::ParcelGone),
        }
        let subject = Subject { parcel: Some(id), ..of_consent(&consent.record.consent) };
        change.audit(Action::ParcelDiscarded, Actor::Device(device), &subject);
        change.commit().await?;
        Ok(id)
    }
}

/// The digest is the announced one, the envelope's header names exactly this parcel and this key, and the device vouches for
/// this very envelope.
fn check(
    parcel: &ParcelRecord,
    upload: &UploadRecord,
    vouching: Option<&VerifyingKey>,
    found: Fingerprinter,
) -> Result<ParcelDescription, CentralError> {
    if found.length() != upload.size || found.sha256() != upload.sha256 {
        return Err(CentralError::UploadDigest);
    }
    let found = found.finish().map_err(|_| CentralError::UploadEnvelope)?;
    let (header, expected) = (found.header(), &parcel.parcel);
    let context = &header.context;
    let holds = header.kid == expected.kid
        && context.purpose == Purpose::Parcel
        && context.partner == expected.partner
        && context.consent == expected.consent
        && context.parcel == expected.id
        && context.source == expected.source;
    if !holds {
        return Err(CentralError::UploadEnvelope);
    }
    if let Some(key) = vouching {
        let statement = parcel.sender.as_ref().ok_or(CentralError::SenderStatement)?;
        verify_sender(key, statement, &found).map_err(|_| CentralError::SenderStatement)?;
    }
    let content_type = context.content_type.as_str().parse().map_err(|_| CentralError::UploadEnvelope)?;
    Ok(ParcelDescription { size_bytes: found.length(), sha256: found.sha256(), content_type })
}

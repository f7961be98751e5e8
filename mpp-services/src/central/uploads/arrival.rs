//! The last byte of an upload has come: is it what was announced, and an envelope for this very parcel?

use futures::StreamExt;
use mpp_core::{ContentType, DeviceId, ParcelDescription, ParcelState, Sha256Digest, UploadId};
use mpp_crypto::Sha256;
use mpp_crypto::envelope::{self, Header, Purpose};
use mpp_store::{ParcelBytesExt, Versioned};

use super::super::audit::{Action, Actor, Subject};
use super::super::availability::Arrival;
use super::super::change::Change;
use super::super::decisions::of_consent;
use super::super::records::{ConsentRecord, ParcelRecord, UploadRecord};
use super::super::{CentralError, CentralService};
use super::{Progress, refuse_unless_active};

/// More bytes than any envelope's header has.
const HEAD_BYTES: usize = 4096;

/// What the stored bytes are.
struct Found {
    size_bytes: u64,
    sha256: Sha256Digest,
    header: Option<Header>,
}

impl CentralService {
    /// Checks the bytes that came and makes the parcel available, or throws them away.
    pub(super) async fn arrive(&self, device: DeviceId, upload: UploadId) -> Result<Progress, CentralError> {
        let read = self.upload_record(upload).await?;
        let parcel = self.parcel_record(read.record.parcel).await?;
        let found = self.look_at(&parcel.record).await?;
        let content_type = match check(&parcel.record, &read.record, &found) {
            Ok(content_type) => content_type,
            Err(refusal) => {
                self.discard(device, upload).await?;
                return Err(refusal);
            }
        };
        let description =
            ParcelDescription { size_bytes: found.size_bytes, sha256: found.sha256, content_type };
        let description = &description;
        self.until_settled(|| self.try_arrive(device, upload, description)).await
    }

    async fn try_arrive(
        &self,
        device: DeviceId,
        upload: UploadId,
        description: &ParcelDescription,
    ) -> Result<Progress, CentralError> {
        let mut change = Change::new(self);
        let read = self.upload_record(upload).await?;
        let parcel = self.parcel_record(read.record.parcel).await?;
        let consent = self.consent_record(parcel.record.parcel.consent).await?;
        refuse_unless_active(&consent.record, change.now())?;
        if read.record.received != description.size_bytes {
            return Err(CentralError::UploadOffset { expected: read.record.received });
        }
        change.rests_on(&consent);
        change.rests_on(&read);
        let arrival = Arrival { parcel, description: description.clone(), actor: Actor::Device(device) };
        self.make_available(&mut change, &consent.record, arrival).await?;
        change.commit().await?;
        Ok(Progress::Complete)
    }

    async fn look_at(&self, record: &ParcelRecord) -> Result<Found, CentralError> {
        let mut chunks = self.parts.parcels.read(record.parcel.id, 0).await.map_err(CentralError::parcels)?;
        let mut head = Vec::new();
        let mut hasher = Sha256::new();
        let mut size_bytes: u64 = 0;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(CentralError::parcels)?;
            hasher.update(&chunk);
            size_bytes = size_bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            let room = HEAD_BYTES.saturating_sub(head.len()).min(chunk.len());
            head.extend_from_slice(chunk.get(..room).unwrap_or_default());
        }
        let header = envelope::inspect(&head).ok().map(|inspected| inspected.header);
        Ok(Found { size_bytes, sha256: hasher.finish(), header })
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
        if !matches!(parcel.record.parcel.state, ParcelState::Uploading { .. }) {
            return Err(CentralError::ParcelGone);
        }
        let consent: Versioned<ConsentRecord> = self.consent_record(parcel.record.parcel.consent).await?;
        parcel.record.parcel = parcel.record.parcel.clone().discard()?;
        read.record.received = 0;
        read.record.parts = 0;
        change.update(&read);
        change.update(&parcel);
        let subject = Subject { parcel: Some(id), ..of_consent(&consent.record.consent) };
        change.audit(Action::ParcelDiscarded, Actor::Device(device), &subject);
        change.commit().await?;
        Ok(id)
    }
}

/// The digest is the announced one, and the envelope's header names exactly this parcel and this key.
fn check(parcel: &ParcelRecord, upload: &UploadRecord, found: &Found) -> Result<ContentType, CentralError> {
    if found.size_bytes != upload.size || found.sha256 != upload.sha256 {
        return Err(CentralError::UploadDigest);
    }
    let header = found.header.as_ref().ok_or(CentralError::UploadEnvelope)?;
    let (context, expected) = (&header.context, &parcel.parcel);
    let holds = header.kid == expected.kid
        && context.purpose == Purpose::Parcel
        && context.partner == expected.partner
        && context.consent == expected.consent
        && context.parcel == expected.id
        && context.source == expected.source;
    if !holds {
        return Err(CentralError::UploadEnvelope);
    }
    context.content_type.as_str().parse().map_err(|_| CentralError::UploadEnvelope)
}

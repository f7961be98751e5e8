//! Step 6: the phone announces a sealed parcel and uploads it, resumably.

mod arrival;

use bytes::Bytes;
use mpp_core::{
    ConsentId, DeviceId, FetchId, Kid, ParcelId, ParcelState, ScopeViolation, Sha256Digest, Source,
    Timestamp, UploadId, UsageSubject,
};
use mpp_crypto::envelope::SenderStatement;
use mpp_crypto::jws::CompactJws;
use mpp_crypto::keys::VerifyingKey;
use mpp_store::{IndexValue, PartNumber, RecordReaderExt, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::decisions::of_consent;
use super::fetching::intent_of;
use super::jobs::Job;
use super::products::refuse_suspended;
use super::records::{ConsentRecord, ParcelRecord, UploadRecord, index};
use super::{CentralError, CentralService};

/// A parcel a phone has ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// The name the device gave the parcel when it sealed it.
    pub parcel: ParcelId,
    /// The consent it comes under.
    pub consent: ConsentId,
    /// The fetch it is part of.
    pub fetch: FetchId,
    /// The key it is sealed to.
    pub kid: Kid,
    /// Its size in bytes, sealed.
    pub size_bytes: u64,
    /// The digest of the sealed bytes.
    pub sha256: Sha256Digest,
    /// The device says that it sealed them.
    pub sender: Option<CompactJws>,
}

/// Where to upload a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// The upload.
    pub upload: UploadId,
    /// How many bytes central already has.
    pub offset: u64,
    /// The most bytes it takes in one request.
    pub largest_append: u64,
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many bytes arrived.
    Partial {
        /// The next byte expected.
        offset: u64,
    },
    /// All bytes arrived and are what was announced.
    Complete,
}

/// How an upload stands, and how large it is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadStanding {
    /// How it stands.
    pub progress: Progress,
    /// How many bytes were announced.
    pub size_bytes: u64,
}

/// Whether the bytes of an append end the upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// They do.
    Here,
    /// More will follow.
    Later,
}

/// Bytes of an upload.
#[derive(Debug, Clone)]
pub struct Append {
    /// Where they begin.
    pub offset: u64,
    /// The bytes.
    pub bytes: Bytes,
    /// Whether they end the upload.
    pub end: End,
}

impl CentralService {
    /// Takes a parcel's announcement. Announcing it again gives the same upload. Parcels of one fetch count as one use of
    /// the consent; a parcel of another fetch takes the place of those that were not completed.
    ///
    /// # Errors
    /// When the consent is not this device's or not for the Account Aggregator, does not cover another fetch now, or the
    /// parcel is too large, sealed to another key, or not vouched for by the key that the artefact names.
    pub async fn announce(&self, device: DeviceId, new: Announcement) -> Result<Ticket, CentralError> {
        let new = &new;
        self.until_settled(|| self.try_announce(device, new)).await
    }

    async fn try_announce(&self, device: DeviceId, new: &Announcement) -> Result<Ticket, CentralError> {
        let mut change = Change::new(self);
        let mut consent = self.own_consent(device, new.consent).await?;
        if let Some(known) = self.store().get::<ParcelRecord>(&ParcelRecord::key_of(new.parcel)).await? {
            return self.known_upload(&known.record, new).await;
        }
        self.check_announcement(&consent.record, new)?;
        let sender = sender_of(&consent.record, new)?;
        let owner = self.partner_record(consent.record.consent.partner).await?;
        refuse_suspended(&owner.record)?;
        if !self.keys_by_envelope(&new.kid).await?.envelope.valid_at(change.now()) {
            return Err(CentralError::PartnerKeyExpired);
        }
        self.replace_incomplete(&mut change, &mut consent.record, new.fetch).await?;
        let by = UsageSubject::Fetch(new.fetch);
        let uses = consent.record.uses_besides(by, change.now());
        consent.record.consent.authorise(&intent_of(&consent.record, change.now()), &uses, change.now())?;
        consent.record.count_fetch(by, change.now());
        change.update(&consent);
        let upload = UploadRecord {
            id: UploadId::generate(self.entropy()),
            parcel: new.parcel,
            device,
            size: new.size_bytes,
            sha256: new.sha256,
            received: 0,
            parts: 0,
        };
        let expected = self.expected_parcel(&consent.record, new.parcel, change.now(), Some(upload.id))?;
        let parcel = ParcelRecord { fetch: Some(new.fetch), sender, ..expected };
        change.ask_for(&Job::ParcelExpiry { parcel: new.parcel }, parcel.parcel.expires_at)?;
        change.insert(&upload);
        change.insert(&parcel);
        let subject = Subject {
            parcel: Some(new.parcel),
            evidence: Some(new.sha256),
            ..of_consent(&consent.record.consent)
        };
        change.audit(Action::ParcelAnnounced, Actor::Device(device), &subject);
        change.commit().await?;
        Ok(self.ticket(&upload))
    }

    fn check_announcement(&self, consent: &ConsentRecord, new: &Announcement) -> Result<(), CentralError> {
        if consent.consent.source != Source::AccountAggregator {
            return Err(ScopeViolation::WrongSource.into());
        }
        let limit_bytes = self.settings().largest_parcel_bytes;
        if new.size_bytes > limit_bytes {
            return Err(CentralError::ParcelTooLarge { limit_bytes });
        }
        if new.size_bytes == 0 {
            return Err(CentralError::Invalid("the size"));
        }
        match &consent.consent.artefact.recipient {
            mpp_core::Recipient::Partner { envelope_kid, .. } if *envelope_kid == new.kid => Ok(()),
            mpp_core::Recipient::Partner { .. } | mpp_core::Recipient::Customer => {
                Err(CentralError::ParcelKey)
            }
        }
    }

    async fn known_upload(&self, known: &ParcelRecord, new: &Announcement) -> Result<Ticket, CentralError> {
        let upload = known.upload.ok_or(CentralError::ParcelDiffers)?;
        let upload = self.upload_record(upload).await?.record;
        let same = known.parcel.consent == new.consent
            && known.parcel.kid == new.kid
            && known.fetch == Some(new.fetch)
            && upload.size == new.size_bytes
            && upload.sha256 == new.sha256;
        if !same {
            return Err(CentralError::ParcelDiffers);
        }
        match known.parcel.state {
            ParcelState::Revoked { .. } | ParcelState::Expired { .. } => Err(CentralError::ParcelGone),
            ParcelState::Erased { cause, .. } if cause != mpp_core::ErasureCause::Acknowledged => {
                Err(CentralError::ParcelGone)
            }
            ParcelState::Expected
            | ParcelState::Uploading { .. }
            | ParcelState::Available { .. }
            | ParcelState::Notified { .. }
            | ParcelState::Collected { .. }
            | ParcelState::Erased { .. } => Ok(self.ticket(&upload)),
        }
    }

    /// The phone fetched the data anew, for example because it lost the first parcels: what came of them is withdrawn.
    async fn replace_incomplete(
        &self,
        change: &mut Change<'_>,
        consent: &mut ConsentRecord,
        by: FetchId,
    ) -> Result<(), CentralError> {
        let parcels = self.parcels_of(consent.consent.id).await?;
        for mut read in parcels.into_iter().filter(|read| read.record.fetch != Some(by)) {
            let id = read.record.parcel.id;
            match read.record.parcel.state {
                ParcelState::Expected | ParcelState::Uploading { .. } => {}
                ParcelState::Available { .. }
                | ParcelState::Notified { .. }
                | ParcelState::Collected { .. }
                | ParcelState::Expired { .. }
                | ParcelState::Revoked { .. }
                | ParcelState::Erased { .. } => continue,
            }
            read.record.parcel = read.record.parcel.clone().revoke(change.now())?;
            self.forget_fruitless(consent, &read.record).await?;
            change.update(&read);
            change.ask_for(&Job::Erase { parcel: id }, change.now())?;
            let subject = Subject { parcel: Some(id), ..of_consent(&consent.consent) };
            change.audit(Action::ParcelReplaced, Actor::Device(consent.device), &subject);
        }
        Ok(())
    }

    /// A fetch of which no parcel ever became complete does not count.
    pub(super) async fn forget_fruitless(
        &self,
        consent: &mut ConsentRecord,
        incomplete: &ParcelRecord,
    ) -> Result<(), CentralError> {
        let Some(fetch) = incomplete.fetch else { return Ok(()) };
        let parcels = self.parcels_of(consent.consent.id).await?;
        let mut of_fetch = parcels.iter().filter(|read| read.record.fetch == Some(fetch));
        if !of_fetch.any(|read| read.record.was_complete()) {
            consent.forget_fetch(UsageSubject::Fetch(fetch));
        }
        Ok(())
    }

    pub(super) async fn parcels_of(
        &self,
        consent: ConsentId,
    ) -> Result<Vec<Versioned<ParcelRecord>>, CentralError> {
        Ok(self.store().every_by_index(index::CONSENT, IndexValue::new(consent)).await?)
    }

    /// How an upload stands, and how large it is to become.
    ///
    /// # Errors
    /// When this device has no such upload, or its parcel is gone.
    pub async fn upload_standing(
        &self,
        device: DeviceId,
        upload: UploadId,
    ) -> Result<UploadStanding, CentralError> {
        let upload = self.own_upload(device, upload).await?;
        let parcel = self.parcel_record(upload.record.parcel).await?;
        Ok(UploadStanding {
            progress: progress(&parcel.record, &upload.record)?,
            size_bytes: upload.record.size,
        })
    }

    /// Appends bytes. Appending bytes that are here already changes nothing.
    ///
    /// # Errors
    /// When the bytes begin elsewhere, are too many, end too early, or make up something else than was announced; when
    /// the consent no longer holds or the parcel is gone.
    pub async fn append(
        &self,
        device: DeviceId,
        upload: UploadId,
        append: Append,
    ) -> Result<Progress, CentralError> {
        let _turn = self.turns.take(&upload.to_string()).await;
        let read = self.own_upload(device, upload).await?;
        let parcel = self.parcel_record(read.record.parcel).await?;
        if let Progress::Complete = progress(&parcel.record, &read.record)? {
            return Ok(Progress::Complete);
        }
        let count = u64::try_from(append.bytes.len()).map_err(|_| CentralError::UploadTooLarge)?;
        let end = append.offset.checked_add(count).ok_or(CentralError::UploadTooLarge)?;
        if count > self.settings().largest_append_bytes || end > read.record.size {
            return Err(CentralError::UploadTooLarge);
        }
        let repeated = end <= read.record.received && count > 0;
        if append.offset != read.record.received && !repeated {
            return Err(CentralError::UploadOffset { expected: read.record.received });
        }
        let reached = if repeated || count == 0 {
            read.record.received
        } else if end == read.record.size {
            return self.complete(device, &read.record, &parcel.record, append.bytes).await;
        } else {
            self.store_append(read, parcel, append.bytes, end).await?
        };
        match append.end {
            End::Later => Ok(Progress::Partial { offset: reached }),
            End::Here => Err(CentralError::UploadTruncated),
        }
    }

    /// The bytes first, then the record of them: what is cut off in between is written again over the same part.
    async fn store_append(
        &self,
        mut upload: Versioned<UploadRecord>,
        mut parcel: Versioned<ParcelRecord>,
        bytes: Bytes,
        end: u64,
    ) -> Result<u64, CentralError> {
        let mut change = Change::new(self);
        let consent = self.consent_record(parcel.record.parcel.consent).await?;
        refuse_unless_active(&consent.record, change.now())?;
        let id = parcel.record.parcel.id;
        parcel.record.parcel = parcel.record.parcel.clone().receive(end, change.now())?;
        let part = PartNumber(upload.record.parts);
        self.parts.parcels.put_part(id, part, bytes).await.map_err(CentralError::parcels)?;
        upload.record.received = end;
        upload.record.parts = upload.record.parts.saturating_add(1);
        change.update(&upload);
        change.update(&parcel);
        match change.commit().await {
            Ok(()) => Ok(end),
            Err(error) => Err(self.unless_gone(id, error).await?),
        }
    }

    /// Bytes were stored and could not be noted. If the parcel was withdrawn or has expired meanwhile, nothing may be left
    /// of it.
    async fn unless_gone(&self, id: ParcelId, error: CentralError) -> Result<CentralError, CentralError> {
        let now = self.parcel_record(id).await?;
        if now.record.parcel.state.erasure_cause().is_none() {
            return Ok(error);
        }
        self.clear_away(id).await?;
        Ok(CentralError::ParcelGone)
    }

    fn ticket(&self, upload: &UploadRecord) -> Ticket {
        Ticket {
            upload: upload.id,
            offset: upload.received,
            largest_append: self.settings().largest_append_bytes,
        }
    }

    async fn upload_record(&self, id: UploadId) -> Result<Versioned<UploadRecord>, CentralError> {
        self.store().get(&UploadRecord::key_of(id)).await?.ok_or(CentralError::NotFound)
    }

    async fn own_upload(
        &self,
        device: DeviceId,
        id: UploadId,
    ) -> Result<Versioned<UploadRecord>, CentralError> {
        let read = self.upload_record(id).await?;
        if read.record.device == device { Ok(read) } else { Err(CentralError::NotFound) }
    }

    pub(super) async fn own_consent(
        &self,
        device: DeviceId,
        id: ConsentId,
    ) -> Result<Versioned<ConsentRecord>, CentralError> {
        let read = self.consent_record(id).await?;
        if read.record.device == device { Ok(read) } else { Err(CentralError::NotFound) }
    }
}

/// The key of the device that vouches for parcels of this consent; `None` under an artefact of before.
fn vouching_key(consent: &ConsentRecord) -> Result<Option<VerifyingKey>, CentralError> {
    let named = consent.consent.artefact.device_key.as_ref();
    let key = named.map(VerifyingKey::from_jwk).transpose();
    key.map_err(|_| CentralError::Inconsistent("the device key of an artefact"))
}

/// The device's statement that it sealed what it announces. Which envelope that is shows when its bytes have come.
fn sender_of(consent: &ConsentRecord, new: &Announcement) -> Result<Option<CompactJws>, CentralError> {
    let Some(key) = vouching_key(consent)? else { return Ok(None) };
    let statement = new.sender.as_ref().ok_or(CentralError::SenderStatement)?;
    let said = SenderStatement::read(&key, statement).map_err(|_| CentralError::SenderStatement)?;
    let about_it = said.names(&new.kid, new.size_bytes, new.sha256);
    if about_it { Ok(Some(statement.clone())) } else { Err(CentralError::SenderStatement) }
}

fn progress(parcel: &ParcelRecord, upload: &UploadRecord) -> Result<Progress, CentralError> {
    match parcel.parcel.state {
        ParcelState::Expected | ParcelState::Uploading { .. } => {
            Ok(Progress::Partial { offset: upload.received })
        }
        ParcelState::Available { .. } | ParcelState::Notified { .. } | ParcelState::Collected { .. } => {
            Ok(Progress::Complete)
        }
        ParcelState::Erased { cause: mpp_core::ErasureCause::Acknowledged, .. } => Ok(Progress::Complete),
        ParcelState::Expired { .. } | ParcelState::Revoked { .. } | ParcelState::Erased { .. } => {
            Err(CentralError::ParcelGone)
        }
    }
}

/// An upload moves data, so the consent must hold while it goes on.
fn refuse_unless_active(record: &ConsentRecord, now: Timestamp) -> Result<(), CentralError> {
    use mpp_core::ConsentState as State;
    match record.consent.state {
        State::Active if !record.consent.lapsed(now) => Ok(()),
        State::Active | State::Expired { .. } => Err(ScopeViolation::Expired.into()),
        State::Paused { .. } => Err(ScopeViolation::Paused.into()),
        State::Revoked { .. } => Err(ScopeViolation::Revoked.into()),
    }
}

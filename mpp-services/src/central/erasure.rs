//! Step 9: erasing a parcel. Its key goes first, then its bytes, then the receipt is written; every step may be done
//! again, so that whoever comes next finishes what was cut off.

use mpp_core::{ErasureCause, ErasureReceipt, ErasureReceiptId, ParcelId};
use mpp_crypto::jws::{self, CompactJws};
use mpp_store::{LeasedJob, RecordReaderExt, StoreError, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::{Change, PhoneNews};
use super::jobs::Job;
use super::news::{NotificationKind, NotificationSubject, PhoneEventKind};
use super::records::{ParcelRecord, Receipt, UseKind};
use super::requests::of_request;
use super::{CentralError, CentralService};

impl CentralService {
    /// Erases a parcel that was collected, expired or revoked, and gives the receipt: the same one however often.
    pub(super) async fn erase(&self, id: ParcelId) -> Result<CompactJws, CentralError> {
        let read = self.parcel_record(id).await?;
        if let Some(receipt) = read.record.receipt {
            return Ok(receipt.signed);
        }
        if read.record.parcel.state.erasure_cause().is_none() {
            return Err(CentralError::ParcelNotReady);
        }
        self.clear_away(id).await?;
        self.until_settled(|| self.write_receipt(id, None)).await
    }

    /// The same as the job that was begun with the collection, which is done with it.
    pub(super) async fn erase_in_hand(
        &self,
        id: ParcelId,
        job: &LeasedJob,
    ) -> Result<CompactJws, CentralError> {
        self.clear_away(id).await?;
        match self.until_settled(|| self.write_receipt(id, Some(job))).await {
            // it took so long that a worker has taken the job over
            Err(CentralError::Store(StoreError::LeaseLost { .. })) => self.erase(id).await,
            settled => settled,
        }
    }

    /// Destroys a parcel's key, then its bytes; nothing when both are gone.
    pub(super) async fn clear_away(&self, id: ParcelId) -> Result<(), CentralError> {
        self.parts.item_keys.destroy(&id.into()).await.map_err(CentralError::parcels)?;
        self.parts.parcels.remove(id).await.map_err(CentralError::parcels)
    }

    async fn write_receipt(&self, id: ParcelId, job: Option<&LeasedJob>) -> Result<CompactJws, CentralError> {
        let mut change = Change::new(self);
        let mut read = self.parcel_record(id).await?;
        if let Some(job) = job {
            change.complete(job);
        }
        if let Some(receipt) = read.record.receipt {
            change.commit().await?;
            return Ok(receipt.signed);
        }
        let parcel = &read.record.parcel;
        let cause = parcel.state.erasure_cause().ok_or(CentralError::ParcelNotReady)?;
        let receipt = ErasureReceipt {
            id: ErasureReceiptId::generate(self.entropy()),
            parcel: id,
            partner: parcel.partner,
            consent: parcel.consent,
            sha256: parcel.description.as_ref().map(|description| description.sha256),
            cause,
            erased_at: change.now(),
        };
        let signed = jws::sign(self.signing_key(), "mpp-erasure-receipt+jwt", &receipt)?;
        read.record.parcel = parcel.clone().erase(receipt.id, change.now())?;
        read.record.receipt = Some(Receipt { id: receipt.id, signed: signed.clone(), at: change.now() });
        change.update(&read);
        let subject = Subject {
            evidence: Some(mpp_crypto::sha256(signed.as_str().as_bytes())),
            ..of_parcel(&read.record)
        };
        change.audit(Action::ParcelErased, Actor::Central, &subject);
        self.tell_of_erasure(&mut change, &read.record, cause, &signed).await?;
        change.commit().await?;
        Ok(signed)
    }

    /// Nobody is told of a parcel that never was complete: there was nothing to lose.
    async fn tell_of_erasure(
        &self,
        change: &mut Change<'_>,
        record: &ParcelRecord,
        cause: ErasureCause,
        signed: &CompactJws,
    ) -> Result<(), CentralError> {
        let parcel = &record.parcel;
        if parcel.description.is_none() {
            return Ok(());
        }
        change.log_use(parcel.consent, UseKind::Erased, Some(parcel.id));
        let event = match cause {
            ErasureCause::Acknowledged => PhoneEventKind::Delivered,
            ErasureCause::Expired => PhoneEventKind::Expired,
            ErasureCause::Withdrawn => PhoneEventKind::ConsentChanged,
        };
        let consent = self.consent_record(parcel.consent).await?;
        let news = PhoneNews { parcel: Some(parcel.id), erasure_receipt: Some(signed.clone()), reason: None };
        change.tell_phone(record.device, event, &consent.record.consent, news).await?;
        if cause == ErasureCause::Expired {
            change.log_use(parcel.consent, UseKind::Expired, Some(parcel.id));
            let owner = self.partner_record(parcel.partner).await?;
            let data = NotificationSubject {
                consent_id: Some(parcel.consent),
                source: Some(parcel.source.clone()),
                parcel_id: Some(parcel.id),
                ..NotificationSubject::of_request(parcel.request, record.case_ref.clone())
            };
            change.notify(&owner.record, NotificationKind::DataExpired, data).await?;
        }
        Ok(())
    }

    /// A parcel nobody collected, or nobody completed, in time.
    pub(super) async fn expire_parcel(&self, id: ParcelId) -> Result<(), CentralError> {
        let expired = self.until_settled(|| self.try_expire_parcel(id)).await?;
        if expired {
            self.erase(id).await?;
        }
        Ok(())
    }

    async fn try_expire_parcel(&self, id: ParcelId) -> Result<bool, CentralError> {
        let mut change = Change::new(self);
        // an attempt that was given up has taken its parcel's record away
        let Some(mut read) = self.store().get::<ParcelRecord>(&ParcelRecord::key_of(id)).await? else {
            return Ok(false);
        };
        let Ok(expired) = read.record.parcel.clone().expire(change.now()) else { return Ok(false) };
        read.record.parcel = expired;
        change.update(&read);
        if !read.record.was_complete() {
            let mut consent = self.consent_record(read.record.parcel.consent).await?;
            self.forget_fruitless(&mut consent.record, &read.record).await?;
            change.update(&consent);
        }
        change.ask_for(&Job::Erase { parcel: id }, change.now())?;
        change.audit(Action::ParcelExpired, Actor::Central, &of_parcel(&read.record));
        change.commit().await?;
        Ok(true)
    }

    pub(super) async fn parcel_record(&self, id: ParcelId) -> Result<Versioned<ParcelRecord>, CentralError> {
        self.store().get(&ParcelRecord::key_of(id)).await?.ok_or(CentralError::NotFound)
    }
}

pub(super) fn of_parcel(record: &ParcelRecord) -> Subject {
    Subject {
        consent: Some(record.parcel.consent),
        source: Some(record.parcel.source.clone()),
        parcel: Some(record.parcel.id),
        ..of_request(record.parcel.partner, record.parcel.request)
    }
}

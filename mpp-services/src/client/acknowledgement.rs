//! Acknowledging a stored parcel, and keeping central's proof that it erased its copy.

use mpp_core::{
    CaseRef, CollectionAck, ConsentId, DataItemId, ErasureReceipt, ParcelId, Sha256Digest, Timestamp,
};
use mpp_crypto::jws::{self, CompactJws};
use mpp_store::{Cursor, LeasedJob, ListOrder, Page, RecordReaderExt, Versioned};

use super::audit::{Action, Actor, Subject};
use super::change::Change;
use super::keys::Identity;
use super::records::{CollectionRecord, CollectionState};
use super::{ClientError, ClientService};

/// The `typ` of a signed acknowledgement.
pub const COLLECTION_ACK_TYP: &str = "mpp-collection-ack+jwt";
/// The `typ` of central's signed erasure receipt.
pub const ERASURE_RECEIPT_TYP: &str = "mpp-erasure-receipt+jwt";

/// A parcel and what is proven about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectedParcel {
    /// The parcel.
    pub parcel: ParcelId,
    /// What the document is called here.
    pub item: DataItemId,
    /// The consent it came under.
    pub consent: ConsentId,
    /// The case.
    pub case_ref: CaseRef,
    /// `due`, `refused`, `stored`, `acknowledged`, `gone` or `closed`.
    pub state: &'static str,
    /// Why it was refused, as a stable code.
    pub refusal: Option<String>,
    /// When its document was stored here.
    pub opened_at: Option<Timestamp>,
    /// Central's signed erasure receipt.
    pub receipt: Option<CompactJws>,
    /// When central erased its copy.
    pub erased_at: Option<Timestamp>,
}

impl ClientService {
    /// One page of the parcels this server was told of, with the proofs of their erasure at central, oldest first.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn parcels(
        &self,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<CollectedParcel>, ClientError> {
        let page = self.store().all::<CollectionRecord>(ListOrder::OldestFirst, after, limit).await?;
        Ok(Page { items: page.items.into_iter().map(|read| view(read.record)).collect(), next: page.next })
    }

    /// Works on a job that acknowledges.
    pub(super) async fn work_acknowledge(
        &self,
        job: &LeasedJob,
        parcel: ParcelId,
    ) -> Result<(), ClientError> {
        let Some(read) = self.collection(parcel).await? else { return self.done(job).await };
        let CollectionState::Stored { sha256, opened_at } = read.record.state else {
            return self.done(job).await;
        };
        let identity = self.identity().await?;
        let ack = CollectionAck { parcel, sha256, opened_at };
        let ack = jws::sign(&identity.signing, COLLECTION_ACK_TYP, &ack)?;
        let state = match self.central().acknowledge(parcel, &ack).await {
            Err(refusal) if refusal.is_gone() => CollectionState::Closed { sha256, at: self.now() },
            receipt => {
                let receipt = receipt?;
                let erasure = self.check_receipt(&identity, &read.record, sha256, &receipt).await?;
                CollectionState::Acknowledged { sha256, opened_at, receipt, erasure }
            }
        };
        self.until_settled(|| self.keep_proof(job, parcel, &state, sha256)).await
    }

    /// The receipt must be signed by central and be about this very parcel.
    async fn check_receipt(
        &self,
        identity: &Identity,
        record: &CollectionRecord,
        sha256: Sha256Digest,
        receipt: &CompactJws,
    ) -> Result<ErasureReceipt, ClientError> {
        let erasure: ErasureReceipt = self
            .said_by_central(ERASURE_RECEIPT_TYP, receipt)
            .await?
            .map_err(|_| ClientError::Receipt("it is not signed by a trusted key of central"))?;
        let about_it = erasure.parcel == record.parcel
            && erasure.consent == record.consent
            && erasure.partner == identity.record.partner
            && erasure.sha256.is_none_or(|erased| erased == sha256);
        if about_it { Ok(erasure) } else { Err(ClientError::Receipt("it is about something else")) }
    }

    /// The proof of the collection and this server's own note of the use are one commit. Parcels of one fetch share the
    /// note, so that another may have changed it meanwhile.
    async fn keep_proof(
        &self,
        job: &LeasedJob,
        parcel: ParcelId,
        state: &CollectionState,
        sealed: Sha256Digest,
    ) -> Result<(), ClientError> {
        let stored =
            |read: &Versioned<CollectionRecord>| matches!(read.record.state, CollectionState::Stored { .. });
        let Some(mut read) = self.collection(parcel).await?.filter(stored) else {
            return self.done(job).await;
        };
        let mut change = Change::new(self);
        let evidence = match state {
            CollectionState::Acknowledged { receipt, .. } => {
                Some(mpp_crypto::sha256(receipt.as_str().as_bytes()))
            }
            _ => None,
        };
        let action = if evidence.is_some() { Action::ErasureProven } else { Action::ParcelGone };
        let subject = Subject {
            parcel: Some(read.record.parcel),
            consent: Some(read.record.consent),
            item: Some(read.record.item),
            evidence,
            ..Subject::default()
        };
        self.note_collected(&mut change, &read.record, sealed).await?;
        read.record.state = state.clone();
        change.update(&read);
        change.audit(action, &Actor::Server, &subject);
        change.complete(job);
        change.commit().await
    }
}

fn view(record: CollectionRecord) -> CollectedParcel {
    let refusal = match &record.state {
        CollectionState::Refused { code, .. } => Some(code.clone()),
        CollectionState::Due
        | CollectionState::Stored { .. }
        | CollectionState::Acknowledged { .. }
        | CollectionState::Gone { .. }
        | CollectionState::Closed { .. } => None,
    };
    let (state, opened_at, receipt, erased_at) = match record.state {
        CollectionState::Due => ("due", None, None, None),
        CollectionState::Refused { .. } => ("refused", None, None, None),
        CollectionState::Stored { opened_at, .. } => ("stored", Some(opened_at), None, None),
        CollectionState::Acknowledged { opened_at, receipt, erasure, .. } => {
            ("acknowledged", Some(opened_at), Some(receipt), Some(erasure.erased_at))
        }
        CollectionState::Gone { .. } => ("gone", None, None, None),
        CollectionState::Closed { .. } => ("closed", None, None, None),
    };
    CollectedParcel {
        parcel: record.parcel,
        item: record.item,
        consent: record.consent,
        case_ref: record.case_ref,
        state,
        refusal,
        opened_at,
        receipt,
        erased_at,
    }
}

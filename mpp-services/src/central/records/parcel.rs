//! Parcels and the uploads that fill them.

use mpp_core::{
    CaseRef, DeviceId, ErasureReceiptId, FetchId, Parcel, ParcelId, ProductId, Sha256Digest, SourceKind,
    Timestamp, UploadId,
};
use mpp_crypto::jws::CompactJws;
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;

/// A parcel with what belongs to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct ParcelRecord {
    /// The parcel itself.
    pub(in crate::central) parcel: Parcel,
    /// The device its consent was given on.
    pub(in crate::central) device: DeviceId,
    /// Under which product.
    pub(in crate::central) product: ProductId,
    /// The partner's own reference of the case.
    pub(in crate::central) case_ref: CaseRef,
    /// What sort of source it comes from.
    pub(in crate::central) kind: SourceKind,
    /// The fetch of a phone it is part of; several parcels may share one.
    #[serde(default)]
    pub(in crate::central) fetch: Option<FetchId>,
    /// The upload that fills it, where a phone does.
    pub(in crate::central) upload: Option<UploadId>,
    /// Who sealed it says so: a sender statement by central for what central fetched, by the device's key for what a phone
    /// uploads under an artefact that names that key. A program of before wrote another kind for central.
    pub(in crate::central) sender: Option<CompactJws>,
    /// The partner's signed acknowledgement.
    pub(in crate::central) acknowledgement: Option<CompactJws>,
    /// The receipt of erasure, named when the erasure is decided so that a repeat gives the same one.
    pub(in crate::central) receipt: Option<Receipt>,
}

/// A receipt of erasure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct Receipt {
    /// The receipt's name.
    pub(in crate::central) id: ErasureReceiptId,
    /// The receipt, signed by central.
    pub(in crate::central) signed: CompactJws,
    /// When the erasure was done.
    pub(in crate::central) at: Timestamp,
}

impl ParcelRecord {
    pub(in crate::central) fn key_of(id: ParcelId) -> RecordKey {
        RecordKey::new(id)
    }

    /// Whether all its bytes have once been here.
    pub(in crate::central) const fn was_complete(&self) -> bool {
        self.parcel.description.is_some()
    }

    /// Whether bytes or keys may still be here.
    pub(in crate::central) const fn kept(&self) -> bool {
        self.receipt.is_none()
    }
}

impl Record for ParcelRecord {
    const KIND: RecordKind = RecordKind::new("parcel");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.parcel.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let mut entries = vec![
            IndexEntry::shared(index::CONSENT, self.parcel.consent),
            IndexEntry::shared(index::PARTNER, self.parcel.partner),
        ];
        if self.kept() {
            entries.push(IndexEntry::shared(index::KEPT, "yes"));
        }
        entries
    }
}

/// An upload of a parcel by a phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct UploadRecord {
    /// The upload.
    pub(in crate::central) id: UploadId,
    /// The parcel it fills.
    pub(in crate::central) parcel: ParcelId,
    /// The device that uploads.
    pub(in crate::central) device: DeviceId,
    /// The announced size in bytes.
    pub(in crate::central) size: u64,
    /// The announced digest.
    pub(in crate::central) sha256: Sha256Digest,
    /// How many bytes are safely stored.
    pub(in crate::central) received: u64,
    /// In how many parts.
    pub(in crate::central) parts: u32,
}

impl UploadRecord {
    pub(in crate::central) fn key_of(id: UploadId) -> RecordKey {
        RecordKey::new(id)
    }
}

impl Record for UploadRecord {
    const KIND: RecordKind = RecordKind::new("upload");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.id)
    }
}

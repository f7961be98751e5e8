//! Receipts: what a customer keeps about a consent, and what proves that a parcel was collected and erased.

mod consent_receipt;

use serde::{Deserialize, Serialize};

use crate::{ConsentId, ErasureReceiptId, ParcelId, PartnerId, Sha256Digest, Timestamp};

pub use consent_receipt::{
    ConsentReceipt, ReceiptContext, ReceiptEvent, ReceiptParty, ReceiptPartyRole, ReceiptProcessing,
    ReceiptPurpose,
};

/// Why a parcel was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureCause {
    /// The partner acknowledged it.
    Acknowledged,
    /// The partner did not collect it in time.
    Expired,
    /// The customer withdrew the consent.
    Withdrawn,
}

/// What central signs when a parcel's key and bytes are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErasureReceipt {
    /// The receipt.
    pub id: ErasureReceiptId,
    /// What is gone.
    pub parcel: ParcelId,
    /// For whom it was.
    pub partner: PartnerId,
    /// The consent it rested on.
    pub consent: ConsentId,
    /// The digest of the sealed bytes that are gone; absent when the parcel never became complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Digest>,
    /// Why.
    pub cause: ErasureCause,
    /// When.
    pub erased_at: Timestamp,
}

/// What a client server signs when it holds, has opened and has stored a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CollectionAck {
    /// Which parcel.
    pub parcel: ParcelId,
    /// The digest of the sealed bytes it opened.
    pub sha256: Sha256Digest,
    /// When it opened them.
    pub opened_at: Timestamp,
}

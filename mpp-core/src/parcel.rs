//! A parcel: sealed bytes for one partner from one source, for as long as central keeps them.
//!
//! | state | receive | discard | complete | notify | collect | expire | revoke | erase |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | expected | uploading | - | available | - | - | expired | revoked | - |
//! | uploading | uploading | expected | available | - | - | expired | revoked | - |
//! | available | - | - | - | notified | collected | expired | revoked | - |
//! | notified | - | - | - | - | collected | expired | revoked | - |
//! | collected | - | - | - | - | - | - | - | erased |
//! | expired | - | - | - | - | - | - | - | erased |
//! | revoked | - | - | - | - | - | - | - | erased |
//! | erased | - | - | - | - | - | - | - | - |
//!
//! `collect` is the partner's signed acknowledgement, not the download: until then the partner may download
//! again. Collected, expired and revoked parcels are no longer handed out; their keys are destroyed, then
//! their bytes, then `erase` writes down the receipt. On a [`Parcel`], `receive` and `complete` are refused
//! from its expiry on and `expire` before it.

mod state;

use serde::{Deserialize, Serialize};

use crate::{
    ConsentId, ConsentRequestId, ContentType, ErasureReceiptId, InvalidTransition, Kid, ParcelId, PartnerId,
    Sha256Digest, Source, Timestamp,
};

pub use state::ParcelState;

/// What a parcel holds, as far as central can know without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParcelDescription {
    /// The length of the sealed bytes.
    pub size_bytes: u64,
    /// The digest of the sealed bytes.
    pub sha256: Sha256Digest,
    /// The media type of the document inside, as the envelope's header says.
    pub content_type: ContentType,
}

/// A parcel as central keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Parcel {
    /// The parcel.
    pub id: ParcelId,
    /// The consent it rests on.
    pub consent: ConsentId,
    /// The request the consent answers.
    pub request: ConsentRequestId,
    /// For whom.
    pub partner: PartnerId,
    /// From where.
    pub source: Source,
    /// The partner's key it is sealed to.
    pub kid: Kid,
    /// What it holds, once complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<ParcelDescription>,
    /// Where it stands.
    pub state: ParcelState,
    /// From when on it is no longer kept.
    pub expires_at: Timestamp,
}

impl Parcel {
    /// More bytes have come: `received` of them so far.
    ///
    /// # Errors
    /// Unless expected or uploading, and from the expiry on.
    pub fn receive(self, received_bytes: u64, now: Timestamp) -> Result<Self, InvalidTransition> {
        self.refuse_if_lapsed("receive", now)?;
        Ok(Self { state: self.state.receive(received_bytes)?, ..self })
    }

    /// The bytes that came are of no use (wrong digest, wrong key): the upload begins anew.
    ///
    /// # Errors
    /// Unless uploading.
    pub fn discard(self) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.discard()?, ..self })
    }

    /// All bytes are here and agree with `description`.
    ///
    /// # Errors
    /// Unless expected or uploading, and from the expiry on.
    pub fn complete(self, description: ParcelDescription, now: Timestamp) -> Result<Self, InvalidTransition> {
        self.refuse_if_lapsed("complete", now)?;
        Ok(Self { state: self.state.complete(now)?, description: Some(description), ..self })
    }

    /// The partner has been told.
    ///
    /// # Errors
    /// Unless available.
    pub fn notify(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.notify(now)?, ..self })
    }

    /// The partner acknowledged with its signature that it holds and opened the parcel.
    ///
    /// # Errors
    /// Unless available or notified.
    pub fn collect(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.collect(now)?, ..self })
    }

    /// The parcel's time has run out.
    ///
    /// # Errors
    /// Before its expiry, and when it is collected, expired, revoked or erased.
    pub fn expire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        if now < self.expires_at {
            return Err(InvalidTransition::new(ParcelState::MACHINE, self.state.state_name(), "expire"));
        }
        Ok(Self { state: self.state.expire(now)?, ..self })
    }

    /// The consent behind the parcel was withdrawn.
    ///
    /// # Errors
    /// When it is collected, expired, revoked or erased.
    pub fn revoke(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.revoke(now)?, ..self })
    }

    /// Keys and bytes are gone and `receipt` says so.
    ///
    /// # Errors
    /// Unless collected, expired or revoked.
    pub fn erase(self, receipt: ErasureReceiptId, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.erase(receipt, now)?, ..self })
    }

    fn refuse_if_lapsed(&self, event: &'static str, now: Timestamp) -> Result<(), InvalidTransition> {
        if self.state.may_still_grow() && now >= self.expires_at {
            return Err(InvalidTransition::new(ParcelState::MACHINE, "expired", event));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

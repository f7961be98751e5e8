//! The consent screen, checked before anybody sees it.

use bytes::Bytes;
use mpp_api::central::ConsentScreen;
use mpp_core::{PartnerKeyRecord, Sha256Digest, Source, Timestamp};
use mpp_crypto::EnvelopePublicKey;
use mpp_crypto::jws::{self, CompactJws};
use mpp_crypto::keys::VerifyingKey;

use crate::Decisions;

/// The kind of a partner key record.
const KEY_RECORD: &str = "mpp-partner-key+jwt";

/// A screen that can be trusted: the recipient's key is vouched for by a pinned central key.
#[derive(Debug, Clone)]
pub struct Screen {
    content: ConsentScreen,
    digest: Sha256Digest,
    recipient: PartnerKeyRecord,
    sources: Vec<Source>,
}

/// Why a screen must not be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScreenFault {
    /// It is not a screen of the promised form.
    #[error("the consent request could not be read")]
    Form,
    /// No pinned central key signed the recipient's key record, or the record was altered.
    #[error("the recipient's key is not vouched for")]
    NotVouchedFor,
    /// The recipient's key is not valid now.
    #[error("the recipient's key is not valid at this time")]
    KeyNotValid,
    /// The record's key and its name do not fit together, or the key is no envelope key.
    #[error("the recipient's key is not what it claims to be")]
    KeyNotItself,
    /// The screen names another recipient than the key record.
    #[error("the recipient's name is not the one its key was issued to")]
    OtherRecipient,
    /// An item stands twice, or there is none.
    #[error("the items of the consent request contradict each other")]
    Items,
}

impl Screen {
    /// Checks the bytes a screen arrived in.
    ///
    /// # Errors
    /// The first fault found.
    pub(crate) fn check(bytes: &Bytes, pinned: &[VerifyingKey], now: Timestamp) -> Result<Self, ScreenFault> {
        let content: ConsentScreen = serde_json::from_slice(bytes).map_err(|_| ScreenFault::Form)?;
        let recipient = vouched_for(&content.partner_key_record, pinned)?;
        if !recipient.valid_at(now) {
            return Err(ScreenFault::KeyNotValid);
        }
        let key = EnvelopePublicKey::from_jwk(&recipient.key).map_err(|_| ScreenFault::KeyNotItself)?;
        if *key.kid() != recipient.kid {
            return Err(ScreenFault::KeyNotItself);
        }
        if recipient.partner_name != content.partner_name {
            return Err(ScreenFault::OtherRecipient);
        }
        let sources = sources(&content)?;
        Ok(Self { content, digest: mpp_crypto::sha256(bytes), recipient, sources })
    }

    /// What to show.
    #[must_use]
    pub const fn content(&self) -> &ConsentScreen {
        &self.content
    }

    /// Whom the data would go to, and the key it would be sealed to.
    #[must_use]
    pub const fn recipient(&self) -> &PartnerKeyRecord {
        &self.recipient
    }

    /// The digest of the exact bytes, which the approval binds.
    #[must_use]
    pub const fn digest(&self) -> Sha256Digest {
        self.digest
    }

    /// The items, all undecided.
    #[must_use]
    pub fn decisions(&self) -> Decisions {
        Decisions::open_for(self.sources.iter().cloned())
    }
}

fn vouched_for(record: &str, pinned: &[VerifyingKey]) -> Result<PartnerKeyRecord, ScreenFault> {
    let jws: CompactJws = record.parse().map_err(|_| ScreenFault::NotVouchedFor)?;
    let key = pinned.iter().find(|key| key.kid() == jws.kid()).ok_or(ScreenFault::NotVouchedFor)?;
    jws::verify(key, KEY_RECORD, &jws).map_err(|_| ScreenFault::NotVouchedFor)
}

fn sources(content: &ConsentScreen) -> Result<Vec<Source>, ScreenFault> {
    let mut sources: Vec<Source> = Vec::with_capacity(content.items.len());
    for item in &content.items {
        let source = item.source.parse().map_err(|_| ScreenFault::Form)?;
        if sources.contains(&source) {
            return Err(ScreenFault::Items);
        }
        sources.push(source);
    }
    if sources.is_empty() { Err(ScreenFault::Items) } else { Ok(sources) }
}

#[cfg(test)]
mod tests;

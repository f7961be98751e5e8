//! The way from a registered partner to one with keys.

use mpp_core::{Kid, PartnerId, PublicJwk, Sha256Digest, Timestamp};
use mpp_store::{IndexEntry, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};

use super::index;

/// A one-time enrolment token, known by its digest only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct EnrolmentTokenRecord {
    /// The digest of the secret.
    pub(in crate::central) sha256: Sha256Digest,
    /// Whose keys it enrols.
    pub(in crate::central) partner: PartnerId,
    /// Until when.
    pub(in crate::central) expires_at: Timestamp,
    /// When it was used, if it was.
    pub(in crate::central) used_at: Option<Timestamp>,
}

impl EnrolmentTokenRecord {
    pub(in crate::central) fn key_of(sha256: &Sha256Digest) -> RecordKey {
        RecordKey::new(sha256)
    }

    pub(in crate::central) fn usable(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}

impl Record for EnrolmentTokenRecord {
    const KIND: RecordKind = RecordKind::new("enrolment-token");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.sha256)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(index::PARTNER, self.partner)]
    }
}

/// Keys that were offered, and the digest of the bytes their owner has to read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::central) struct ChallengeRecord {
    /// Names the challenge: 32 hexadecimal digits.
    pub(in crate::central) id: String,
    /// The token it was asked for with.
    pub(in crate::central) token: Sha256Digest,
    /// Whose keys.
    pub(in crate::central) partner: PartnerId,
    /// The offered envelope key.
    pub(in crate::central) envelope_key: PublicJwk,
    /// The offered signing key.
    pub(in crate::central) signing_key: PublicJwk,
    /// The digest of the bytes that were sealed.
    pub(in crate::central) answer: Sha256Digest,
    /// Until when an answer is taken.
    pub(in crate::central) expires_at: Timestamp,
    /// The envelope key's name, once enrolled by this challenge.
    pub(in crate::central) enrolled: Option<Kid>,
}

impl ChallengeRecord {
    pub(in crate::central) fn key_of(id: &str) -> RecordKey {
        RecordKey::new(id)
    }
}

impl Record for ChallengeRecord {
    const KIND: RecordKind = RecordKind::new("enrolment-challenge");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.id)
    }
}

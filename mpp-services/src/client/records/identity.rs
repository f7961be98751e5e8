//! Who this server is: its keys, sealed, and what central says of them.

use crate::client::keys::PEM;
use crate::client::rotating::TOKEN;
use mpp_core::{Kid, PartnerId, PublicJwk, Sha256Digest, StaffId, Timestamp};
use mpp_crypto::at_rest::SealedField;
use mpp_crypto::jws::CompactJws;
use mpp_store::{Record, RecordKey, RecordKind, SealedRecord};
use serde::{Deserialize, Serialize};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::client) enum KeyUse {
    /// Everything from central and the phones is sealed to it.
    Envelope,
    /// Signs requests to central and acknowledgements.
    Signing,
    /// Signs notifications to the application.
    Webhook,
}

/// A private key of this server, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct KeyRecord {
    pub(in crate::client) kid: Kid,
    pub(in crate::client) key_use: KeyUse,
    /// PKCS#8 PEM.
    pub(in crate::client) pem: SealedField,
    pub(in crate::client) made_at: Timestamp,
    /// What central said of it when it was enrolled, where that was written down with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) enrolment: Option<KeyEnrolment>,
    /// When another key took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) replaced_at: Option<Timestamp>,
}

/// The enrolment of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct KeyEnrolment {
    /// The partner key record that names it, signed by central; for envelope keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::client) key_record: Option<CompactJws>,
    pub(in crate::client) at: Timestamp,
    pub(in crate::client) by: StaffId,
}

impl KeyRecord {
    pub(in crate::client) fn key_of(kid: &Kid) -> RecordKey {
        RecordKey::new(kid)
    }
}

impl Record for KeyRecord {
    const KIND: RecordKind = RecordKind::new("client-key");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.kid)
    }
}

impl SealedRecord for KeyRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(PEM, &mut self.pem)]
    }
}

/// Keys offered under a token and not yet enrolled: a repeat after a lost answer offers the same keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct OfferRecord {
    pub(in crate::client) token_sha256: Sha256Digest,
    pub(in crate::client) envelope_kid: Kid,
    pub(in crate::client) signing_kid: Kid,
    pub(in crate::client) offered_by: StaffId,
    pub(in crate::client) offered_at: Timestamp,
}

impl OfferRecord {
    pub(in crate::client) fn the_only() -> RecordKey {
        RecordKey::from("offer")
    }
}

impl Record for OfferRecord {
    const KIND: RecordKind = RecordKind::new("client-key-offer");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::the_only()
    }
}

/// New keys that somebody proposed to enrol and nobody else has agreed to yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct RotationRecord {
    /// The token from central, sealed: whoever has it can enrol keys of their own.
    pub(in crate::client) token: SealedField,
    pub(in crate::client) proposed_by: StaffId,
    pub(in crate::client) proposed_at: Timestamp,
}

impl RotationRecord {
    pub(in crate::client) fn the_only() -> RecordKey {
        RecordKey::from("rotation")
    }
}

impl Record for RotationRecord {
    const KIND: RecordKind = RecordKind::new("client-key-rotation");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::the_only()
    }
}

impl SealedRecord for RotationRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(TOKEN, &mut self.token)]
    }
}

/// That a key is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct KeyBackupRecord {
    pub(in crate::client) kid: Kid,
    /// When the last backup with it was made and looked through.
    pub(in crate::client) at: Timestamp,
    /// The id of the ring file it is in.
    pub(in crate::client) ring: String,
}

impl KeyBackupRecord {
    pub(in crate::client) fn key_of(kid: &Kid) -> RecordKey {
        RecordKey::new(kid)
    }
}

impl Record for KeyBackupRecord {
    const KIND: RecordKind = RecordKind::new("client-key-backup");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(&self.kid)
    }
}

/// The identity in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::client) struct IdentityRecord {
    pub(in crate::client) partner: PartnerId,
    pub(in crate::client) envelope_kid: Kid,
    pub(in crate::client) signing_kid: Kid,
    /// The partner key record, signed by central.
    pub(in crate::client) key_record: CompactJws,
    /// Keys with which central signs, trusted since the enrolment; unused where keys are pinned.
    pub(in crate::client) central_signing: Vec<PublicJwk>,
    /// What central's earlier keys said of those after them, as central told it last. Counts for what keys that are pinned or
    /// trusted since the enrolment lead to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::client) central_successions: Vec<CompactJws>,
    /// Keys with which central signs notifications.
    pub(in crate::client) central_notification: Vec<PublicJwk>,
    /// The token of the enrolment, as a digest: a repeat gets the same answer.
    pub(in crate::client) token_sha256: Sha256Digest,
    pub(in crate::client) enrolled_by: StaffId,
    pub(in crate::client) enrolled_at: Timestamp,
}

impl IdentityRecord {
    pub(in crate::client) fn the_only() -> RecordKey {
        RecordKey::from("identity")
    }
}

impl Record for IdentityRecord {
    const KIND: RecordKind = RecordKind::new("client-identity");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::the_only()
    }
}

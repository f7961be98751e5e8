//! Who this server is: its keys, sealed, and what central says of them.

use crate::client::keys::PEM;
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

//! Logins and sessions as they are stored.

use mpp_core::{CustomerRef, Kid, LoginId, PublicJwk, Timestamp};
use mpp_crypto::at_rest::SealedField;
use mpp_store::{IndexEntry, IndexName, Record, RecordKey, RecordKind, SealedRecord};
use serde::{Deserialize, Serialize};

use super::sealing::{Place, Sealed};

const WHO: &str = "who";

/// Where a login stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LoginStanding {
    /// The code is awaited.
    Waiting,
    /// The code was given and a session opened.
    Used,
    /// The code was wrong too often.
    Locked,
}

/// A login.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LoginRecord {
    pub(super) id: LoginId,
    pub(super) customer: CustomerRef,
    pub(super) who: Sealed,
    pub(super) code_hash: String,
    pub(super) device_key: PublicJwk,
    pub(super) tries_left: u8,
    pub(super) standing: LoginStanding,
    pub(super) started_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

impl LoginRecord {
    pub(super) const BY_CUSTOMER: IndexName = IndexName::new("customer");

    pub(super) fn who_place(id: LoginId) -> Place {
        Place::new("private-share-login", id, WHO)
    }

    /// The login with one try less, locked when none is left.
    pub(super) fn after_wrong_code(self) -> Self {
        let tries_left = self.tries_left.saturating_sub(1);
        let standing = if tries_left == 0 { LoginStanding::Locked } else { self.standing };
        Self { tries_left, standing, ..self }
    }
}

impl Record for LoginRecord {
    const KIND: RecordKind = RecordKind::new("private-share-login");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(Self::BY_CUSTOMER, &self.customer)]
    }
}

impl SealedRecord for LoginRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(WHO, &mut self.who)]
    }
}

/// A session, under the keyed hash of its bearer key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CustomerSessionRecord {
    pub(super) name: String,
    pub(super) customer: CustomerRef,
    pub(super) who: Sealed,
    pub(super) device_key: PublicJwk,
    pub(super) device_kid: Kid,
    pub(super) expires_at: Timestamp,
}

impl CustomerSessionRecord {
    pub(super) const BY_DEVICE: IndexName = IndexName::new("device");

    pub(super) fn who_place(name: &str) -> Place {
        Place::new("private-share-session", name, WHO)
    }
}

impl Record for CustomerSessionRecord {
    const KIND: RecordKind = RecordKind::new("private-share-session");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(&self.name)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![IndexEntry::shared(Self::BY_DEVICE, &self.device_kid)]
    }
}

impl SealedRecord for CustomerSessionRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(WHO, &mut self.who)]
    }
}

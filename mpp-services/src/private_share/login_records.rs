//! Logins and sessions as they are stored.

use mpp_core::{CustomerRef, Kid, LoginId, PublicJwk, Span, Timestamp};
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
    /// Nothing asks by it any more. It stays until the record's next form: logins of before have it.
    const BY_CUSTOMER: IndexName = IndexName::new("customer");

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

/// When a customer asked for codes lately. Every start changes it together with writing down its login, so that starts
/// at the same moment are all counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LoginStartsRecord {
    customer: CustomerRef,
    starts: Vec<Timestamp>,
}

impl LoginStartsRecord {
    /// A customer who has not asked for a code.
    pub(super) const fn none_of(customer: CustomerRef) -> Self {
        Self { customer, starts: Vec::new() }
    }

    /// With one start more; when there were `most` within `window` already, the instant at which there can be one again.
    pub(super) fn with_one(mut self, now: Timestamp, window: Span, most: usize) -> Result<Self, Timestamp> {
        self.starts.retain(|start| counts(*start, now, window));
        self.starts.sort_unstable();
        let over = self.starts.len().saturating_add(1).saturating_sub(most);
        if let Some(last_over) = over.checked_sub(1) {
            let start = self.starts.get(last_over).copied().unwrap_or(now);
            return Err(start.plus(window));
        }
        self.starts.push(now);
        Ok(self)
    }

    /// Whether nothing in it counts any more.
    pub(super) fn is_over(&self, now: Timestamp, window: Span) -> bool {
        !self.starts.iter().any(|start| counts(*start, now, window))
    }
}

fn counts(start: Timestamp, now: Timestamp, window: Span) -> bool {
    start > now.minus(window)
}

impl Record for LoginStartsRecord {
    const KIND: RecordKind = RecordKind::new("private-share-login-starts");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        RecordKey::new(&self.customer)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        Vec::new()
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

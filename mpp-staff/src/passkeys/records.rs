//! Passkeys and begun ceremonies as they are kept.

use mpp_core::{PasskeyId, Sha256Digest, Span, StaffId, StaffSessionId, Timestamp};
use mpp_crypto::at_rest::SealedField;
use mpp_store::{IndexEntry, IndexName, Record, RecordKey, RecordKind, SealedRecord};
use serde::{Deserialize, Serialize};

/// By account.
pub(super) const BY_STAFF: IndexName = IndexName::new("staff");
/// By the digest of what the authenticator calls the credential.
pub(super) const BY_CREDENTIAL: IndexName = IndexName::new("credential");
/// How long a challenge is good.
pub(super) const CHALLENGE_LIFE: Span = Span::from_seconds(5 * 60);

/// Bytes, as hexadecimal in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct HexBytes(pub(super) Vec<u8>);

impl TryFrom<String> for HexBytes {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        hex::decode(text).map(Self)
    }
}

impl From<HexBytes> for String {
    fn from(bytes: HexBytes) -> Self {
        hex::encode(bytes.0)
    }
}

/// A passkey. Its public key is no secret, and what names the person to the authenticator is random.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PasskeyRecord {
    pub(super) id: PasskeyId,
    pub(super) staff: StaffId,
    /// What the person calls it, sealed: people write whose telephone it is.
    pub(super) name: SealedField,
    /// What the authenticator calls it.
    pub(super) credential: HexBytes,
    pub(super) credential_sha256: Sha256Digest,
    /// What the authenticator calls the account: 64 random bytes, the same for all passkeys of an account.
    pub(super) handle: HexBytes,
    /// The public key, and what else never changes, in the form of the library.
    pub(super) key: HexBytes,
    /// The sign counter, and what else changes, in the form of the library.
    pub(super) standing: HexBytes,
    pub(super) added_at: Timestamp,
    pub(super) used_at: Option<Timestamp>,
}

impl PasskeyRecord {
    pub(super) const NAME: &'static str = "name";

    pub(super) fn key_of(id: PasskeyId) -> RecordKey {
        RecordKey::new(id)
    }
}

impl Record for PasskeyRecord {
    const KIND: RecordKind = RecordKind::new("passkey");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.id)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        vec![
            IndexEntry::shared(BY_STAFF, &self.staff),
            IndexEntry::unique(BY_CREDENTIAL, self.credential_sha256),
        ]
    }
}

impl SealedRecord for PasskeyRecord {
    fn sealed_fields(&mut self) -> Vec<(&'static str, &mut SealedField)> {
        vec![(Self::NAME, &mut self.name)]
    }
}

/// What a challenge was drawn for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(super) enum Purpose {
    /// Adding a passkey to an account, from within one session.
    Adding { staff: StaffId, session: StaffSessionId, handle: HexBytes },
    /// Signing in; who it is says the passkey.
    SigningIn,
}

/// A challenge that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CeremonyRecord {
    /// The digest of the key that the browser holds.
    pub(super) key_sha256: Sha256Digest,
    pub(super) purpose: Purpose,
    /// Challenge and what was asked for, in the form of the library.
    pub(super) state: HexBytes,
    pub(super) until: Timestamp,
}

impl CeremonyRecord {
    pub(super) fn key_of(key_sha256: Sha256Digest) -> RecordKey {
        RecordKey::new(key_sha256)
    }

    /// Whether it is too late for an answer.
    pub(crate) fn over(&self, now: Timestamp) -> bool {
        now >= self.until
    }
}

impl Record for CeremonyRecord {
    const KIND: RecordKind = RecordKind::new("passkey-ceremony");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.key_sha256)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        Vec::new()
    }
}

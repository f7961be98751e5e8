//! Sessions: what a signed-in browser holds.

use std::fmt;

use mpp_core::{Entropy, Sha256Digest, Span, StaffId, StaffSessionId, Timestamp, draw};
use mpp_crypto::sha256;
use mpp_store::{IndexEntry, IndexName, Record, RecordKey, RecordKind};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Action, NotAllowed, Role, decide};

/// The longest a session lasts.
pub(crate) const LONGEST: Span = Span::from_hours(12);
/// The longest it lasts without being used.
pub(crate) const IDLE: Span = Span::from_seconds(30 * 60);
/// How exactly its use is noted.
pub(crate) const NOTED_EVERY: Span = Span::from_seconds(60);
/// By account.
pub(crate) const BY_STAFF: IndexName = IndexName::new("staff");
/// By the session's own name.
pub(crate) const BY_ID: IndexName = IndexName::new("session");
/// By the identity at a provider that it was opened with.
pub(crate) const BY_IDENTITY: IndexName = IndexName::new("identity");
/// By the provider's own session that it was opened in.
pub(crate) const BY_PROVIDER_SESSION: IndexName = IndexName::new("provider-session");

/// What begins every session key, so that a leaked one is recognised.
const PREFIX: &str = "mpps_";

/// The secret of a session: sent with every call, kept by the server as a digest only.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey(Zeroizing<String>);

impl SessionKey {
    pub(crate) fn draw(entropy: &dyn Entropy) -> Self {
        let random = Zeroizing::new(draw::<32>(entropy));
        Self(Zeroizing::new(format!("{PREFIX}{}", hex::encode(random.as_slice()))))
    }

    /// The key's text, to be given out once.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }

    pub(crate) fn digest_of(key: &str) -> Option<Sha256Digest> {
        key.starts_with(PREFIX).then(|| sha256(key.as_bytes()))
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// Somebody who proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub id: StaffId,
    /// What the person is there for.
    pub roles: Vec<Role>,
    /// The session; absent for a bearer key of the configuration.
    pub session: Option<StaffSessionId>,
}

impl Person {
    /// A bearer key of the configuration: for first steps and for programs. It may do everything.
    #[must_use]
    pub fn with_configured_key(id: StaffId) -> Self {
        Self { id, roles: Role::ALL.to_vec(), session: None }
    }

    /// Goes on only if the person may do this.
    ///
    /// # Errors
    /// [`NotAllowed`].
    pub fn require(&self, action: Action) -> Result<(), NotAllowed> {
        decide(&self.roles, action)
    }
}

/// A session, as its owner and administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// The session.
    pub id: StaffSessionId,
    /// Whose.
    pub staff: StaffId,
    /// Since when.
    pub since: Timestamp,
    /// When it was used last, to the minute.
    pub seen: Timestamp,
    /// Until when at most.
    pub until: Timestamp,
}

/// How the person of a session proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameBy {
    /// With something of this desk's: password, passkey, invitation.
    OwnProof,
    /// Through the provider.
    Provider,
}

/// What a provider knows somebody by who came through it, as digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ProviderMarks {
    /// Issuer and subject: what the account is bound to.
    pub(crate) identity: Sha256Digest,
    /// Issuer and the provider's own session, when it named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<Sha256Digest>,
}

impl ProviderMarks {
    /// Under these, what was opened is found when the provider says that somebody signed out.
    pub(crate) fn index_entries(&self) -> Vec<IndexEntry> {
        let session = self.session.iter().map(|session| IndexEntry::shared(BY_PROVIDER_SESSION, session));
        [IndexEntry::shared(BY_IDENTITY, self.identity)].into_iter().chain(session).collect()
    }

    /// Under these names the provider may have said that it is over: the person everywhere, the session, the session if it is
    /// the person's.
    pub(crate) fn over_as(&self) -> Vec<Sha256Digest> {
        let session = self.session.iter().flat_map(|session| [*session, session_of(session, &self.identity)]);
        [self.identity].into_iter().chain(session).collect()
    }
}

/// The name of a session at the provider that is over only if it is this person's.
pub(crate) fn session_of(session: &Sha256Digest, identity: &Sha256Digest) -> Sha256Digest {
    sha256(format!("{session}\n{identity}").as_bytes())
}

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SessionRecord {
    pub(crate) key_sha256: Sha256Digest,
    pub(crate) id: StaffSessionId,
    pub(crate) staff: StaffId,
    pub(crate) since: Timestamp,
    pub(crate) seen: Timestamp,
    /// Through which identity and session at the provider the person came; absent with a password or passkey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) through: Option<ProviderMarks>,
}

impl SessionRecord {
    pub(crate) fn key_of(key_sha256: Sha256Digest) -> RecordKey {
        RecordKey::new(key_sha256)
    }

    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        now.since(self.since) < LONGEST && now.since(self.seen) < IDLE
    }

    pub(crate) const fn came_by(&self) -> CameBy {
        if self.through.is_some() { CameBy::Provider } else { CameBy::OwnProof }
    }

    pub(crate) fn view(&self) -> OpenSession {
        OpenSession {
            id: self.id,
            staff: self.staff.clone(),
            since: self.since,
            seen: self.seen,
            until: self.since.plus(LONGEST),
        }
    }
}

impl Record for SessionRecord {
    const KIND: RecordKind = RecordKind::new("staff-session");
    const FORM: u16 = 1;

    fn key(&self) -> RecordKey {
        Self::key_of(self.key_sha256)
    }

    fn index_entries(&self) -> Vec<IndexEntry> {
        let own = [IndexEntry::shared(BY_STAFF, &self.staff), IndexEntry::unique(BY_ID, self.id)];
        own.into_iter().chain(self.through.iter().flat_map(ProviderMarks::index_entries)).collect()
    }
}

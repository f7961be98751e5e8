//! What the audit log says of people and sessions: account names, times, stable words.

use mpp_core::{StaffId, Timestamp};
use mpp_store::AuditLeaf;
use serde::Serialize;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Happening {
    #[serde(rename = "staff.invited")]
    Invited,
    #[serde(rename = "staff.joined")]
    Joined,
    #[serde(rename = "staff.roles_set")]
    RolesSet,
    #[serde(rename = "staff.disabled")]
    Disabled,
    #[serde(rename = "staff.password_set")]
    PasswordSet,
    #[serde(rename = "session.opened")]
    SessionOpened,
    #[serde(rename = "session.ended")]
    SessionEnded,
    #[serde(rename = "sign_in.locked")]
    SignInLocked,
    #[serde(rename = "passkey.added")]
    PasskeyAdded,
    #[serde(rename = "passkey.removed")]
    PasskeyRemoved,
    /// Signed in with a passkey; a session was opened by it.
    #[serde(rename = "passkey.used")]
    PasskeyUsed,
    /// A good signature with a counter of the past: there are two of this passkey.
    #[serde(rename = "passkey.counts_back")]
    PasskeyCountsBack,
    /// Signed in by single sign-on; a session was opened by it.
    #[serde(rename = "session.signed_on")]
    SignedOn,
    /// A session that the provider vouched for ended, because its person signed out there.
    #[serde(rename = "session.signed_out_at_provider")]
    SignedOutAtProvider,
    #[serde(rename = "export.started")]
    ExportStarted,
    #[serde(rename = "sign_on.linked")]
    SignOnLinked,
    #[serde(rename = "sign_on.unlinked")]
    SignOnUnlinked,
    #[serde(rename = "sign_on.bound")]
    SignOnBound,
    /// Another identity came with the name of a bound account.
    #[serde(rename = "sign_on.refused")]
    SignOnRefused,
}

#[derive(Serialize)]
struct Actor<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a StaffId,
}

#[derive(Serialize)]
struct Entry<'a> {
    v: u8,
    at: Timestamp,
    action: Happening,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Actor<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<&'a StaffId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

/// Who did what to whom.
pub(crate) struct Told<'a> {
    pub(crate) action: Happening,
    pub(crate) actor: Option<&'a StaffId>,
    pub(crate) staff: Option<&'a StaffId>,
    pub(crate) detail: Option<&'a str>,
}

impl Told<'_> {
    /// The leaf.
    pub(crate) fn at(&self, at: Timestamp) -> AuditLeaf {
        let actor = self.actor.map(|id| Actor { kind: "staff", id });
        let entry = Entry { v: 1, at, action: self.action, actor, staff: self.staff, detail: self.detail };
        // plain structs of texts and numbers always have a JSON form
        AuditLeaf::new(serde_json::to_vec(&entry).unwrap_or_default())
    }
}

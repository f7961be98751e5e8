//! What the audit log says of people and sessions: account names, times, stable words.

use mpp_core::{StaffId, Timestamp};
use mpp_store::{AuditLeaf, audited_actions};
use serde::Serialize;

audited_actions! {
    /// What happened.
    pub(crate) enum Happening {
        Invited = "staff.invited",
        Joined = "staff.joined",
        RolesSet = "staff.roles_set",
        Disabled = "staff.disabled",
        PasswordSet = "staff.password_set",
        SessionOpened = "session.opened",
        SessionEnded = "session.ended",
        SignInLocked = "sign_in.locked",
        PasskeyAdded = "passkey.added",
        PasskeyRemoved = "passkey.removed",
        /// Signed in with a passkey; a session was opened by it.
        PasskeyUsed = "passkey.used",
        /// A good signature with a counter of the past: there are two of this passkey.
        PasskeyCountsBack = "passkey.counts_back",
        /// Signed in by single sign-on; a session was opened by it.
        SignedOn = "session.signed_on",
        /// A session that the provider vouched for ended, because its person signed out there.
        SignedOutAtProvider = "session.signed_out_at_provider",
        ExportStarted = "export.started",
        SignOnLinked = "sign_on.linked",
        SignOnUnlinked = "sign_on.unlinked",
        SignOnBound = "sign_on.bound",
        /// Another identity came with the name of a bound account.
        SignOnRefused = "sign_on.refused",
    }
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

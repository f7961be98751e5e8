//! Signing in to a portal, and the people who may: the same at central and at a client server.
//!
//! | caller | proves itself by | paths |
//! | --- | --- | --- |
//! | anybody | name, password and code, or a one-time invitation | `/v1/desk/sign-in`, `/v1/desk/invitations/*` |
//! | anybody | a passkey | `/v1/desk/passkeys/sign-in`, `/v1/desk/passkeys/sign-in/begin` |
//! | anybody | what the OpenID provider sent a browser back with | `/v1/desk/single-sign-on/*` |
//! | the OpenID provider | a logout token it signed | `/v1/desk/single-sign-on/back-channel` |
//! | staff | bearer key of a session, or of the configuration | `/v1/desk/*` |

mod exports;
mod logs;
mod passkeys;
mod single_sign_on;
mod views;

use std::fmt;
use std::time::Duration;

use mpp_core::{StaffId, StaffSessionId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{ApiError, Caller, Page, Place};

pub use exports::{ExportRows, ExportView, LARGEST_EXPORT_PART, StartExport, StartedExport, StopExport};
pub use logs::{AuditKindsView, AuditSearchQuery, CheckpointView};
pub use passkeys::{
    AddPasskey, BeginPasskey, PasskeyChallengeView, PasskeySiteView, PasskeyView, SignInWithPasskey,
};
pub use single_sign_on::{
    FinishSignOn, LinkSignOn, SignOnBegun, SignOnCode, SignOnFinished, SignOnLinkView, SignOnProvider,
    SignOutAtProvider, SignOutNotification,
};
pub use views::{RenameView, SaveView, SavedViewView};

/// `POST /v1/desk/sign-in`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignIn {
    /// The name of the account.
    pub name: String,
    /// The password.
    pub password: String,
    /// The six digits of the second factor.
    pub code: String,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignIn(..)")
    }
}

/// A session was opened; the only time its key is seen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// The bearer key of the session.
    pub session_key: String,
    /// Who signed in.
    pub person: PersonView,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("person", &self.person).finish_non_exhaustive()
    }
}

/// Who somebody is and what they may do (`GET /v1/desk/me`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PersonView {
    /// The account.
    pub id: StaffId,
    /// The roles, by name.
    pub roles: Vec<String>,
    /// What the roles allow, by name: a portal shows nothing else.
    pub may: Vec<String>,
    /// The present session; absent for a key of the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<StaffSessionId>,
}

impl PersonView {
    /// Whether the person may do this.
    #[must_use]
    pub fn may(&self, action: &str) -> bool {
        self.may.iter().any(|allowed| allowed == action)
    }
}

/// `POST /v1/desk/invitations/open`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenInvitation {
    /// The one-time invitation.
    pub invitation: String,
    /// The secret that was shown a moment ago, to be shown again after a join that went wrong. Without it, or when somebody has
    /// opened the invitation since, a fresh secret is drawn, and what was shown before is void.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
}

impl fmt::Debug for OpenInvitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenInvitation(..)")
    }
}

/// The answer to [`OpenInvitation`]: what sets up the second factor.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    /// The account.
    pub id: StaffId,
    /// The person's name.
    pub name: String,
    /// The secret of the second factor, in Base32.
    pub secret: String,
    /// The same as an `otpauth` address, for a QR code.
    pub setup_uri: String,
}

impl fmt::Debug for InvitationView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitationView").field("id", &self.id).finish_non_exhaustive()
    }
}

/// `POST /v1/desk/invitations/join`: makes the account and signs in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Join {
    /// The one-time invitation.
    pub invitation: String,
    /// The password the person chose.
    pub password: String,
    /// The code that shows the second factor to work.
    pub code: String,
}

impl fmt::Debug for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Join(..)")
    }
}

/// `POST /v1/desk/password`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePassword {
    /// The present password.
    pub present: String,
    /// The new one.
    pub fresh: String,
}

impl fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangePassword(..)")
    }
}

/// A session has ended (`POST /v1/desk/sign-out`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignedOutView {
    /// Where to sign out at the provider too: for who came through one that has such a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_provider: Option<SignOutAtProvider>,
}

/// A session (`GET /v1/desk/sessions`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// The session.
    pub session_id: StaffSessionId,
    /// Since when.
    pub since: Timestamp,
    /// When it was used last, to the minute.
    pub seen: Timestamp,
    /// Until when at most.
    pub until: Timestamp,
}

/// `POST /v1/desk/people`: invites a person, or invites one again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InviteStaff {
    /// The name of the account: letters, digits, dots, hyphens and underscores, 64 at most.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// The roles, by name.
    pub roles: Vec<String>,
}

/// The answer to [`InviteStaff`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InvitedStaff {
    /// The account.
    pub id: StaffId,
    /// The one-time invitation, to be handed over in person or by a way of its own.
    pub invitation: String,
    /// Until when it is good.
    pub until: Timestamp,
}

impl fmt::Debug for InvitedStaff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvitedStaff").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A member of staff (`GET /v1/desk/people`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StaffView {
    /// The account.
    pub id: StaffId,
    /// The person's name.
    pub name: String,
    /// The roles, by name.
    pub roles: Vec<String>,
    /// `invited`, `active` or `disabled`.
    pub state: String,
    /// Until when the invitation is good, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Who invited the person.
    pub invited_by: StaffId,
    /// When.
    pub invited_at: Timestamp,
}

/// `POST /v1/desk/people/{id}/roles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetRoles {
    /// The roles, by name.
    pub roles: Vec<String>,
    /// The roles the person had as far as the caller knew; when they are others by now, nothing is set (`roles_moved_on`)
    /// instead of what somebody else gave or took being undone unseen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Vec<String>>,
}

/// Calls a desk.
#[derive(Debug, Clone)]
pub struct DeskClient(Caller);

impl DeskClient {
    /// A client over a caller: anonymous for signing in and joining, with a bearer key for everything else.
    #[must_use]
    pub const fn new(caller: Caller) -> Self {
        Self(caller)
    }

    /// Opens a session.
    ///
    /// # Errors
    /// See [`ApiError`]; `credentials_wrong`, `sign_in_locked`.
    pub async fn sign_in(&self, body: &SignIn) -> Result<SignedIn, ApiError> {
        self.0.post("/v1/desk/sign-in", UNREPEATED, body).await
    }

    /// Opens an invitation: gives what the second factor needs, which voids what an earlier opening gave.
    ///
    /// # Errors
    /// See [`ApiError`]; `invitation_invalid`, `changed_meanwhile`.
    pub async fn open_invitation(&self, body: &OpenInvitation) -> Result<InvitationView, ApiError> {
        self.0.post("/v1/desk/invitations/open", UNREPEATED, body).await
    }

    /// Makes the account of an invitation and signs in.
    ///
    /// # Errors
    /// See [`ApiError`]; `invitation_invalid`, `password_weak`, `code_wrong`.
    pub async fn join(&self, body: &Join) -> Result<SignedIn, ApiError> {
        self.0.post("/v1/desk/invitations/join", UNREPEATED, body).await
    }

    /// Who the caller is.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn me(&self) -> Result<PersonView, ApiError> {
        self.0.get("/v1/desk/me", Duration::ZERO).await
    }

    /// Ends the present session; gives where to sign out at the provider too, for who came through it.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn sign_out(&self) -> Result<SignedOutView, ApiError> {
        self.0.post("/v1/desk/sign-out", UNREPEATED, &()).await
    }

    /// Sets a new password and ends the caller's other sessions.
    ///
    /// # Errors
    /// See [`ApiError`]; `password_wrong`, `password_weak`, `sign_in_locked`.
    pub async fn change_password(&self, body: &ChangePassword) -> Result<(), ApiError> {
        self.0.post("/v1/desk/password", UNREPEATED, body).await
    }

    /// The caller's open sessions.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn sessions(&self) -> Result<Vec<SessionView>, ApiError> {
        self.0.get("/v1/desk/sessions", Duration::ZERO).await
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn end_session(&self, session: StaffSessionId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/sessions/{session}/end"), UNREPEATED, &()).await
    }

    /// Lists the people.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn people(&self, place: impl Into<Place<'_>> + Send) -> Result<Page<StaffView>, ApiError> {
        self.0.get(&place.into().on("/v1/desk/people", &[]), Duration::ZERO).await
    }

    /// Invites a person.
    ///
    /// # Errors
    /// See [`ApiError`]; `account_name_unusable`, `name_taken`, `oneself`.
    pub async fn invite(&self, idempotency_key: &str, body: &InviteStaff) -> Result<InvitedStaff, ApiError> {
        self.0.post("/v1/desk/people", idempotency_key, body).await
    }

    /// Sets what a person is there for.
    ///
    /// # Errors
    /// See [`ApiError`]; `oneself`.
    pub async fn set_roles(
        &self,
        idempotency_key: &str,
        staff: &StaffId,
        body: &SetRoles,
    ) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/people/{staff}/roles"), idempotency_key, body).await
    }

    /// Shuts an account and ends its sessions.
    ///
    /// # Errors
    /// See [`ApiError`]; `oneself`.
    pub async fn disable(&self, idempotency_key: &str, staff: &StaffId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/people/{staff}/disable"), idempotency_key, &()).await
    }

    /// The open sessions of somebody else.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn sessions_of(&self, staff: &StaffId) -> Result<Vec<SessionView>, ApiError> {
        self.0.get(&format!("/v1/desk/people/{staff}/sessions"), Duration::ZERO).await
    }

    /// Ends a session of somebody else.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn end_session_of(&self, staff: &StaffId, session: StaffSessionId) -> Result<(), ApiError> {
        let path = format!("/v1/desk/people/{staff}/sessions/{session}/end");
        self.0.post(&path, UNREPEATED, &()).await
    }
}

/// What these calls do is the same when done again, or must not be stored: the server does not look at the key.
const UNREPEATED: &str = "unrepeated";

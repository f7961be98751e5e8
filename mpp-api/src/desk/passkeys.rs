//! Passkeys (WebAuthn) of staff. Options and answers have the JSON forms of the browser's interface
//! (`PublicKeyCredentialCreationOptionsJSON` and its like).

use std::fmt;
use std::time::Duration;

use mpp_core::{PasskeyId, StaffId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{DeskClient, SignedIn, UNREPEATED};
use crate::ApiError;

/// Where passkeys are good for (`GET /v1/desk/passkeys/site`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasskeySiteView {
    /// The host that passkeys are bound to; absent when this server has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The address at which they may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// A challenge, to be answered once and within five minutes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasskeyChallengeView {
    /// What the answer has to come with; a portal keeps it where no script reads it.
    pub ceremony: String,
    /// What the browser asks the authenticator for.
    pub options: serde_json::Value,
}

impl fmt::Debug for PasskeyChallengeView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasskeyChallengeView(..)")
    }
}

/// `POST /v1/desk/passkeys/begin`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BeginPasskey {
    /// The caller's password: an open screen is not enough.
    pub password: String,
}

impl fmt::Debug for BeginPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BeginPasskey(..)")
    }
}

/// `POST /v1/desk/passkeys`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddPasskey {
    /// The challenge.
    pub ceremony: String,
    /// What the person calls the passkey.
    pub name: String,
    /// What the authenticator made.
    pub answer: serde_json::Value,
}

impl fmt::Debug for AddPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddPasskey(..)")
    }
}

/// `POST /v1/desk/passkeys/sign-in`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignInWithPasskey {
    /// The challenge.
    pub ceremony: String,
    /// What the authenticator signed.
    pub answer: serde_json::Value,
}

impl fmt::Debug for SignInWithPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInWithPasskey(..)")
    }
}

/// A passkey (`GET /v1/desk/passkeys`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PasskeyView {
    /// The passkey.
    pub passkey_id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub added_at: Timestamp,
    /// When somebody signed in with it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

impl fmt::Debug for PasskeyView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasskeyView").field("passkey_id", &self.passkey_id).finish_non_exhaustive()
    }
}

impl DeskClient {
    /// Where passkeys are good for.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn passkey_site(&self) -> Result<PasskeySiteView, ApiError> {
        self.0.get("/v1/desk/passkeys/site", Duration::ZERO).await
    }

    /// Draws a challenge for signing in.
    ///
    /// # Errors
    /// See [`ApiError`]; `passkeys_off`.
    pub async fn begin_passkey_sign_in(&self) -> Result<PasskeyChallengeView, ApiError> {
        self.0.post("/v1/desk/passkeys/sign-in/begin", UNREPEATED, &()).await
    }

    /// Opens a session.
    ///
    /// # Errors
    /// See [`ApiError`]; `passkey_refused`, `passkey_counts_back`, `passkey_too_late`, `sign_in_locked`, `passkeys_off`.
    pub async fn sign_in_with_passkey(&self, body: &SignInWithPasskey) -> Result<SignedIn, ApiError> {
        self.0.post("/v1/desk/passkeys/sign-in", UNREPEATED, body).await
    }

    /// The caller's passkeys.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn passkeys(&self) -> Result<Vec<PasskeyView>, ApiError> {
        self.0.get("/v1/desk/passkeys", Duration::ZERO).await
    }

    /// Draws a challenge for a new passkey of the caller's.
    ///
    /// # Errors
    /// See [`ApiError`]; `password_wrong`, `sign_in_locked`, `passkeys_too_many`, `passkeys_off`.
    pub async fn begin_passkey(&self, body: &BeginPasskey) -> Result<PasskeyChallengeView, ApiError> {
        self.0.post("/v1/desk/passkeys/begin", UNREPEATED, body).await
    }

    /// Adds a passkey.
    ///
    /// # Errors
    /// See [`ApiError`]; `passkey_unusable`, `passkey_known`, `passkey_too_late`, `passkeys_too_many`, `passkeys_off`.
    pub async fn add_passkey(&self, body: &AddPasskey) -> Result<PasskeyView, ApiError> {
        self.0.post("/v1/desk/passkeys", UNREPEATED, body).await
    }

    /// Removes a passkey of the caller's, and ends the caller's other sessions.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn remove_passkey(&self, passkey: PasskeyId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/passkeys/{passkey}/remove"), UNREPEATED, &()).await
    }

    /// The passkeys of somebody else.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn passkeys_of(&self, staff: &StaffId) -> Result<Vec<PasskeyView>, ApiError> {
        self.0.get(&format!("/v1/desk/people/{staff}/passkeys"), Duration::ZERO).await
    }

    /// Removes a passkey of somebody else, and ends that person's sessions.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn remove_passkey_of(&self, staff: &StaffId, passkey: PasskeyId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/people/{staff}/passkeys/{passkey}/remove"), UNREPEATED, &()).await
    }
}

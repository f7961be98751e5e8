//! Signing in through an OpenID provider.

use std::fmt;
use std::time::Duration;

use mpp_core::StaffId;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{DeskClient, SignedIn, UNREPEATED};
use crate::ApiError;

/// Whether staff can sign in through a provider (`GET /v1/desk/single-sign-on`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignOnProvider {
    /// What the button calls it; absent when none is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The answer to `POST /v1/desk/single-sign-on/begin`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignOnBegun {
    /// The secret of the attempt, to be kept by the browser that began it.
    pub attempt: String,
    /// Where the browser goes to sign in.
    pub address: Url,
    /// What the provider is called.
    pub provider: String,
}

impl fmt::Debug for SignOnBegun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignOnBegun").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// `POST /v1/desk/single-sign-on/finish`: what the provider sent the browser back with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FinishSignOn {
    /// The secret of the attempt.
    pub attempt: String,
    /// What ties the answer to the attempt.
    pub state: String,
    /// The code, unless there is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Which provider answers (RFC 9207).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

impl fmt::Debug for FinishSignOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FinishSignOn(..)")
    }
}

/// The answer to [`FinishSignOn`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "outcome", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum SignOnFinished {
    /// The session is open.
    SignedIn(SignedIn),
    /// The code of the second factor is still to come.
    CodeNeeded {
        /// The secret to hand it in with.
        attempt: String,
    },
}

impl fmt::Debug for SignOnFinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignedIn(_) => "SignedIn(..)",
            Self::CodeNeeded { .. } => "CodeNeeded(..)",
        })
    }
}

/// `POST /v1/desk/single-sign-on/code`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignOnCode {
    /// The secret of [`SignOnFinished::CodeNeeded`].
    pub attempt: String,
    /// The six digits of the second factor.
    pub code: String,
}

impl fmt::Debug for SignOnCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignOnCode(..)")
    }
}

/// `POST /v1/desk/people/{id}/single-sign-on`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkSignOn {
    /// The person's name at the provider: an e-mail address, unless the configuration names another claim.
    pub name: String,
}

impl fmt::Debug for LinkSignOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSignOn(..)")
    }
}

/// A link of an account to a name at the provider (`GET /v1/desk/single-sign-on/links`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignOnLinkView {
    /// The account.
    pub staff: StaffId,
    /// The person's name at the provider.
    pub name: String,
    /// Whether the person signed in with it, so that nobody else of that name can.
    pub bound: bool,
}

impl fmt::Debug for SignOnLinkView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignOnLinkView").field("staff", &self.staff).finish_non_exhaustive()
    }
}

/// `POST /v1/desk/single-sign-on/back-channel`, as a form: what a provider sends by itself when somebody signed out there
/// (OpenID Connect Back-Channel Logout 1.0). Other members are let be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignOutNotification {
    /// The logout token, a JWT that the provider signed.
    pub logout_token: String,
}

impl fmt::Debug for SignOutNotification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignOutNotification(..)")
    }
}

/// Where somebody who came through a provider can sign out there too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignOutAtProvider {
    /// What the provider is called.
    pub provider: String,
    /// Where the browser goes.
    pub address: Url,
}

impl DeskClient {
    /// Through which provider staff can sign in.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn sign_on_provider(&self) -> Result<SignOnProvider, ApiError> {
        self.0.get("/v1/desk/single-sign-on", Duration::ZERO).await
    }

    /// Begins to sign in through the provider.
    ///
    /// # Errors
    /// See [`ApiError`]; `sign_on_not_configured`, `sign_on_provider_silent`.
    pub async fn begin_sign_on(&self) -> Result<SignOnBegun, ApiError> {
        self.0.post("/v1/desk/single-sign-on/begin", UNREPEATED, &()).await
    }

    /// Hands in what the provider sent the browser back with. It is taken once.
    ///
    /// # Errors
    /// See [`ApiError`]; codes that begin with `sign_on_`.
    pub async fn finish_sign_on(&self, body: &FinishSignOn) -> Result<SignOnFinished, ApiError> {
        self.0.post("/v1/desk/single-sign-on/finish", UNREPEATED, body).await
    }

    /// Hands in the code of the second factor.
    ///
    /// # Errors
    /// See [`ApiError`]; `code_wrong`, `sign_in_locked`, `sign_on_stale`.
    pub async fn sign_on_with_code(&self, body: &SignOnCode) -> Result<SignedIn, ApiError> {
        self.0.post("/v1/desk/single-sign-on/code", UNREPEATED, body).await
    }

    /// Every link of an account to a name at the provider.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn sign_on_links(&self) -> Result<Vec<SignOnLinkView>, ApiError> {
        self.0.get("/v1/desk/single-sign-on/links", Duration::ZERO).await
    }

    /// Links an account to a name at the provider.
    ///
    /// # Errors
    /// See [`ApiError`]; `oneself`, `sign_on_taken`, `sign_on_shut`.
    pub async fn link_sign_on(&self, staff: &StaffId, body: &LinkSignOn) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/people/{staff}/single-sign-on"), UNREPEATED, body).await
    }

    /// Takes an account's link and ends its sessions.
    ///
    /// # Errors
    /// See [`ApiError`]; `oneself`.
    pub async fn unlink_sign_on(&self, staff: &StaffId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/desk/people/{staff}/single-sign-on/end"), UNREPEATED, &()).await
    }
}

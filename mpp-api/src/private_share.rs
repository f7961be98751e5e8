//! What the phone speaks with the private share service.
//!
//! A login with an SMS code gives a session; every other call carries the session's bearer key. Approval and OTP of
//! Account Aggregator consents never pass here: they happen at the Account Aggregator.
//!
//! ReBIT documents (key material, financial information) pass through as they are: [`serde_json::value::RawValue`]
//! keeps their exact text.

mod health;

use std::time::Duration;

use mpp_core::{
    AaConsentId, AaConsentKey, ConsentParameters, DataRange, DataSessionId, FiType, FipId, LinkRefNumber,
    LoginId, MobileNumber, PublicJwk, Timestamp, Vua,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

use crate::{ApiError, Caller};

pub use health::{FipHealthView, FipReportQuery, FipReportView, HealthClient};

/// `POST /v1/logins`: asks for a login code by SMS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartLogin {
    /// The customer's mobile number.
    pub mobile: MobileNumber,
    /// The device's signing key, to which the session is bound.
    pub device_key: PublicJwk,
}

/// The answer to [`StartLogin`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StartedLogin {
    /// The login.
    pub login_id: LoginId,
    /// Until when the code is taken.
    pub expires_at: Timestamp,
}

/// `POST /v1/logins/{id}/verify`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyLogin {
    /// The six digits from the SMS.
    pub otp: String,
}

impl std::fmt::Debug for VerifyLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerifyLogin(..)")
    }
}

/// The answer to [`VerifyLogin`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The bearer key of the session.
    pub session_key: String,
    /// The customer's address at the Account Aggregator.
    pub vua: Vua,
    /// Until when the session holds.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("vua", &self.vua)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// `POST /v1/aa-consents`: raises a self consent (`DataConsumer` type `USER`) at the Account Aggregator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RaiseAaConsent {
    /// The name the phone gives it, so that a repeat finds the same one.
    pub key: AaConsentKey,
    /// The terms.
    pub parameters: ConsentParameters,
}

/// How an Account Aggregator consent stands (answer to [`RaiseAaConsent`];
/// `GET /v1/aa-consents/{key}?hold=SECONDS`, which waits for the state to leave the one named by `since`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AaConsentView {
    /// The consent as this service tracks it.
    pub key: AaConsentKey,
    /// `pending`, `granted`, `active`, `paused`, `revoked`, `expired`, `rejected` or `failed`.
    pub state: String,
    /// The Account Aggregator's handle.
    pub handle: String,
    /// Where the customer discovers and links accounts and approves: the Account Aggregator's own page.
    pub approval_url: Url,
    /// The Account Aggregator's name of the approved consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<AaConsentId>,
    /// The Account Aggregator's signed artefact, verified by this service and to be verified again by the phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_consent: Option<String>,
    /// The accounts the customer chose.
    #[serde(default)]
    pub accounts: Vec<ConsentedAccount>,
}

/// An account named in an approved consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConsentedAccount {
    /// Its kind of financial information.
    pub fi_type: FiType,
    /// Who holds it.
    pub fip_id: FipId,
    /// Its name at the Account Aggregator.
    pub link_ref_number: LinkRefNumber,
    /// Its number with all but the last digits hidden.
    pub masked_acc_number: String,
}

/// `POST /v1/data-sessions`: opens a data session (`/FI/request`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenDataSession {
    /// Under which consent.
    pub consent_key: AaConsentKey,
    /// From when to when.
    pub range: DataRange,
    /// ReBIT `KeyMaterial`: the public half of the key pair the phone made for this session only.
    pub key_material: Box<RawValue>,
}

/// How a data session stands (answer to [`OpenDataSession`]; `GET /v1/data-sessions/{id}?hold=SECONDS`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DataSessionView {
    /// The Account Aggregator's name of the session.
    pub session_id: DataSessionId,
    /// `requested`, `open`, `partial`, `ready`, `fetched`, `failed` or `expired`.
    pub state: String,
    /// The accounts that could not be delivered, as far as known, each with a reason.
    #[serde(default)]
    pub undelivered: Vec<UndeliveredAccount>,
}

/// An account whose data did not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UndeliveredAccount {
    /// Who holds it.
    pub fip_id: FipId,
    /// Its name at the Account Aggregator.
    pub link_ref_number: LinkRefNumber,
    /// `DENIED` or `TIMEOUT`.
    pub status: String,
}

/// Encrypted financial information as it came (`GET /v1/data-sessions/{id}/fi`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EncryptedFi {
    /// One entry per FIP and key material.
    pub entries: Vec<EncryptedFiEntry>,
}

/// What one FIP encrypted under one key material.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EncryptedFiEntry {
    /// The FIP.
    pub fip_id: FipId,
    /// The FIP's ReBIT `KeyMaterial`.
    pub key_material: Box<RawValue>,
    /// Its accounts.
    pub accounts: Vec<EncryptedAccount>,
}

/// One account's encrypted document.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EncryptedAccount {
    /// Its name at the Account Aggregator.
    pub link_ref_number: LinkRefNumber,
    /// Its number with all but the last digits hidden.
    pub masked_acc_number: String,
    /// The document, encrypted to the phone's key material, in standard base64; empty when undeliverable.
    pub encrypted_fi: String,
}

impl std::fmt::Debug for EncryptedAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncryptedAccount")
            .field("link_ref_number", &self.link_ref_number)
            .field("encrypted_len", &self.encrypted_fi.len())
            .finish_non_exhaustive()
    }
}

/// Calls the private share service.
#[derive(Debug, Clone)]
pub struct PrivateShareClient(Caller);

impl PrivateShareClient {
    /// A client over a caller with a session's bearer key (or [`crate::Anonymous`] for logging in).
    #[must_use]
    pub const fn new(caller: Caller) -> Self {
        Self(caller)
    }

    /// The caller underneath, to make a client for another session.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.0
    }

    /// Asks for a login code.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn start_login(
        &self,
        idempotency_key: &str,
        body: &StartLogin,
    ) -> Result<StartedLogin, ApiError> {
        self.0.post("/v1/logins", idempotency_key, body).await
    }

    /// Gives the code for a session.
    ///
    /// # Errors
    /// See [`ApiError`]; `wrong_otp` may be tried again, `login_locked` may not.
    pub async fn verify_login(
        &self,
        idempotency_key: &str,
        login: LoginId,
        body: &VerifyLogin,
    ) -> Result<Session, ApiError> {
        self.0.post(&format!("/v1/logins/{login}/verify"), idempotency_key, body).await
    }

    /// Raises a self consent.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn raise_consent(&self, body: &RaiseAaConsent) -> Result<AaConsentView, ApiError> {
        self.0.post("/v1/aa-consents", &body.key.to_string(), body).await
    }

    /// How a consent stands, waiting up to `hold` for it to leave the state `since`.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn consent(
        &self,
        key: AaConsentKey,
        since: &str,
        hold: Duration,
    ) -> Result<AaConsentView, ApiError> {
        self.0.get(&format!("/v1/aa-consents/{key}?since={since}&hold={}", hold.as_secs()), hold).await
    }

    /// Revokes a consent at the Account Aggregator.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn revoke_consent(&self, key: AaConsentKey) -> Result<AaConsentView, ApiError> {
        self.0.post(&format!("/v1/aa-consents/{key}/revoke"), &format!("revoke-{key}"), &()).await
    }

    /// Opens a data session.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn open_session(
        &self,
        idempotency_key: &str,
        body: &OpenDataSession,
    ) -> Result<DataSessionView, ApiError> {
        self.0.post("/v1/data-sessions", idempotency_key, body).await
    }

    /// How a session stands, waiting up to `hold` for it to leave the state `since`.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn session(
        &self,
        id: &DataSessionId,
        since: &str,
        hold: Duration,
    ) -> Result<DataSessionView, ApiError> {
        self.0.get(&format!("/v1/data-sessions/{id}?since={since}&hold={}", hold.as_secs()), hold).await
    }

    /// The encrypted financial information of a ready session.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn fetch(&self, id: &DataSessionId) -> Result<EncryptedFi, ApiError> {
        self.0.get(&format!("/v1/data-sessions/{id}/fi"), Duration::from_secs(60)).await
    }
}

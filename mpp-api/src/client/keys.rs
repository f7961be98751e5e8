//! The keys of a client server as its staff see them, and new keys for it.

use std::time::Duration;

use mpp_core::{ApiKeyId, StaffId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{EnrolServer, EnrolledServer, Scope, StaffClient};
use crate::ApiError;

/// The server's keys and endpoints (`GET /v1/staff/keys`); never a private half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OwnKeysView {
    /// The partner key record in force, signed by central.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_record: Option<String>,
    /// Every key this server ever made, oldest first.
    pub keys: Vec<OwnKeyView>,
    /// How far was counted; a count that is as large may stand for more.
    pub counted_to: u64,
    /// Documents that do not say which key they were sealed to: a program of before took them.
    pub of_unknown_key: u64,
    /// Parcels that central announced and that are not collected yet; which key they are sealed to is seen when they come.
    pub to_collect: u64,
    /// Whether everything is counted: what a program of before stored comes in little by little.
    pub complete: bool,
    /// New keys that wait for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotation: Option<RotationView>,
    /// Where the application takes notifications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointView>,
    /// Keys of applications; the revoked ones too, which reads of data still name.
    pub applications: Vec<ApplicationKeyView>,
}

/// A key of this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OwnKeyView {
    /// Its name.
    pub kid: String,
    /// `envelope`, `signing` or `webhook`.
    pub used_as: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Whether it is the envelope key in force.
    pub current: bool,
    /// `current`, `earlier`, or `offered` when its enrolment did not come to an end.
    pub standing: String,
    /// Who enrolled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolled_by: Option<StaffId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolled_at: Option<Timestamp>,
    /// The partner key record that names it, signed by central.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_record: Option<String>,
    /// When another key took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_at: Option<Timestamp>,
    /// When the last backup with it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backed_up_at: Option<Timestamp>,
    /// Documents on record that were sealed to it; of envelope keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<u64>,
    /// When the newest of them came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest_at: Option<Timestamp>,
}

/// New keys that wait for a second person (`POST /v1/staff/keys/rotation`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RotationView {
    /// Who proposed them.
    pub proposed_by: StaffId,
    /// When.
    pub proposed_at: Timestamp,
}

/// `POST /v1/staff/keys/rotation/approve`; callers of before send none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApproveRotation {
    /// When the proposal was made that the caller saw; when another one stands there by now, nothing is enrolled
    /// (`rotation_moved_on`) instead of what the caller never saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_at: Option<Timestamp>,
}

/// Where notifications go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EndpointView {
    /// The address.
    pub url: String,
    /// Who set it.
    pub set_by: StaffId,
    /// When.
    pub set_at: Timestamp,
}

/// A key of an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ApplicationKeyView {
    /// The key's name.
    pub api_key_id: ApiKeyId,
    /// For which application.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Who made it.
    pub made_by: StaffId,
    /// When.
    pub made_at: Timestamp,
    /// Who revoked it; it opens nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<StaffId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

const ROTATION: &str = "/v1/staff/keys/rotation";

impl StaffClient {
    /// The server's keys and endpoints.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn keys(&self) -> Result<OwnKeysView, ApiError> {
        self.0.get("/v1/staff/keys", Duration::ZERO).await
    }

    /// Proposes new keys under a token from central; a second person approves them.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn propose_rotation(
        &self,
        idempotency_key: &str,
        body: &EnrolServer,
    ) -> Result<RotationView, ApiError> {
        self.0.post(ROTATION, idempotency_key, body).await
    }

    /// Makes and enrols the proposed keys.
    ///
    /// # Errors
    /// See [`ApiError`]; `same_person` when whoever proposed them tries, `rotation_moved_on` when others were proposed
    /// meanwhile.
    pub async fn approve_rotation(
        &self,
        idempotency_key: &str,
        body: &ApproveRotation,
    ) -> Result<EnrolledServer, ApiError> {
        self.0.post(&format!("{ROTATION}/approve"), idempotency_key, body).await
    }

    /// Throws the proposal away.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn withdraw_rotation(&self, idempotency_key: &str) -> Result<(), ApiError> {
        self.0.post(&format!("{ROTATION}/withdraw"), idempotency_key, &()).await
    }
}

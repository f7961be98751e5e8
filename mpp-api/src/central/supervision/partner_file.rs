//! A partner with its keys.

use mpp_core::{PartnerId, Timestamp};
use serde::{Deserialize, Serialize};

/// A partner with its keys (`GET /v1/operator/partners/{id}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PartnerFileView {
    /// The partner.
    pub partner_id: PartnerId,
    /// Its registered name.
    pub legal_name: String,
    /// Its tax registration.
    pub gstin: String,
    /// The contract with it.
    pub contract_ref: String,
    /// E-mail addresses of the people responsible.
    pub contacts: Vec<String>,
    /// The price plan that covers the present day; absent when none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_plan: Option<String>,
    /// `ACTIVE` or `SUSPENDED`.
    pub standing: String,
    /// Whether it has a licence that holds now.
    pub regulated: bool,
    /// When it was taken on.
    pub registered_at: Timestamp,
    /// Where its client server takes notifications; absent when it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_url: Option<String>,
    /// Its keys, oldest first.
    pub keys: Vec<PartnerKeysView>,
}

/// Keys a client server enrolled together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PartnerKeysView {
    /// The envelope key.
    pub envelope_kid: String,
    /// The key that signs requests and acknowledgements.
    pub signing_kid: String,
    /// When they were enrolled.
    pub enrolled_at: Timestamp,
    /// Until when the envelope key holds.
    pub valid_to: Timestamp,
    /// Whether new requests are sealed to it.
    pub current: bool,
    /// The published key record, signed by central.
    pub key_record: String,
}

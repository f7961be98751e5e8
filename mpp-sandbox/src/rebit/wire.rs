//! The bodies of ReBIT 2.x as this side reads and writes them. Dates of a consent are kept as the text they came
//! as, so that the signed artefact repeats them unchanged.

use std::collections::BTreeSet;

use mpp_core::{ConsentType, DataFilter, DataRange, FiType, Frequency, Timestamp};
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;

/// A party with its part in the exchange (`DataConsumer`, `DataProvider`, `Notifier`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Party {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

impl Party {
    pub(crate) fn new(id: &str, kind: &str) -> Self {
        Self { id: id.to_owned(), kind: kind.to_owned() }
    }
}

/// A date range whose ends are kept as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RangeText {
    pub(crate) from: String,
    pub(crate) to: String,
}

impl RangeText {
    /// The instants meant.
    pub(crate) fn read(&self) -> Result<DataRange, Refusal> {
        let from = date(&self.from)?;
        let to = date(&self.to)?;
        DataRange::new(from, to)
            .map_err(|_| Refusal::bad("InvalidDateRange", "The date range must begin before it ends"))
    }
}

/// Reads a `date-time` of a request.
pub(crate) fn date(text: &str) -> Result<Timestamp, Refusal> {
    text.parse().map_err(|_| Refusal::invalid("A date-time is not valid"))
}

/// The customer of a consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ConsentCustomer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(rename = "Identifiers", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) identifiers: Vec<Identifier>,
}

/// A further name of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identifier {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) value: String,
}

/// The purpose of a consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PurposeText {
    pub(crate) code: String,
    #[serde(rename = "refUri", default, skip_serializing_if = "Option::is_none")]
    pub(crate) ref_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    #[serde(rename = "Category", default, skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<Category>,
}

/// The category of a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Category {
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// How long data may be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DataLifeText {
    pub(crate) unit: mpp_core::DataLifeUnit,
    pub(crate) value: u32,
}

/// An account a consent is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsentAccount {
    pub(crate) fi_type: FiType,
    pub(crate) fip_id: String,
    pub(crate) acc_type: crate::documents::AccountType,
    pub(crate) link_ref_number: String,
    pub(crate) masked_acc_number: String,
}

/// The terms of a consent, as requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsentDetail {
    pub(crate) consent_start: String,
    pub(crate) consent_expiry: String,
    pub(crate) consent_mode: mpp_core::ConsentMode,
    pub(crate) fetch_type: mpp_core::FetchType,
    pub(crate) consent_types: BTreeSet<ConsentType>,
    pub(crate) fi_types: BTreeSet<FiType>,
    #[serde(rename = "DataConsumer")]
    pub(crate) data_consumer: Party,
    #[serde(rename = "Customer")]
    pub(crate) customer: ConsentCustomer,
    #[serde(rename = "Purpose")]
    pub(crate) purpose: PurposeText,
    #[serde(rename = "FIDataRange")]
    pub(crate) data_range: RangeText,
    #[serde(rename = "DataLife")]
    pub(crate) data_life: DataLifeText,
    #[serde(rename = "Frequency")]
    pub(crate) frequency: Frequency,
    #[serde(rename = "DataFilter", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) data_filter: Vec<DataFilter>,
}

/// The payload of a signed artefact (`SignedConsentDetail`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SignedDetail {
    #[serde(flatten)]
    pub(crate) terms: ConsentDetail,
    #[serde(rename = "DataProvider")]
    pub(crate) data_provider: Party,
    #[serde(rename = "Accounts")]
    pub(crate) accounts: Vec<ConsentAccount>,
}

/// How a consent was used so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsentUse {
    pub(crate) log_uri: String,
    pub(crate) count: u32,
    pub(crate) last_use_date_time: Timestamp,
}

/// An artefact as it travels to an FIP and back to the requester.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsentArtefact {
    pub(crate) consent_id: String,
    pub(crate) status: String,
    pub(crate) create_timestamp: Timestamp,
    pub(crate) signed_consent: String,
    #[serde(rename = "ConsentUse")]
    pub(crate) consent_use: ConsentUse,
}

/// A reference to a consent and the proof of holding it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsentProof {
    pub(crate) id: String,
    pub(crate) digital_signature: String,
}

/// What an FI request asks for; `KeyMaterial` is taken from the raw body, unchanged.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FiRequest {
    #[serde(rename = "FIDataRange")]
    pub(crate) range: RangeText,
    #[serde(rename = "Consent")]
    pub(crate) consent: ConsentProof,
    #[serde(rename = "KeyMaterial")]
    pub(crate) key_material: serde_json::Value,
}

/// What an FI fetch asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FiFetch {
    pub(crate) session_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fip_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) link_ref_number: Option<Vec<LinkId>>,
}

/// A linked account by reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkId {
    pub(crate) id: String,
}

/// The status of one account in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum FiStatus {
    Pending,
    Ready,
    Delivered,
    Denied,
    Timeout,
}

/// One account's line in a status notification.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AccountStatus {
    #[serde(rename = "linkRefNumber")]
    pub(crate) link_ref: String,
    #[serde(rename = "FIStatus")]
    pub(crate) status: FiStatus,
    #[serde(default)]
    pub(crate) description: String,
}

/// One FIP's part in a status notification.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FipStatus {
    #[serde(rename = "fipID")]
    pub(crate) fip_id: String,
    #[serde(rename = "Accounts")]
    pub(crate) accounts: Vec<AccountStatus>,
}

/// The state of a session as notified.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionNotice {
    pub(crate) session_id: String,
    pub(crate) session_status: String,
    #[serde(rename = "FIStatusResponse", default)]
    pub(crate) responses: Vec<FipStatus>,
}

/// One account's encrypted document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EncryptedAccount {
    #[serde(rename = "linkRefNumber")]
    pub(crate) link_ref: String,
    #[serde(rename = "maskedAccNumber")]
    pub(crate) masked: String,
    #[serde(rename = "encryptedFI", default)]
    pub(crate) encrypted: String,
}

/// Documents under one key material.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FiEntry {
    #[serde(rename = "fipID")]
    pub(crate) fip_id: String,
    pub(crate) data: Vec<EncryptedAccount>,
    #[serde(rename = "KeyMaterial")]
    pub(crate) key_material: Box<serde_json::value::RawValue>,
}

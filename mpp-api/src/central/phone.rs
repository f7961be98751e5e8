//! What a customer's phone asks of central.

mod calls;

use mpp_core::{
    ArtefactId, ConsentId, ConsentParameters, ConsentRequestId, DeviceId, FetchId, ItemDecision, Kid,
    ParcelId, PublicJwk, Sha256Digest, Timestamp, UploadId,
};
use serde::{Deserialize, Serialize};

pub use calls::{Last, PhoneClient};

/// `POST /v1/links/open`: opens the one-time link and binds the request to this device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenLink {
    /// The secret from the link's fragment.
    pub token: String,
    /// The device's signing key.
    pub device_key: PublicJwk,
    /// Compact JWS by the device key, `typ` `mpp-device+jwt`, over [`DeviceStatement`].
    pub proof: String,
}

impl std::fmt::Debug for OpenLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenLink").field("device_key", &self.device_key).finish_non_exhaustive()
    }
}

/// What a device signs when it opens a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeviceStatement {
    /// The SHA-256 of the link's secret.
    pub token_sha256: Sha256Digest,
    /// When, by the device's clock.
    pub at: Timestamp,
}

/// Everything the consent screen shows (answer to [`OpenLink`]; `GET /v1/phone/consent-requests/{id}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConsentScreen {
    /// The request.
    pub consent_request_id: ConsentRequestId,
    /// This device, as central names it.
    pub device_id: DeviceId,
    /// The recipient's registered name.
    pub partner_name: String,
    /// The recipient's key record, signed by central (`typ` `mpp-partner-key+jwt`).
    pub partner_key_record: String,
    /// The customer's mobile number with all but three digits hidden.
    pub customer_masked: String,
    /// The items, each to be decided on its own.
    pub items: Vec<ScreenItem>,
    /// The version of the notice.
    pub notice_version: u32,
    /// The notice per language tag: parts `purpose`, `rights`, `withdrawal`, `complaint`, `grievanceContact`.
    pub notice: serde_json::Value,
    /// Until when a decision is taken.
    pub expires_at: Timestamp,
    /// How the request stands: `opened` or `decided`. One that ended otherwise has no screen: it is refused with
    /// `request_cancelled` when the partner has taken it back.
    pub state: String,
}

/// One item of the consent screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ScreenItem {
    /// The source, as `account-aggregator` or `provider:<id>`.
    pub source: String,
    /// What kind of source it is, as `FINANCIAL_INFORMATION`, `CREDIT_BUREAU`, `TELECOM`, `OTHER`.
    pub kind: String,
    /// The source's name as shown.
    pub title: String,
    /// What is shared, in words.
    pub data_items: Vec<String>,
    /// The exact terms the customer would approve.
    pub terms: ConsentParameters,
}

/// `POST /v1/phone/consent-requests/{id}/decision`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decide {
    /// Compact JWS by the device key, `typ` `mpp-approval+jwt`, over [`ApprovalStatement`].
    pub approval: String,
}

/// What a device signs when the customer has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApprovalStatement {
    /// The request decided.
    pub consent_request_id: ConsentRequestId,
    /// The device.
    pub device_id: DeviceId,
    /// When, by the device's clock.
    pub decided_at: Timestamp,
    /// The version of the notice that was shown.
    pub notice_version: u32,
    /// The language in which it was shown.
    pub language: String,
    /// The SHA-256 of the exact bytes of the [`ConsentScreen`] that was shown.
    pub screen_sha256: Sha256Digest,
    /// The decisions, one per item.
    pub decisions: Vec<ItemDecision>,
    /// The key that signs this, and vouches for what the device seals: the artefacts name it. An app of before leaves it out
    /// and gets artefacts without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<PublicJwk>,
}

/// The answer to [`Decide`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// One artefact per approved item.
    pub artefacts: Vec<IssuedArtefact>,
    /// The consent receipt for the customer to keep, signed by central (`typ` `mpp-consent-receipt+jwt`).
    pub receipt: String,
}

/// A consent artefact as issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct IssuedArtefact {
    /// The artefact.
    pub artefact_id: ArtefactId,
    /// The consent it proves.
    pub consent_id: ConsentId,
    /// The source.
    pub source: String,
    /// Compact JWS by central, `typ` `mpp-consent-artefact+jwt`, over `ConsentArtefact`.
    pub artefact: String,
}

/// `POST /v1/phone/parcels`: data for the partner is ready on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnnounceParcel {
    /// The name the device gave the parcel when it sealed it.
    pub parcel_id: ParcelId,
    /// The consent it comes under.
    pub consent_id: ConsentId,
    /// The fetch it is part of: all parcels of one data session count as one use of the consent.
    pub fetch_id: FetchId,
    /// The key it is sealed to.
    pub kid: Kid,
    /// Its size in bytes, sealed.
    pub size: u64,
    /// The SHA-256 of the sealed bytes, in hex.
    pub sha256: String,
    /// Compact JWS by the device key, `typ` `mpp-envelope-sender+jwt`: that this device sealed these bytes. Asked for when the
    /// consent's artefact names the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
}

/// The answer to [`AnnounceParcel`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UploadTicket {
    /// Where to send the bytes: `/v1/uploads/{id}`.
    pub upload_id: UploadId,
    /// How many bytes central already has.
    pub offset: u64,
    /// The most bytes it takes in one request.
    pub largest_append: u64,
}

/// How an upload stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadProgress {
    /// So many bytes arrived.
    Partial {
        /// The next byte expected.
        offset: u64,
    },
    /// All bytes arrived and their digest is right.
    Complete,
}

/// One consent as its customer sees it (`GET /v1/phone/consents`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConsentView {
    /// The consent.
    pub consent_id: ConsentId,
    /// The request it answered.
    pub consent_request_id: ConsentRequestId,
    /// Who receives the data.
    pub partner_name: String,
    /// From which source.
    pub source: String,
    /// The source's name as shown.
    pub title: String,
    /// `active`, `paused`, `revoked` or `expired`.
    pub state: String,
    /// The exact terms.
    pub terms: ConsentParameters,
    /// What was done under it, oldest first.
    pub uses: Vec<UseView>,
}

impl ConsentView {
    /// Whether nothing can be done under it any more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.state.as_str(), "revoked" | "expired")
    }
}

/// One use of a consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UseView {
    /// What happened: `fetched`, `delivered`, `erased`, `expired`, `failed`.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// The parcel, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<ParcelId>,
}

/// What news for a phone is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhoneEventType {
    /// The partner has collected a parcel and central has erased it.
    Delivered,
    /// A parcel expired uncollected and was erased.
    Expired,
    /// A source delivered (or had nothing).
    Fetched,
    /// A source failed.
    Failed,
    /// It is time to fetch again under a periodic consent.
    FetchDue,
    /// A consent changed its state.
    ConsentChanged,
}

/// News for a phone, read by long poll (`GET /v1/phone/events?after=SEQUENCE&hold=SECONDS`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PhoneEvent {
    /// Its place among this device's news.
    pub sequence: u64,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: PhoneEventType,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The consent request.
    pub consent_request_id: ConsentRequestId,
    /// The consent.
    pub consent_id: ConsentId,
    /// The source.
    pub source: String,
    /// The parcel, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<ParcelId>,
    /// The signed erasure receipt, for `delivered` and `expired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure_receipt: Option<String>,
    /// A stable reason, for failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

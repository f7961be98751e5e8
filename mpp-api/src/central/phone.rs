//! What a customer's phone asks of central.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{self, HeaderMap, HeaderValue};
use mpp_core::{
    ArtefactId, ConsentId, ConsentParameters, ConsentRequestId, DeviceId, FetchId, ItemDecision, Kid,
    ParcelId, PublicJwk, Sha256Digest, Timestamp, UploadId,
};
use serde::{Deserialize, Serialize};

use super::{UPLOAD_COMPLETE, UPLOAD_OFFSET};
use crate::{ApiError, Caller, Page};

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

/// Calls central as a phone.
#[derive(Debug, Clone)]
pub struct PhoneClient(Caller);

impl PhoneClient {
    /// A client over a caller that signs with the device key (or [`crate::Anonymous`] for opening a link).
    #[must_use]
    pub const fn new(caller: Caller) -> Self {
        Self(caller)
    }

    /// Opens a link. Gives the exact bytes of the [`ConsentScreen`], whose digest the approval binds.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn open_link(&self, opening: &OpenLink) -> Result<Bytes, ApiError> {
        let path = "/v1/links/open";
        let body = serde_json::to_vec(opening).map_err(|_| ApiError::Request { path: path.to_owned() })?;
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let response = self.0.send_raw(Method::POST, path, headers, body.into()).await?;
        Ok(response.body.collect(1024 * 1024).await?)
    }

    /// The exact bytes of the screen of a request that this device opened, as it stands.
    ///
    /// # Errors
    /// See [`ApiError`]; `request_cancelled` when the partner has taken it back.
    pub async fn screen(&self, request: ConsentRequestId) -> Result<Bytes, ApiError> {
        let path = format!("/v1/phone/consent-requests/{request}");
        let response = self.0.send_raw(Method::GET, &path, HeaderMap::new(), Bytes::new()).await?;
        Ok(response.body.collect(1024 * 1024).await?)
    }

    /// Submits the decisions.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn decide(&self, request: ConsentRequestId, body: &Decide) -> Result<Decided, ApiError> {
        let path = format!("/v1/phone/consent-requests/{request}/decision");
        self.0.post(&path, &request.to_string(), body).await
    }

    /// Announces a parcel and receives an upload ticket; asking again gives the same upload.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn announce(&self, parcel: &AnnounceParcel) -> Result<UploadTicket, ApiError> {
        self.0.post("/v1/phone/parcels", &parcel.parcel_id.to_string(), parcel).await
    }

    /// How many bytes of an upload central has.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn upload_offset(&self, upload: UploadId) -> Result<UploadProgress, ApiError> {
        let path = format!("/v1/uploads/{upload}");
        let response = self.0.send_raw(Method::HEAD, &path, HeaderMap::new(), Bytes::new()).await?;
        progress(&path, &response.headers)
    }

    /// Appends bytes at `offset`; `last` says that they end the upload.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn append(
        &self,
        upload: UploadId,
        offset: u64,
        bytes: Bytes,
        last: Last,
    ) -> Result<UploadProgress, ApiError> {
        let path = format!("/v1/uploads/{upload}");
        let complete = match last {
            Last::Yes => "?1",
            Last::No => "?0",
        };
        let headers = HeaderMap::from_iter([
            (header::CONTENT_TYPE, HeaderValue::from_static("application/partial-upload")),
            (UPLOAD_OFFSET, HeaderValue::from(offset)),
            (UPLOAD_COMPLETE, HeaderValue::from_static(complete)),
        ]);
        let response = self.0.send_raw(Method::PATCH, &path, headers, bytes).await?;
        progress(&path, &response.headers)
    }

    /// Lists this customer's consents given on this device, with their uses.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn consents(&self) -> Result<Page<ConsentView>, ApiError> {
        self.0.get("/v1/phone/consents", Duration::ZERO).await
    }

    /// Withdraws a consent for good: everything under it is erased.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn withdraw(&self, consent: ConsentId) -> Result<ConsentView, ApiError> {
        self.change(consent, "withdraw").await
    }

    /// Pauses a consent.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn pause(&self, consent: ConsentId) -> Result<ConsentView, ApiError> {
        self.change(consent, "pause").await
    }

    /// Resumes a paused consent.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn resume(&self, consent: ConsentId) -> Result<ConsentView, ApiError> {
        self.change(consent, "resume").await
    }

    /// Reads news after a sequence number, waiting up to `hold` for the first.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn events(&self, after: u64, hold: Duration) -> Result<Page<PhoneEvent>, ApiError> {
        self.0.get(&format!("/v1/phone/events?after={after}&hold={}", hold.as_secs()), hold).await
    }

    async fn change(&self, consent: ConsentId, verb: &str) -> Result<ConsentView, ApiError> {
        let path = format!("/v1/phone/consents/{consent}/{verb}");
        // pausing and resuming may alternate, so each call is its own: repeating one changes nothing
        let response = self.0.send_raw(Method::POST, &path, HeaderMap::new(), Bytes::new()).await?;
        let bytes = response.body.collect(1024 * 1024).await?;
        serde_json::from_slice(&bytes).map_err(|_| ApiError::Answer { path })
    }
}

/// Whether an append ends its upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// It does.
    Yes,
    /// More will follow.
    No,
}

fn progress(path: &str, headers: &HeaderMap) -> Result<UploadProgress, ApiError> {
    let invalid = || ApiError::Answer { path: path.to_owned() };
    if headers.get(UPLOAD_COMPLETE).is_some_and(|value| value == "?1") {
        return Ok(UploadProgress::Complete);
    }
    let offset = headers.get(UPLOAD_OFFSET).and_then(|value| value.to_str().ok());
    let offset = offset.and_then(|text| text.parse().ok()).ok_or_else(invalid)?;
    Ok(UploadProgress::Partial { offset })
}

//! What a client server asks of central.

use std::time::Duration;

use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, CustomerParticulars, FetchId, NotificationId, ParcelId, PartnerId,
    ProductId, PublicJwk, Timestamp,
};
use mpp_transport::Response;
use serde::{Deserialize, Serialize};
use url::Url;

use super::operator::UsageView;
use crate::{ApiError, Caller, Page, Place};

/// `POST /v1/enrolment`: offers the public halves of a client server's keys.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Enrol {
    /// The one-time enrolment token.
    pub token: String,
    /// The key to which everything is sealed (P-256).
    pub envelope_key: PublicJwk,
    /// The key that signs the client server's requests and acknowledgements.
    pub signing_key: PublicJwk,
    /// Compact JWS by the signing key, `typ` `mpp-enrolment+jwt`, over `{"envelopeKid", "tokenSha256"}`:
    /// the signing key is possessed and vouches for the envelope key.
    pub proof: String,
}

impl std::fmt::Debug for Enrol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrol").field("envelope_key", &self.envelope_key).finish_non_exhaustive()
    }
}

/// The answer to [`Enrol`]: bytes sealed to the envelope key, which only its owner can read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EnrolChallenge {
    /// Names the challenge.
    pub challenge_id: String,
    /// Envelope v1 in standard base64, purpose `enrolment`.
    pub sealed: String,
}

/// `POST /v1/enrolment/confirm`: proves possession of the envelope key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrolConfirm {
    /// The challenge answered.
    pub challenge_id: String,
    /// The opened bytes, in standard base64.
    pub opened: String,
}

impl std::fmt::Debug for EnrolConfirm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnrolConfirm").field("challenge_id", &self.challenge_id).finish_non_exhaustive()
    }
}

/// The answer to [`EnrolConfirm`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Enrolled {
    /// The partner.
    pub partner_id: PartnerId,
    /// The partner key record, signed by central (`typ` `mpp-partner-key+jwt`).
    pub key_record: String,
    /// Central's keys.
    pub central: CentralKeys,
}

/// Central's public keys (`GET /v1/keys`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CentralKeys {
    /// Keys that sign artefacts, receipts and key records; the first one signs now.
    pub signing: Vec<PublicJwk>,
    /// What earlier signing keys said of the key after them (compact JWS, `mpp-key-succession+jwt`), oldest first: whoever trusts
    /// one of the keys may trust those that follow from it.
    #[serde(default)]
    pub successions: Vec<String>,
    /// Keys that sign notifications (Standard Webhooks `v1a`, Ed25519); the first one signs now.
    pub notification: Vec<PublicJwk>,
    /// Which key signs the checkpoints of the audit log, signed by central (`typ` `mpp-log-key+jwt`); absent where none is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_key: Option<String>,
}

/// `POST /v1/consent-requests`: asks for one customer's consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceConsentRequest {
    /// The product whose terms are asked for; its newest approved version counts.
    pub product_id: ProductId,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// Whom to ask.
    pub customer: CustomerParticulars,
}

/// The answer to [`PlaceConsentRequest`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlacedConsentRequest {
    /// The request.
    pub consent_request_id: ConsentRequestId,
    /// The one-time deep link for the app; its secret is in the fragment, which no server sees.
    pub link: Url,
    /// Until when the link can be opened.
    pub expires_at: Timestamp,
    /// The version of the product that the customer is asked for: the one of the first call where a call is repeated. Absent
    /// from a central of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_version: Option<u32>,
}

impl std::fmt::Debug for PlacedConsentRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlacedConsentRequest")
            .field("consent_request_id", &self.consent_request_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// How a consent request stands (`GET /v1/consent-requests/{id}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConsentRequestStatus {
    /// The request.
    pub consent_request_id: ConsentRequestId,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// `placed`, `opened`, `decided`, `expired` or `cancelled`.
    pub state: String,
    /// The items and what became of each.
    pub items: Vec<ItemStatus>,
}

/// One item of a consent request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ItemStatus {
    /// The source, as `account-aggregator` or `provider:<id>`.
    pub source: String,
    /// `undecided`, `approved` or `refused`.
    pub decision: String,
    /// The consent, when approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<ConsentId>,
    /// How the consent stands: `active`, `paused`, `revoked`, `expired`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_state: Option<String>,
}

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum NotificationType {
    /// The customer approved at least one item.
    #[serde(rename = "consent.approved")]
    ConsentApproved,
    /// The customer refused every item.
    #[serde(rename = "consent.rejected")]
    ConsentRejected,
    /// Nobody decided in time.
    #[serde(rename = "consent.expired")]
    ConsentExpired,
    /// The partner itself took its request back.
    #[serde(rename = "consent.cancelled")]
    ConsentCancelled,
    /// The customer paused a consent.
    #[serde(rename = "consent.paused")]
    ConsentPaused,
    /// The customer resumed a consent.
    #[serde(rename = "consent.resumed")]
    ConsentResumed,
    /// The customer withdrew a consent: purge what came under it.
    #[serde(rename = "consent.revoked")]
    ConsentRevoked,
    /// A parcel is ready to be collected.
    #[serde(rename = "data.available")]
    DataAvailable,
    /// A source has no record of the customer.
    #[serde(rename = "data.no_record")]
    DataNoRecord,
    /// A source could not deliver.
    #[serde(rename = "data.failed")]
    DataFailed,
    /// A parcel was not collected in time and is gone.
    #[serde(rename = "data.expired")]
    DataExpired,
    /// Under a periodic consent it is time for the customer's app to share again.
    #[serde(rename = "data.due")]
    DataDue,
    /// Something that this version does not know: a newer central tells of more.
    #[cfg_attr(feature = "schema", schemars(skip))]
    #[serde(other, rename = "later")]
    Later,
}

/// A notification to a client server: pushed by webhook, or read by long poll
/// (`GET /v1/notifications?after=SEQUENCE&hold=SECONDS`). Thin: what it is about, never the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// The notification; repeats carry the same one.
    pub id: NotificationId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// Its place among this partner's notifications: 1, 2, 3, ...
    pub sequence: u64,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The subject.
    pub data: NotificationData,
}

/// The subject of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NotificationData {
    /// The consent request.
    pub consent_request_id: ConsentRequestId,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// The consent, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<ConsentId>,
    /// The source, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The parcel, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel_id: Option<ParcelId>,
    /// The fetch that is metered as a whole, for `data.available` and `data.no_record`: one that brings several parcels
    /// through a phone, or one that ended without a document. Without it the parcel itself is metered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fetch_id: Option<FetchId>,
    /// When the data must be gone at the partner, for `data.available`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purge_by: Option<Timestamp>,
    /// A stable reason, for failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is noticeable about data that is available, without saying what stands in it: `outdated`, `undated`,
    /// `inexact_match`, `parts_missing`; newer versions may know more. Never of what a phone sealed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<String>,
}

/// `POST /v1/parcels/{id}/acknowledgement`: the parcel was collected, verified and stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Acknowledge {
    /// Compact JWS by the client server's signing key, `typ` `mpp-collection-ack+jwt`, over `CollectionAck`.
    pub acknowledgement: String,
}

/// The answer to [`Acknowledge`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Acknowledged {
    /// Compact JWS by central, `typ` `mpp-erasure-receipt+jwt`, over `ErasureReceipt`.
    pub erasure_receipt: String,
}

/// What proves a consent to its recipient (`GET /v1/consents/{id}/proof`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConsentProof {
    /// Compact JWS by central, `typ` `mpp-consent-artefact+jwt`, over `ConsentArtefact`.
    pub artefact: String,
    /// Compact JWS by the device on which it was given, `typ` `mpp-approval+jwt`, over `ApprovalStatement`; for as long as
    /// central keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
}

/// Calls central as a client server.
#[derive(Debug, Clone)]
pub struct PartnerClient(pub(super) Caller);

impl PartnerClient {
    /// A client over a caller that signs with the client server's signing key
    /// (or [`crate::Anonymous`] for enrolment).
    #[must_use]
    pub const fn new(caller: Caller) -> Self {
        Self(caller)
    }

    /// Offers keys.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn enrol(&self, idempotency_key: &str, offer: &Enrol) -> Result<EnrolChallenge, ApiError> {
        self.0.post("/v1/enrolment", idempotency_key, offer).await
    }

    /// Proves possession of the envelope key.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn confirm_enrolment(
        &self,
        idempotency_key: &str,
        answer: &EnrolConfirm,
    ) -> Result<Enrolled, ApiError> {
        self.0.post("/v1/enrolment/confirm", idempotency_key, answer).await
    }

    /// Central's public keys.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn central_keys(&self) -> Result<CentralKeys, ApiError> {
        self.0.get("/v1/keys", Duration::ZERO).await
    }

    /// Makes an approved product version known to central (`POST /v1/products`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn publish_product<P: Serialize + Sync>(
        &self,
        idempotency_key: &str,
        product: &P,
    ) -> Result<(), ApiError> {
        self.0.post("/v1/products", idempotency_key, product).await
    }

    /// Asks for one customer's consent.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn place_consent_request(
        &self,
        idempotency_key: &str,
        request: &PlaceConsentRequest,
    ) -> Result<PlacedConsentRequest, ApiError> {
        self.0.post("/v1/consent-requests", idempotency_key, request).await
    }

    /// How a consent request stands.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn consent_request(&self, id: ConsentRequestId) -> Result<ConsentRequestStatus, ApiError> {
        self.0.get(&format!("/v1/consent-requests/{id}"), Duration::ZERO).await
    }

    /// Takes a request back that the customer has not answered.
    ///
    /// # Errors
    /// See [`ApiError`]; `request_decided` when the customer was faster, `request_expired` when it has run out.
    pub async fn take_back(&self, id: ConsentRequestId) -> Result<ConsentRequestStatus, ApiError> {
        self.0.post(&format!("/v1/consent-requests/{id}/take-back"), &format!("take-back-{id}"), &()).await
    }

    /// Says that nobody is to be asked for a product any more.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn retire_product(&self, id: ProductId) -> Result<(), ApiError> {
        self.0.post(&format!("/v1/products/{id}/retire"), &format!("retire-{id}"), &()).await
    }

    /// What proves a consent that was given to this partner.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn consent_proof(&self, id: ConsentId) -> Result<ConsentProof, ApiError> {
        self.0.get(&format!("/v1/consents/{id}/proof"), Duration::ZERO).await
    }

    /// The sealed bytes of a parcel as they stream in.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn parcel_content(&self, id: ParcelId) -> Result<Response, ApiError> {
        self.0.get_file(&format!("/v1/parcels/{id}/content")).await
    }

    /// Acknowledges a parcel; central erases it and answers with the receipt.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn acknowledge(&self, id: ParcelId, body: &Acknowledge) -> Result<Acknowledged, ApiError> {
        self.0.post(&format!("/v1/parcels/{id}/acknowledgement"), &id.to_string(), body).await
    }

    /// Reads notifications after a sequence number, waiting up to `hold` for the first. They have no gaps; where those that
    /// follow the number are no longer kept, they begin with the first that is.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn notifications(&self, after: u64, hold: Duration) -> Result<Page<Notification>, ApiError> {
        self.0.get(&format!("/v1/notifications?after={after}&hold={}", hold.as_secs()), hold).await
    }

    /// The newest checkpoint of central's audit log: a signed note.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn log_checkpoint(&self) -> Result<Response, ApiError> {
        self.0.get_stream("/v1/log/checkpoint").await
    }

    /// A tile of central's audit log by its path below `tile/` (C2SP `tlog-tiles`).
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn log_tile(&self, path: &str) -> Result<Response, ApiError> {
        self.0.get_stream(&format!("/v1/log/tile/{path}")).await
    }

    /// Lists this partner's metered uses.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn usage(&self, place: impl Into<Place<'_>> + Send) -> Result<Page<UsageView>, ApiError> {
        self.0.get(&place.into().on("/v1/usage", &[]), Duration::ZERO).await
    }
}

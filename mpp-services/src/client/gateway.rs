//! The port to central: what a client server asks of it.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use mpp_core::{
    CaseRef, ConsentId, ConsentRequestId, CustomerParticulars, ParcelId, PartnerId, Persistence, Product,
    ProductId, ProductVersion, PublicJwk, Sha256Digest, Span, Timestamp,
};
use mpp_crypto::jws::CompactJws;
use url::Url;
use zeroize::Zeroizing;

use super::news::CentralNotification;
use super::used::SentUsageLog;

/// Central did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// It refused.
    #[error("central refused: {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Central's stable code.
        code: String,
    },
    /// It cannot be reached, or broke off.
    #[error("central does not answer")]
    Unavailable,
    /// Its answer is not what the interface promises.
    #[error("central's answer cannot be understood")]
    Answer,
    /// The request could not be signed or built.
    #[error("the request to central could not be made")]
    Request,
}

impl GatewayError {
    /// The stable code: central's own where it gave one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "central_refused",
            Self::Unavailable => "central_unavailable",
            Self::Answer => "central_not_understood",
            Self::Request => "internal",
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn persistence(&self) -> Persistence {
        match self {
            // a suspended partner is reinstated: what waits for it is not given up before its time
            Self::Refused { code, .. } if code == "partner_suspended" => Persistence::Temporary,
            Self::Unavailable | Self::Refused { status: 401 | 408 | 409 | 425 | 429 | 500..=599, .. } => {
                Persistence::Temporary
            }
            Self::Refused { .. } | Self::Answer | Self::Request => Persistence::Permanent,
        }
    }

    /// Whether central says that the thing is not there (any more).
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        matches!(self, Self::Refused { status: 404 | 410, .. })
    }
}

/// The public halves of a client server's keys, offered under a one-time token.
pub struct KeyOffer {
    /// The token Moneyone staff gave out.
    pub token: Zeroizing<String>,
    /// The key everything is sealed to.
    pub envelope_key: PublicJwk,
    /// The key that signs requests and acknowledgements.
    pub signing_key: PublicJwk,
    /// The signing key vouches for the envelope key.
    pub proof: CompactJws,
}

impl std::fmt::Debug for KeyOffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyOffer").field("envelope_key", &self.envelope_key).finish_non_exhaustive()
    }
}

/// Central's challenge to prove possession of the envelope key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Names the challenge.
    pub id: String,
    /// An envelope for the offered key.
    pub sealed: Vec<u8>,
}

/// The answer to an enrolment that went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The partner this server works for.
    pub partner: PartnerId,
    /// The partner key record, signed by central.
    pub key_record: CompactJws,
    /// Central's keys.
    pub central: CentralPublicKeys,
}

/// Central's public keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentralPublicKeys {
    /// Sign artefacts, receipts and key records.
    pub signing: Vec<PublicJwk>,
    /// What earlier ones of them said of the key after them.
    pub successions: Vec<CompactJws>,
    /// Sign notifications.
    pub notification: Vec<PublicJwk>,
}

/// A consent request to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestToPlace {
    /// The product whose terms are asked for.
    pub product: ProductId,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// Whom to ask.
    pub customer: CustomerParticulars,
}

/// A placed consent request.
#[derive(Clone, PartialEq, Eq)]
pub struct PlacedRequest {
    /// The request.
    pub request: ConsentRequestId,
    /// The one-time link; its secret is in the fragment.
    pub link: Url,
    /// Until when the link can be opened.
    pub expires_at: Timestamp,
    /// The version of the product that the customer is asked for; absent from a central of before.
    pub product_version: Option<ProductVersion>,
}

impl std::fmt::Debug for PlacedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlacedRequest").field("request", &self.request).finish_non_exhaustive()
    }
}

/// How a consent request stands at central.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestStanding {
    /// The request.
    pub request: ConsentRequestId,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// `placed`, `opened`, `decided`, `expired` or `cancelled`.
    pub state: String,
    /// The items and what became of each.
    pub items: Vec<ItemStanding>,
}

/// How one item of a consent request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemStanding {
    /// The source.
    pub source: String,
    /// `undecided`, `approved` or `refused`.
    pub decision: String,
    /// The consent, when approved.
    pub consent: Option<ConsentId>,
    /// How the consent stands.
    pub consent_state: Option<String>,
}

/// What central says proves a consent; nobody has checked it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentProof {
    /// The artefact.
    pub artefact: CompactJws,
    /// The customer's decision, as the device signed it.
    pub approval: Option<CompactJws>,
}

/// The sealed bytes of a parcel as they arrive.
pub struct ParcelContent {
    /// The digest central says they have.
    pub sha256: Option<Sha256Digest>,
    /// Who sealed them says so; nobody has checked it yet.
    pub sender: Option<String>,
    /// The bytes.
    pub bytes: BoxStream<'static, Result<Bytes, GatewayError>>,
}

impl std::fmt::Debug for ParcelContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParcelContent").field("sha256", &self.sha256).finish_non_exhaustive()
    }
}

/// Asks central, as this partner; held as `Arc<dyn CentralGateway>`.
///
/// Every call may be repeated with the same idempotency key and then has the same effect once. Nothing is retried
/// inside: the caller's outbox does that.
#[async_trait]
pub trait CentralGateway: std::fmt::Debug + Send + Sync {
    /// Offers keys.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn enrol(&self, idempotency_key: &str, offer: &KeyOffer) -> Result<Challenge, GatewayError>;

    /// Answers a challenge with the bytes it held.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn confirm(
        &self,
        idempotency_key: &str,
        challenge: &str,
        opened: &[u8],
    ) -> Result<Enrolled, GatewayError>;

    /// Central's keys as they are now.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn central_keys(&self) -> Result<CentralPublicKeys, GatewayError>;

    /// Makes an approved product version known.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn publish_product(&self, idempotency_key: &str, product: &Product) -> Result<(), GatewayError>;

    /// Asks for one customer's consent.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn place_consent_request(
        &self,
        idempotency_key: &str,
        request: &RequestToPlace,
    ) -> Result<PlacedRequest, GatewayError>;

    /// How a consent request stands.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn consent_request(&self, request: ConsentRequestId) -> Result<RequestStanding, GatewayError>;

    /// Takes a request back that the customer has not answered; the same answer for every repeat.
    ///
    /// # Errors
    /// See [`GatewayError`]; refused with `request_decided` when the customer was faster, with `request_expired` when it has
    /// run out.
    async fn take_back(&self, request: ConsentRequestId) -> Result<RequestStanding, GatewayError>;

    /// Says that nobody is to be asked for a product any more; a repeat changes nothing.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn retire_product(&self, product: ProductId) -> Result<(), GatewayError>;

    /// What proves a consent that was given to this partner.
    ///
    /// # Errors
    /// See [`GatewayError`]; [`GatewayError::is_gone`] when central has no such consent.
    async fn consent_proof(&self, consent: ConsentId) -> Result<ConsentProof, GatewayError>;

    /// A parcel's sealed bytes, from the beginning.
    ///
    /// # Errors
    /// See [`GatewayError`]; [`GatewayError::is_gone`] when the parcel is no longer there.
    async fn parcel_content(&self, parcel: ParcelId) -> Result<ParcelContent, GatewayError>;

    /// Acknowledges a collected parcel with a signed [`mpp_core::CollectionAck`]; the answer is the signed
    /// [`mpp_core::ErasureReceipt`], the same one for every repeat.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn acknowledge(
        &self,
        parcel: ParcelId,
        acknowledgement: &CompactJws,
    ) -> Result<CompactJws, GatewayError>;

    /// Sends the signed log of a month; central says how it stands to its own.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn usage_log(&self, log: &CompactJws) -> Result<SentUsageLog, GatewayError>;

    /// Notifications after a sequence number, waiting up to `hold` for the first. They have no gaps; where those that follow
    /// the number are no longer kept, they begin with the first that is.
    ///
    /// # Errors
    /// See [`GatewayError`].
    async fn notifications(&self, after: u64, hold: Span) -> Result<Vec<CentralNotification>, GatewayError>;
}

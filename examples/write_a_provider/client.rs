//! The port over the register's interface.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use mpp::connectors::provider::{
    Capabilities, EnquiryKind, InputField, PermitRefusal, ResumeToken, Resumption,
};
use mpp::connectors::{DataProvider, ProviderError, ProviderOutcome, ProviderRequest};
use mpp::core::{Clock, FetchPermit, ProviderId, Source, SourceKind, Span};
use mpp::transport::{Body, Bytes, HeaderValue, Method, Request, Transport, TransportError, header};
use zeroize::Zeroizing;

use super::config::{RegisterConfig, RegisterKey};
use super::mapping::{Answer, outcome, owner_query, refusal};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The longest wait a register can ask for, in seconds.
const LONGEST_WAIT: i64 = 3600;

/// A register that tells which vehicles somebody owns.
#[derive(Debug)]
pub(crate) struct VehicleRegister {
    config: RegisterConfig,
    key: RegisterKey,
    capabilities: Capabilities,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl VehicleRegister {
    /// The register of this contract.
    pub(crate) fn new(
        config: RegisterConfig,
        key: RegisterKey,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let capabilities = Capabilities {
            data_items: ["Your vehicles", "Their insurance and loans"].map(str::to_owned).to_vec(),
            required: BTreeSet::from([InputField::Mobile, InputField::Name]),
            optional: BTreeSet::new(),
            enquiry: EnquiryKind::Soft,
            resumption: Resumption::Never,
            timeout: RegisterConfig::TIMEOUT,
        };
        Self { config, key, capabilities, transport, clock }
    }

    /// Whether `permit` is good now and for this provider. The type says that somebody consented; this says that
    /// they consented to this, and that it is not long ago.
    fn check(&self, permit: &FetchPermit) -> Result<(), ProviderError> {
        if *permit.source() != Source::Provider(self.config.id.clone()) {
            return Err(ProviderError::Permit(PermitRefusal::Source));
        }
        if permit.still_good(self.clock.now()) {
            Ok(())
        } else {
            Err(ProviderError::Permit(PermitRefusal::Lapsed))
        }
    }

    /// Whether `request` may be sent under `permit`, and has what the register needs.
    fn check_request(&self, permit: &FetchPermit, request: &ProviderRequest) -> Result<(), ProviderError> {
        self.check(permit)?;
        if permit.artefact() != request.evidence.artefact {
            return Err(ProviderError::Permit(PermitRefusal::Consent));
        }
        match self.capabilities.missing_input(&request.customer) {
            Some(field) => Err(ProviderError::InvalidInput { field: Some(field) }),
            None => Ok(()),
        }
    }

    fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, self.config.base_url.endpoint(path))
            .with_header(header::ACCEPT, JSON)
            .with_header(header::AUTHORIZATION, self.key.bearer())
            .with_timeout(RegisterConfig::TIMEOUT.as_duration())
    }

    /// Sends once, and reads no more than a document may have.
    async fn exchange(&self, request: Request) -> Result<Answer, ProviderError> {
        let response = self.transport.send(request).await?;
        let retry_after = response.header(&header::RETRY_AFTER).and_then(|text| text.parse::<i64>().ok());
        Ok(Answer {
            status: response.status,
            retry_after: retry_after.map(|seconds| Span::from_seconds(seconds.clamp(1, LONGEST_WAIT))),
            body: read_wiped(response.body).await?,
        })
    }
}

#[async_trait]
impl DataProvider for VehicleRegister {
    fn id(&self) -> &ProviderId {
        &self.config.id
    }

    fn kind(&self) -> SourceKind {
        SourceKind::Other
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn start(
        &self,
        permit: &FetchPermit,
        request: &ProviderRequest,
    ) -> Result<ProviderOutcome, ProviderError> {
        self.check_request(permit, request)?;
        let query = serde_json::to_vec(&owner_query(permit, request))
            .map_err(|_| ProviderError::InvalidInput { field: None })?;
        let post = self
            .request(Method::POST, "owners/query")
            .with_header(header::CONTENT_TYPE, JSON)
            .with_body(Bytes::from_owner(Zeroizing::new(query)));
        outcome(self.exchange(post).await?, &request.customer.mobile)
    }

    async fn resume(
        &self,
        permit: &FetchPermit,
        _token: &ResumeToken,
    ) -> Result<ProviderOutcome, ProviderError> {
        self.check(permit)?;
        Err(ProviderError::NothingToResume)
    }

    async fn health(&self) -> Result<(), ProviderError> {
        let answer = self.exchange(self.request(Method::GET, "health")).await?;
        if answer.status.is_success() { Ok(()) } else { Err(refusal(&answer)) }
    }
}

/// Reads a body into one buffer that is wiped. The buffer has its full size from the start: growing would leave
/// copies behind.
async fn read_wiped(body: Body) -> Result<Zeroizing<Vec<u8>>, TransportError> {
    let limit_bytes = RegisterConfig::LARGEST_DOCUMENT_BYTES;
    let mut whole = Zeroizing::new(Vec::with_capacity(limit_bytes));
    let mut chunks = body.into_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        if chunk.len() > limit_bytes.saturating_sub(whole.len()) {
            return Err(TransportError::TooLarge { limit_bytes });
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

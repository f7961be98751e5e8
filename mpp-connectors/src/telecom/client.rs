//! The port over the operator's interface.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use mpp_core::{Clock, FetchPermit, ProviderId, SourceKind};
use mpp_transport::Transport;

use super::OperatorConfig;
use super::mapping::{outcome, profile_request};
use crate::ApiKey;
use crate::provider::{
    Capabilities, DataProvider, EnquiryKind, InputField, PermitCheck, ProviderError, ProviderExchange,
    ProviderOutcome, ProviderRequest, ResumeToken, Resumption,
};

/// An operator that gives a subscriber's profile.
#[derive(Debug)]
pub struct OperatorProfile {
    check: PermitCheck,
    capabilities: Capabilities,
    exchange: ProviderExchange,
}

impl OperatorProfile {
    /// The operator of this contract.
    #[must_use]
    pub fn new(
        config: OperatorConfig,
        key: ApiKey,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let form = config.form();
        Self {
            check: PermitCheck { provider: form.id.clone(), clock },
            capabilities: Capabilities {
                data_items: ["How long the number is in use", "Plan and recharges or bills", "SIM changes"]
                    .map(str::to_owned)
                    .to_vec(),
                required: BTreeSet::from([InputField::Mobile]),
                optional: BTreeSet::new(),
                enquiry: EnquiryKind::Soft,
                resumption: Resumption::Never,
                timeout: config.timeout(),
            },
            exchange: ProviderExchange {
                base_url: form.base_url.clone(),
                key,
                timeout: config.timeout(),
                largest_document_bytes: form.largest_document_bytes,
                transport,
            },
        }
    }
}

#[async_trait]
impl DataProvider for OperatorProfile {
    fn id(&self) -> &ProviderId {
        &self.check.provider
    }

    fn kind(&self) -> SourceKind {
        SourceKind::Telecom
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn start(
        &self,
        permit: &FetchPermit,
        request: &ProviderRequest,
    ) -> Result<ProviderOutcome, ProviderError> {
        self.check.request(permit, request, &self.capabilities)?;
        let answer = self.exchange.post("v1/profiles", &profile_request(permit, request)).await?;
        outcome(answer, &request.customer.mobile, self.check.clock.now())
    }

    async fn resume(
        &self,
        permit: &FetchPermit,
        _token: &ResumeToken,
    ) -> Result<ProviderOutcome, ProviderError> {
        self.check.permit(permit)?;
        Err(ProviderError::NothingToResume)
    }

    async fn health(&self) -> Result<(), ProviderError> {
        self.exchange.health("v1/health").await
    }
}

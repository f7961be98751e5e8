//! The port over the bureau's interface.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use mpp_core::{Clock, FetchPermit, ProviderId, SourceKind};
use mpp_transport::{StatusCode, Transport};

use super::BureauConfig;
use super::mapping::{outcome, report_request};
use super::wire::StatusRequest;
use crate::ApiKey;
use crate::provider::{
    Capabilities, DataProvider, InputField, PermitCheck, ProviderError, ProviderExchange, ProviderOutcome,
    ProviderRequest, ResumeToken, Resumption,
};

/// A bureau that answers in Experian's shape.
#[derive(Debug)]
pub struct ExperianStyle {
    check: PermitCheck,
    capabilities: Capabilities,
    exchange: ProviderExchange,
}

impl ExperianStyle {
    /// The bureau of this contract.
    #[must_use]
    pub fn new(
        config: BureauConfig,
        key: ApiKey,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let form = config.form();
        Self {
            check: PermitCheck { provider: form.id.clone(), clock },
            capabilities: Capabilities {
                data_items: [
                    "Credit score",
                    "Loans and cards with repayment history",
                    "Enquiries by lenders",
                ]
                .map(str::to_owned)
                .to_vec(),
                required: BTreeSet::from([InputField::Mobile, InputField::Name, InputField::DateOfBirth]),
                optional: BTreeSet::from([InputField::Pan, InputField::Pincode]),
                enquiry: form.enquiry,
                resumption: Resumption::Possible,
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
impl DataProvider for ExperianStyle {
    fn id(&self) -> &ProviderId {
        &self.check.provider
    }

    fn kind(&self) -> SourceKind {
        SourceKind::CreditBureau
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
        let answer = self.exchange.post("v1/reports", &report_request(request)?).await?;
        outcome(answer, self.check.clock.now())
    }

    async fn resume(
        &self,
        permit: &FetchPermit,
        token: &ResumeToken,
    ) -> Result<ProviderOutcome, ProviderError> {
        self.check.permit(permit)?;
        let content = StatusRequest { token: token.as_str() };
        let answer = self.exchange.post("v1/reports/status", &content).await?;
        match answer.status {
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(ProviderError::NothingToResume),
            _ => outcome(answer, self.check.clock.now()),
        }
    }

    async fn health(&self) -> Result<(), ProviderError> {
        self.exchange.health("v1/health").await
    }
}

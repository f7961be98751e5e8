//! The outside world: a bureau and a receiver of webhooks that do what the test tells them to.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use mpp_connectors::provider::{Capabilities, EnquiryKind, InputField, Resumption};
use mpp_connectors::{DataProvider, ProviderError, ProviderOutcome, ProviderRequest};
use mpp_core::{
    CustomerParticulars, DeliveryFailure, FetchPermit, ProviderId, QualityFlag, SourceKind, Span, Timestamp,
};
use mpp_services::central::{NotificationSender, Webhook};

use crate::samples::REPORT;

/// A bureau that does what the test tells it to, and remembers what it was asked.
#[derive(Debug)]
pub(crate) struct FakeBureau {
    id: ProviderId,
    capabilities: Capabilities,
    pub(crate) script: Mutex<VecDeque<Result<ProviderOutcome, ProviderError>>>,
    pub(crate) asked: Mutex<Vec<String>>,
    pub(crate) customers: Mutex<Vec<CustomerParticulars>>,
    pub(crate) bell: Mutex<Option<tokio::sync::oneshot::Receiver<()>>>,
    pub(crate) closed_until: Mutex<Option<Timestamp>>,
}

impl FakeBureau {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.parse().unwrap(),
            capabilities: Capabilities {
                data_items: vec!["Score".into()],
                required: BTreeSet::from([InputField::Name, InputField::Pan]),
                optional: BTreeSet::new(),
                enquiry: EnquiryKind::Hard,
                resumption: Resumption::Possible,
                timeout: Span::from_seconds(30),
            },
            script: Mutex::default(),
            asked: Mutex::default(),
            customers: Mutex::default(),
            bell: Mutex::default(),
            closed_until: Mutex::default(),
        }
    }

    pub(crate) fn answers(&self, outcome: Result<ProviderOutcome, ProviderError>) {
        self.script.lock().unwrap().push_back(outcome);
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    async fn next(&self) -> Result<ProviderOutcome, ProviderError> {
        let bell = self.bell.lock().unwrap().take();
        if let Some(bell) = bell {
            let _ = bell.await;
        }
        let scripted = self.script.lock().unwrap().pop_front();
        scripted.unwrap_or_else(|| Ok(document(REPORT)))
    }
}

pub(crate) fn document(bytes: &[u8]) -> ProviderOutcome {
    noticed(bytes, [])
}

/// A document of which this is noticeable.
pub(crate) fn noticed(bytes: &[u8], flags: impl IntoIterator<Item = QualityFlag>) -> ProviderOutcome {
    ProviderOutcome::Document {
        content_type: "application/json; charset=utf-8".into(),
        quality: flags.into_iter().collect(),
        body: bytes.to_vec().into(),
    }
}

#[async_trait]
impl DataProvider for FakeBureau {
    fn id(&self) -> &ProviderId {
        &self.id
    }

    fn kind(&self) -> SourceKind {
        SourceKind::CreditBureau
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn closed_until(&self) -> Option<Timestamp> {
        *self.closed_until.lock().unwrap()
    }

    async fn start(
        &self,
        _permit: &FetchPermit,
        request: &ProviderRequest,
    ) -> Result<ProviderOutcome, ProviderError> {
        self.asked.lock().unwrap().push(format!("start {}", request.client_ref));
        self.customers.lock().unwrap().push(request.customer.clone());
        self.next().await
    }

    async fn resume(
        &self,
        _permit: &FetchPermit,
        token: &mpp_connectors::provider::ResumeToken,
    ) -> Result<ProviderOutcome, ProviderError> {
        self.asked.lock().unwrap().push(format!("resume {}", token.as_str()));
        self.next().await
    }

    async fn health(&self) -> Result<(), ProviderError> {
        Ok(())
    }
}

/// A receiver of webhooks that does what the test tells it to.
#[derive(Debug, Default)]
pub(crate) struct FakeReceiver {
    pub(crate) script: Mutex<VecDeque<Result<(), DeliveryFailure>>>,
    pub(crate) received: Mutex<Vec<Webhook>>,
}

#[async_trait]
impl NotificationSender for FakeReceiver {
    fn permits(&self, url: &url::Url) -> bool {
        url.scheme() == "https"
    }

    async fn send(&self, webhook: Webhook) -> Result<(), DeliveryFailure> {
        self.received.lock().unwrap().push(webhook);
        self.script.lock().unwrap().pop_front().unwrap_or(Ok(()))
    }
}

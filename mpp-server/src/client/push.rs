//! Pushes notifications to the partner's application.

use std::time::Duration;

use async_trait::async_trait;
use mpp_core::DeliveryFailure;
use mpp_services::client::{ApplicationNotifier, SignedPush};
use url::Url;

use crate::egress::WebhookSender;

/// How long an application may take.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

#[async_trait]
impl ApplicationNotifier for WebhookSender {
    fn check_address(&self, url: &Url) -> Result<(), &'static str> {
        self.check(url)
    }

    async fn push(&self, push: &SignedPush) -> Result<(), DeliveryFailure> {
        self.post(&push.url, &push.headers, push.body.clone().into()).await
    }
}

//! Pushes notifications to client servers, never to an address inside one's own network.

use std::time::Duration;

use async_trait::async_trait;
use mpp_core::DeliveryFailure;
use mpp_services::central::{NotificationSender, Webhook};
use url::Url;

use super::config::Reach;
use crate::egress::{AddressRules, WebhookSender};

/// How long a client server may take to answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(15);

#[async_trait]
impl NotificationSender for WebhookSender {
    fn permits(&self, url: &Url) -> bool {
        self.check(url).is_ok()
    }

    async fn send(&self, webhook: Webhook) -> Result<(), DeliveryFailure> {
        self.post(&webhook.url, &webhook.headers, webhook.body).await
    }
}

impl Reach {
    pub(super) const fn addresses(self) -> AddressRules {
        match self {
            Self::Public => AddressRules { allow_loopback: false, allow_private: false },
            Self::Loopback => AddressRules { allow_loopback: true, allow_private: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(reach: Reach, url: &str) -> bool {
        WebhookSender::new(reach.addresses(), TIMEOUT).unwrap().permits(&url.parse().unwrap())
    }

    #[test]
    fn only_public_addresses_by_https_are_permitted() {
        assert!(permits(Reach::Public, "https://client.kaveri.example/hook"));
        assert!(!permits(Reach::Public, "http://client.kaveri.example/hook"));
        assert!(!permits(Reach::Public, "https://10.1.2.3/hook"));
        assert!(!permits(Reach::Public, "https://a.localhost/hook"));
    }

    #[test]
    fn this_machine_is_reached_only_when_configured() {
        assert!(!permits(Reach::Public, "http://127.0.0.1:9/hook"));
        assert!(permits(Reach::Loopback, "http://127.0.0.1:9/hook"));
        assert!(!permits(Reach::Loopback, "http://10.0.0.1/hook"));
    }
}

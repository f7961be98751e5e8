//! Webhooks on their way out, to addresses others chose. An address is checked when it is saved and again, resolved,
//! when the connection is made: a name may point elsewhere by then (server-side request forgery, DNS rebinding).

mod address_rules;
mod resolver;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mpp_core::DeliveryFailure;
use mpp_crypto::webhook::WebhookHeaders;
use reqwest::ClientBuilder;
use reqwest::redirect::Policy;
use url::Url;

use crate::runtime::StartError;

pub use address_rules::AddressRules;

use resolver::{ForbiddenAddress, GuardedResolver};

/// Posts webhooks to addresses the rules allow; follows no redirects, uses no proxy, repeats nothing.
#[derive(Debug)]
pub struct WebhookSender {
    client: reqwest::Client,
    rules: AddressRules,
}

impl WebhookSender {
    /// A sender whose receivers may take as long as `timeout`, connecting included.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn new(rules: AddressRules, timeout: Duration) -> Result<Self, StartError> {
        let client = builder(rules, timeout)
            .build()
            // a machine without certificate authorities can still speak HTTP to itself, and trusts nobody over HTTPS
            .or_else(|_| builder(rules, timeout).tls_certs_only([]).build())
            .map_err(|source| StartError::part("the sender of notifications", source))?;
        Ok(Self { client, rules })
    }

    /// Checks what can be seen of an address without resolving it.
    ///
    /// # Errors
    /// What is wrong with the address, for those who wrote it.
    pub fn check(&self, url: &Url) -> Result<(), &'static str> {
        self.rules.check(url)
    }

    /// Posts a signed JSON body, once.
    ///
    /// # Errors
    /// Why it did not arrive.
    pub async fn post(
        &self,
        url: &Url,
        headers: &WebhookHeaders,
        body: Bytes,
    ) -> Result<(), DeliveryFailure> {
        self.check(url).map_err(|_| DeliveryFailure::ForbiddenAddress)?;
        let mut request =
            self.client.post(url.clone()).header(http::header::CONTENT_TYPE, "application/json");
        for (name, value) in headers.pairs() {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await.map_err(|error| failure_of(&error))?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(DeliveryFailure::Refused { status: status.as_u16() }) }
    }
}

fn builder(rules: AddressRules, timeout: Duration) -> ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .timeout(timeout)
        .dns_resolver(Arc::new(GuardedResolver(rules)))
}

fn failure_of(error: &reqwest::Error) -> DeliveryFailure {
    if error.is_timeout() {
        DeliveryFailure::TimedOut
    } else if is_forbidden(error) {
        DeliveryFailure::ForbiddenAddress
    } else {
        DeliveryFailure::Unreachable
    }
}

fn is_forbidden(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if current.is::<ForbiddenAddress>() {
            return true;
        }
        cause = current.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_points_inside_by_the_time_of_the_connection_is_not_called() {
        let rules = AddressRules { allow_loopback: false, allow_private: false };
        let sender = WebhookSender::new(rules, Duration::from_secs(5)).unwrap();
        // past the check of the address's text, as a name that was rebound would be
        let refused = sender.client.post("https://localhost/hook").send().await.unwrap_err();
        assert_eq!(failure_of(&refused), DeliveryFailure::ForbiddenAddress);
    }
}

//! Pushes notifications over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use mpp_core::DeliveryFailure;
use mpp_services::client::{ApplicationNotifier, SignedPush};
use reqwest::redirect::Policy;
use url::Url;

use super::egress::{AddressRules, ForbiddenAddress, GuardedResolver};

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Pushes notifications to addresses the rules allow; follows no redirects, uses no proxy.
#[derive(Debug)]
pub(super) struct HttpNotifier {
    client: reqwest::Client,
    rules: AddressRules,
}

impl HttpNotifier {
    pub(super) fn new(rules: AddressRules) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .timeout(TIMEOUT)
            .dns_resolver(GuardedResolver(rules).shared())
            .build()?;
        Ok(Self { client, rules })
    }
}

#[async_trait]
impl ApplicationNotifier for HttpNotifier {
    fn check_address(&self, url: &Url) -> Result<(), &'static str> {
        self.rules.check(url)
    }

    async fn push(&self, push: &SignedPush) -> Result<(), DeliveryFailure> {
        self.rules.check(&push.url).map_err(|_| DeliveryFailure::ForbiddenAddress)?;
        let mut request = self
            .client
            .post(push.url.clone())
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(push.body.clone());
        for (name, value) in push.headers.pairs() {
            request = request.header(name, value);
        }
        let answer = request.send().await.map_err(|error| failure(&error))?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(DeliveryFailure::Refused { status: status.as_u16() }) }
    }
}

fn failure(error: &reqwest::Error) -> DeliveryFailure {
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

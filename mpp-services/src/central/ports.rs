//! What central needs of the world beside storage and providers.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use mpp_core::DeliveryFailure;
use mpp_crypto::webhook::WebhookHeaders;
use url::Url;

/// A signed notification on its way to a client server.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where to.
    pub url: Url,
    /// The three headers of the standard.
    pub headers: WebhookHeaders,
    /// The body they sign, JSON.
    pub body: Bytes,
}

/// Pushes notifications; held as `Arc<dyn NotificationSender>`.
///
/// 1. `send` POSTs the body as `application/json` with the headers, once: retries are the caller's.
/// 2. Any 2xx is success. Redirects are not followed.
/// 3. An address inside one's own network is never called ([`DeliveryFailure::ForbiddenAddress`]): both methods check
///    it, `permits` when it is saved, `send` again when it is called, after the name was resolved.
#[async_trait]
pub trait NotificationSender: Debug + Send + Sync {
    /// Whether the address is one that may be called, as far as can be told without calling it.
    fn permits(&self, url: &Url) -> bool;

    /// Sends a notification.
    ///
    /// # Errors
    /// Why it did not arrive.
    async fn send(&self, webhook: Webhook) -> Result<(), DeliveryFailure>;
}

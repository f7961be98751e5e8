//! The port to the partner's application: pushes notifications.

use async_trait::async_trait;
use mpp_core::DeliveryFailure;
use mpp_crypto::webhook::WebhookHeaders;
use url::Url;

/// A signed notification on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPush {
    /// Where to.
    pub url: Url,
    /// Standard Webhooks headers.
    pub headers: WebhookHeaders,
    /// The exact bytes that were signed.
    pub body: Vec<u8>,
}

/// Pushes notifications to the partner's application; held as `Arc<dyn ApplicationNotifier>`.
///
/// The address was checked when staff saved it; an implementation that uses the network checks again where it really
/// connects to, because a name may point elsewhere by then. One call is one attempt; retries are the caller's.
#[async_trait]
pub trait ApplicationNotifier: std::fmt::Debug + Send + Sync {
    /// Whether notifications may go to this address at all.
    ///
    /// # Errors
    /// Why not, in words for staff.
    fn check_address(&self, url: &Url) -> Result<(), &'static str>;

    /// Pushes once. Any 2xx within ten seconds is success.
    ///
    /// # Errors
    /// Why the receiver does not have it.
    async fn push(&self, push: &SignedPush) -> Result<(), DeliveryFailure>;
}

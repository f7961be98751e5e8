//! The port to the app's screen.

use async_trait::async_trait;
use mpp_core::ConsentParameters;
use url::Url;

/// What the customer has to decide at the Account Aggregator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The Account Aggregator's own page: there the customer discovers and links accounts and approves with a
    /// code. Show it in a browser tab of its own, never in a view the app can look into.
    pub page: Url,
    /// What is asked for.
    pub parameters: ConsentParameters,
}

/// How the customer left the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeftPage {
    /// The page led back to the app. Whether and what was decided is asked elsewhere: this runs on the customer's
    /// device and proves nothing.
    CameBack,
    /// The customer closed it.
    Closed,
}

/// Shows the Account Aggregator's page; implemented by the app.
#[async_trait]
pub trait ApprovalUi: std::fmt::Debug + Send + Sync {
    /// Shows the page and returns when the customer leaves it. The future is dropped when the decision is known
    /// before that: close the page then.
    async fn show(&self, approval: &Approval) -> LeftPage;
}

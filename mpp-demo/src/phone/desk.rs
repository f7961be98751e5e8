//! What the phone page asks of the demo around it.

use std::fmt;

use async_trait::async_trait;
use mpp_core::Timestamp;
use serde::Deserialize;

/// The demo around the phones: it lets the partner begin cases and carries text messages.
#[async_trait]
pub trait DemoDesk: fmt::Debug + Send + Sync {
    /// Lets the partner's application ask for the consent of a customer, by the number of the phone.
    ///
    /// # Errors
    /// When the partner's side refuses or does not answer.
    async fn start_case(&self, customer: usize) -> Result<Invitation, DeskError>;

    /// The text messages to a customer, newest first.
    ///
    /// # Errors
    /// When the messages cannot be read.
    async fn messages(&self, customer: usize) -> Result<Vec<TextMessage>, DeskError>;
}

/// A partner's deep link on its way to a customer.
#[derive(Clone)]
pub struct Invitation {
    /// Who sends it.
    pub from: String,
    /// The one-time deep link; secret.
    pub link: String,
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation").field("from", &self.from).finish_non_exhaustive()
    }
}

/// A text message, in the form the sandbox's inbox gives it (`GET /sms/v1/inbox/{mobile}`).
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TextMessage {
    /// Who sent it.
    pub from: String,
    /// What it says.
    pub text: String,
    /// When it came.
    pub received_at: Timestamp,
}

impl fmt::Debug for TextMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextMessage").field("received_at", &self.received_at).finish_non_exhaustive()
    }
}

/// The demo could not do what the page asked; the text is for its log, the page shows its own words.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub struct DeskError {
    /// Why, without personal data.
    pub reason: String,
}

impl From<anyhow::Error> for DeskError {
    fn from(error: anyhow::Error) -> Self {
        Self { reason: format!("{error:#}") }
    }
}

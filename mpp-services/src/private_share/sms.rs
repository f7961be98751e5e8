//! The port to an SMS gateway.

use async_trait::async_trait;
use mpp_core::{MobileNumber, Persistence};

/// The text of an SMS. It may hold a login code, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsText(String);

impl SmsText {
    /// The message with this text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SmsText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmsText(..)")
    }
}

/// The gateway did not take a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// It did not answer, or said that it cannot serve now.
    #[error("the SMS gateway is not available")]
    Unavailable,
    /// It refused the message.
    #[error("the SMS gateway refused the message")]
    Refused,
}

impl SmsError {
    /// Whether the same message may be taken later.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        match self {
            Self::Unavailable => Persistence::Temporary,
            Self::Refused => Persistence::Permanent,
        }
    }
}

/// Sends SMS; held as `Arc<dyn SmsSender>`. Returning means that the gateway took the message, not that the
/// phone has it. Nothing is retried inside: two messages would carry two codes.
#[async_trait]
pub trait SmsSender: std::fmt::Debug + Send + Sync {
    /// Sends `text` to `to`.
    ///
    /// # Errors
    /// When the gateway does not take it.
    async fn send(&self, to: &MobileNumber, text: &SmsText) -> Result<(), SmsError>;
}

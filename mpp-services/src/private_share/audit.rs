//! What goes into the audit log: what happened to which consent or session, when. Nothing personal.

use std::fmt::Display;

use mpp_core::Timestamp;
use mpp_store::AuditLeaf;

/// Something worth proving afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuditedEvent {
    ConsentRaised,
    ConsentActive,
    ConsentPaused,
    ConsentRevoked,
    ConsentExpired,
    ConsentRejected,
    ConsentFailed,
    DataSessionOpened,
    DataFetched,
}

impl AuditedEvent {
    /// The event by which a consent came into this state.
    pub(super) fn of_consent_state(state: &str) -> Option<Self> {
        match state {
            "active" => Some(Self::ConsentActive),
            "paused" => Some(Self::ConsentPaused),
            "revoked" => Some(Self::ConsentRevoked),
            "expired" => Some(Self::ConsentExpired),
            "rejected" => Some(Self::ConsentRejected),
            "failed" => Some(Self::ConsentFailed),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::ConsentRaised => "aa_consent.raised",
            Self::ConsentActive => "aa_consent.active",
            Self::ConsentPaused => "aa_consent.paused",
            Self::ConsentRevoked => "aa_consent.revoked",
            Self::ConsentExpired => "aa_consent.expired",
            Self::ConsentRejected => "aa_consent.rejected",
            Self::ConsentFailed => "aa_consent.failed",
            Self::DataSessionOpened => "data_session.opened",
            Self::DataFetched => "data_session.fetched",
        }
    }
}

/// The leaf that says so.
pub(super) fn leaf(event: AuditedEvent, subject: impl Display, at: Timestamp) -> AuditLeaf {
    let text = serde_json::json!({
        "event": event.name(),
        "subject": subject.to_string(),
        "at": at,
    });
    AuditLeaf::new(text.to_string().into_bytes())
}

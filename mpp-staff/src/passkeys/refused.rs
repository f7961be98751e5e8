//! Why a passkey is refused.

/// A passkey is refused. To whoever signs in, most of what can be wrong is one and the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefused {
    /// The configuration names no origin of the portal.
    #[error("passkeys are not set up at this server")]
    Off,
    /// The challenge is unknown, was answered before, or is too old.
    #[error("the challenge was answered before, or is older than five minutes")]
    TooLate,
    /// Nobody's passkey, or an answer that does not hold: another site, another challenge, another key, a person who was
    /// not verified. Which is not told.
    #[error("the passkey was not accepted")]
    NotAccepted,
    /// The answer holds, but counts back: there are two of this passkey.
    #[error("the passkey counts back; it may have been copied")]
    CountsBack,
    /// What the authenticator made cannot be used: another site, another challenge, a person who was not verified.
    #[error("what the authenticator made cannot be used as a passkey")]
    Unusable,
    /// It is somebody's passkey already.
    #[error("this passkey was added before")]
    Known,
    /// The account has as many as it may have.
    #[error("an account has ten passkeys at most")]
    TooMany,
}

impl PasskeyRefused {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off => "passkeys_off",
            Self::TooLate => "passkey_too_late",
            Self::NotAccepted => "passkey_refused",
            Self::CountsBack => "passkey_counts_back",
            Self::Unusable => "passkey_unusable",
            Self::Known => "passkey_known",
            Self::TooMany => "passkeys_too_many",
        }
    }
}

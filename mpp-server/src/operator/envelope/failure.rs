//! Why an envelope was not made or does not open, with the stable codes of `docs/cli.md`.

use std::io;

use mpp_crypto::envelope::EnvelopeError;

/// Why an envelope was not made or does not open.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EnvelopeFailure(#[from] EnvelopeError);

impl EnvelopeFailure {
    /// The reason inside the error of a reader, if that is what it is.
    pub(super) fn inside(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<EnvelopeError>().cloned().map(Self)
    }

    /// Whether trying again later may help.
    pub(in crate::operator) const fn may_pass(&self) -> bool {
        matches!(self.0, EnvelopeError::KeyUnavailable { .. })
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.0 {
            EnvelopeError::NotAnEnvelope => "envelope_malformed",
            EnvelopeError::UnknownVersion => "envelope_version_unknown",
            EnvelopeError::Incomplete => "envelope_incomplete",
            EnvelopeError::UnknownKey { .. } => "envelope_key_unknown",
            EnvelopeError::KeyUnavailable { .. } => "envelope_key_unavailable",
            EnvelopeError::Authentication => "envelope_does_not_open",
            EnvelopeError::TooLong => "envelope_too_long",
        }
    }
}

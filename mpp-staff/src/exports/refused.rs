//! Why a file of a list is refused.

/// Why a file of a list is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportRefused {
    /// The person keeps as many as anybody may.
    #[error("no more files can be kept; remove one first")]
    TooMany,
    /// As many of the person's are being made as anybody may have made at once.
    #[error("as many files as may be are being made already")]
    TooManyWorking,
    /// It is not being made any more, or by somebody else.
    #[error("the file is not being made any more")]
    Ended,
    /// It is not ready, or never will be.
    #[error("the file is not ready")]
    Unfinished,
    /// It has more bytes than a file may have.
    #[error("the file has more bytes than a file may have")]
    TooLarge,
}

impl ExportRefused {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooMany => "too_many_exports",
            Self::TooManyWorking => "too_many_exports_working",
            Self::Ended => "export_ended",
            Self::Unfinished => "export_unfinished",
            Self::TooLarge => "export_too_large",
        }
    }
}
